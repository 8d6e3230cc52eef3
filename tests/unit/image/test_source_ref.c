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

static void parse_reads_the_parts(void **state)
{
    static const struct {
        const char *arg;
        enum source_kind kind;
        const char *path, *tag;
    } cases[] = {
        {"oci:dir", SOURCE_OCI, "dir", NULL},
        {"oci:/a/b:tag", SOURCE_OCI, "/a/b", "tag"},
        {"oci:dir:localhost:5000/x:latest", SOURCE_OCI, "dir", "localhost:5000/x:latest"},
        {"oci:dir:@3", SOURCE_OCI, "dir", "@3"},
        {"oci-archive:x.tar", SOURCE_OCI_ARCHIVE, "x.tar", NULL},
        {"oci-archive:x.tar:t", SOURCE_OCI_ARCHIVE, "x.tar", "t"},
        {"docker-archive:x.tar:debian:12", SOURCE_DOCKER_ARCHIVE, "x.tar", "debian:12"},
        {"docker-archive:x.tar:@0", SOURCE_DOCKER_ARCHIVE, "x.tar", "@0"},
        {"dir:a:b", SOURCE_DIR, "a:b", NULL},
        {"-", SOURCE_STDIN, "-", NULL},
        {"image.tar", SOURCE_DETECT, "image.tar", NULL},
        {"./oci:dir", SOURCE_DETECT, "./oci:dir", NULL},
        {"backup:2024.tar", SOURCE_DETECT, "backup:2024.tar", NULL},
        {"docker:24", SOURCE_DETECT, "docker:24", NULL},
        {"OCI:x", SOURCE_DETECT, "OCI:x", NULL},
        {"/x://y", SOURCE_DETECT, "/x://y", NULL},
        {"-x", SOURCE_DETECT, "-x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct source_ref s;
        struct err err = {""};

        if (source_ref_parse(cases[i].arg, &s, &err) != 0)
            fail_msg("%s: %s", cases[i].arg, err.text);
        assert_int_equal(s.kind, cases[i].kind);
        assert_string_equal(s.path, cases[i].path);
        if (cases[i].tag)
            assert_string_equal(s.tag, cases[i].tag);
        else
            assert_null(s.tag);
        source_ref_free(&s);
        assert_null(s.path);
    }
}

static void parse_refuses(void **state)
{
    static const struct {
        const char *arg, *why;
    } cases[] = {
        {"", "empty"},
        {"oci:", "no path"},
        {"oci::tag", "no path"},
        {"dir:", "no path"},
        {"oci:dir:", "tag"},
        {"oci:dir:@", "@NUMBER"},
        {"oci:dir:@x", "@NUMBER"},
        {"oci:dir:@-1", "@NUMBER"},
        {"oci:dir:@9999999999", "@NUMBER"},
        {"docker://debian:12", "oci:DIR:TAG"},
        {"https://example.org/x.tar", "oci-archive:FILE"},
        {"containers-storage:debian", "podman save"},
        {"docker-daemon:debian:12", "docker save"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct source_ref s = {.kind = SOURCE_DIR};
        struct err err = {""};

        assert_int_equal(source_ref_parse(cases[i].arg, &s, &err), -EINVAL);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].arg, err.text);
        assert_int_equal(s.kind, SOURCE_DIR);
    }
    source_ref_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_reads_the_parts),
        cmocka_unit_test(parse_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
