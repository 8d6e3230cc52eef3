/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/reference.h"

static void check_accepts(void **state)
{
    static const char *const cases[] = {
        "debian",
        "debian:12",
        "docker.io/library/debian:bookworm-slim",
        "localhost/mica-base:latest",
        "localhost:5000/a/b__c:v1.2_3",
        "12.5",
        "UPPER/Case",
        "name@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "a+b",
        "x-",
        "deadbeef",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = {""};

        if (reference_check(cases[i], &err) != 0)
            fail_msg("%s: %s", cases[i], err.text);
    }
}

static void check_refuses(void **state)
{
    static const struct {
        const char *name, *why;
    } cases[] = {
        {"", "empty"},
        {"-x", "start"},
        {".hidden", "start"},
        {"/etc", "start"},
        {"a b", "letters"},
        {"a\nb", "letters"},
        {"a\x1b[31m", "letters"},
        {"a\xc3\xa9", "letters"},
        {"a*", "letters"},
        {"a\\b", "letters"},
        {"a%n", "letters"},
        {"a/../b", "\"..\""},
        {"a..b", "\"..\""},
        {"a//b", "\"//\""},
        {"a:/b", "missing"},
        {"a:", "missing"},
        {"a/", "missing"},
        {"a@", "missing"},
        {"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "digest"},
        {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "digest"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = {""};

        assert_int_equal(reference_check(cases[i].name, &err), -EINVAL);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%zu: %s", i, err.text);
        assert_null(strchr(err.text, '\n'));
    }
}

static void check_bounds_the_length(void **state)
{
    char name[257];

    (void)state;
    memset(name, 'a', sizeof(name));
    name[256] = 0;
    assert_int_equal(reference_check(name, NULL), -EINVAL);
    name[255] = 0;
    assert_int_equal(reference_check(name, NULL), 0);
}

/* A store for reference_split_path: names separated by "|"; counts the questions. */
struct names {
    const char *list;
    int asked;
};

static bool in_list(const char *image, void *ctx)
{
    struct names *names = ctx;
    size_t len = strlen(image);

    names->asked++;
    for (const char *p = names->list; *p; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == len && memcmp(p, image, len) == 0)
            return true;
    return false;
}

static void split_finds_the_longest_that_exists(void **state)
{
    static const struct {
        const char *names, *word, *image, *path;
        int asked;
    } cases[] = {
        {"debian", "debian", "debian", "/", 1},
        {"debian:12", "debian:12", "debian:12", "/", 1},
        {"debian:12", "debian:12:/etc", "debian:12", "/etc", 2},
        {"debian", "debian:/etc/passwd", "debian", "/etc/passwd", 2},
        {"debian", "debian:/", "debian", "/", 2},
        {"a|a:/b", "a:/b:/c", "a:/b", "/c", 2},
        {"a", "a:/b:/c", "a", "/b:/c", 3},
        {"host:5000/x", "host:5000/x:/a:b", "host:5000/x", "/a:b", 2},
        /* Nothing exists: before the first ":/". */
        {"", "a:/b:/c", "a", "/b:/c", 3},
        {"", "debian:12", "debian:12", "/", 1},
        {"", "debian:12:/etc", "debian:12", "/etc", 2},
        /* A path is absolute, and something must be before it. */
        {"debian", "debian:etc", "debian:etc", "/", 1},
        {"", ":/etc", ":/etc", "/", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct names names = {cases[i].names, 0};
        const char *path;
        char *image;

        assert_int_equal(reference_split_path(cases[i].word, in_list, &names, &image, &path), 0);
        assert_string_equal(image, cases[i].image);
        assert_string_equal(path, cases[i].path);
        assert_int_equal(names.asked, cases[i].asked);
        free(image);
    }
}

static void split_refuses_an_empty_word(void **state)
{
    struct names names = {"", 0};
    const char *path;
    char *image;

    (void)state;
    assert_int_equal(reference_split_path("", in_list, &names, &image, &path), -EINVAL);
}

/* As skopeo takes them for docker-archive:FILE:NAME; commit/cases/export.sh asks it. */
static void check_docker(void **state)
{
    static const char *const good[] = {
        "a",
        "a:1",
        "debian:bookworm-slim",
        "a/b/c",
        "a.b/c",
        "a_b",
        "a__b",
        "a-b",
        "a---b",
        "x/a-b.c_d__e/f",
        "localhost/x:latest",
        "localhost:5000/x",
        "HOST.x/y",
        "Host.example:80/a/b:T_1.2-3",
        "1",
        "a:_x",
        "a:A",
        "xn--x.example/y",
        "12.5:1",
        "127.0.0.1/x",
    };
    static const char *const bad[] = {
        "A",
        "App:1",
        "HOST/x",
        "a/B",
        "a+b",
        "a..b",
        "a___b",
        "-a",
        "a-",
        "a_",
        "a.",
        "a/-b",
        "a/b-",
        "a._b",
        "a:",
        "a:.x",
        "a:-x",
        "a:x+y",
        "a:1:2",
        "a:5000/B",
        "a/b:5000/c",
        "a@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "a:1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "-h.example/x",
        "h-.example/x",
        "h.example:/x",
        "h.example:x/y",
        "h..example/x",
        "a-b.c_d__e/f",
        "h+i.example/x",
        "",
        "a/",
        "/a",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    };
    char tag[140] = "a:";
    struct err err = {""};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (reference_check_docker(good[i], &err) != 0)
            fail_msg("%s: %s", good[i], err.text);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (reference_check_docker(bad[i], &err) != -EINVAL)
            fail_msg("%s is taken", bad[i]);
    memset(tag + 2, 'x', 129);
    assert_int_equal(reference_check_docker(tag, &err), -EINVAL);
    tag[2 + 128] = 0;
    assert_int_equal(reference_check_docker(tag, &err), 0);
}

/* HOST, whether library/ comes before the path, PATH, TAG, DIGEST. */
static void parse_reads_as_docker_does(void **state)
{
    static const struct {
        const char *name, *host;
        bool library;
        const char *path, *tag, *digest;
    } cases[] = {
        {"debian", "docker.io", true, "debian", "latest", NULL},
        {"debian:12", "docker.io", true, "debian", "12", NULL},
        {"library/debian", "docker.io", true, "debian", "latest", NULL},
        {"docker.io/debian:12", "docker.io", true, "debian", "12", NULL},
        {"docker.io/library/debian", "docker.io", true, "debian", "latest", NULL},
        {"team/app:1", "docker.io", false, "team/app", "1", NULL},
        {"library/team/app", "docker.io", false, "library/team/app", "latest", NULL},
        {"docker.io/team/app", "docker.io", false, "team/app", "latest", NULL},
        {"localhost/app", "localhost", false, "app", "latest", NULL},
        {"localhost:5000/app:2", "localhost:5000", false, "app", "2", NULL},
        {"quay.example/a/b/c:x", "quay.example", false, "a/b/c", "x", NULL},
        {"quay.example:5000/a", "quay.example:5000", false, "a", "latest", NULL},
        {"quay.example/library/a", "quay.example", false, "library/a", "latest", NULL},
        {"app@sha256:00", "docker.io", true, "app", "latest", "sha256:00"},
        {"app:1@sha256:00", "docker.io", true, "app", "1", "sha256:00"},
        {"a:b:c", "docker.io", true, "a:b", "c", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct reference r = reference_parse(cases[i].name);

        print_message("%s\n", cases[i].name);
        assert_int_equal(r.host_len, strlen(cases[i].host));
        assert_memory_equal(r.host, cases[i].host, r.host_len);
        assert_int_equal(r.library, cases[i].library);
        assert_int_equal(r.path_len, strlen(cases[i].path));
        assert_memory_equal(r.path, cases[i].path, r.path_len);
        assert_int_equal(r.tag_len, strlen(cases[i].tag));
        assert_memory_equal(r.tag, cases[i].tag, r.tag_len);
        assert_int_equal(r.digest != NULL, cases[i].digest != NULL);
        if (r.digest)
            assert_string_equal(r.digest, cases[i].digest);
    }
}

static void names_are_compared(void **state)
{
    (void)state;
    assert_true(reference_is_same("debian", "docker.io/library/debian:latest"));
    assert_true(reference_is_same("team/app:1", "docker.io/team/app:1"));
    assert_false(reference_is_same("debian:12", "debian:11"));
    assert_false(reference_is_same("localhost/app", "app"));
    assert_false(reference_is_same("library/team/app", "team/app"));
    assert_true(reference_is_same_repository("debian:12", "docker.io/debian:11"));
    assert_false(reference_is_same_repository("a/x", "b/x"));
    assert_true(reference_is_one("app", "app:latest"));
    assert_true(reference_is_one("host:5000/app:latest", "host:5000/app"));
    assert_true(reference_is_one("app:1", "app:1"));
    assert_false(reference_is_one("app:1", "app:1:latest"));
    assert_false(reference_is_one("app", "docker.io/library/app"));
    assert_false(reference_is_one("app", "app:latest2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_accepts),
        cmocka_unit_test(check_refuses),
        cmocka_unit_test(check_docker),
        cmocka_unit_test(parse_reads_as_docker_does),
        cmocka_unit_test(names_are_compared),
        cmocka_unit_test(check_bounds_the_length),
        cmocka_unit_test(split_finds_the_longest_that_exists),
        cmocka_unit_test(split_refuses_an_empty_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
