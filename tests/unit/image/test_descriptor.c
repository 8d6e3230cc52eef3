/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/descriptor.h"

/* The digests of "hello" and of nothing. */
#define HELLO "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static int read_text(const char *json, struct descriptor *d, struct err *err)
{
    json_t *root = json_loads(json, 0, NULL);
    int r;

    assert_non_null(root);
    r = descriptor_read(root, d, err);
    json_decref(root);
    return r;
}

static void reads_all_fields(void **state)
{
    struct descriptor d, copy;
    char text[DIGEST_STRING_MAX];

    (void)state;
    assert_int_equal(
        read_text("{\"mediaType\":\"m/t\",\"digest\":\"" HELLO "\",\"size\":5,\"data\":\"aGVsbG8=\","
                  "\"platform\":{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\","
                  "\"os.version\":\"1\"},\"urls\":[\"x\"],\"artifactType\":\"a/t\",\"annotations\":{"
                  "\"org.opencontainers.image.ref.name\":\"n\",\"io.containerd.image.name\":\"c\"}}",
                  &d, NULL),
        0);
    assert_string_equal(d.media_type, "m/t");
    assert_string_equal(digest_string(&d.digest, text), HELLO);
    assert_int_equal(d.size, 5);
    assert_true(d.has_platform);
    assert_string_equal(d.platform.variant, "v7");
    assert_string_equal(d.ref_name, "n");
    assert_string_equal(d.containerd_name, "c");
    assert_string_equal(d.artifact_type, "a/t");
    assert_false(d.attestation);

    assert_int_equal(descriptor_copy(&d, &copy), 0);
    descriptor_clear(&d);
    assert_null(d.media_type);
    assert_string_equal(copy.media_type, "m/t");
    assert_string_equal(copy.ref_name, "n");
    assert_string_equal(copy.containerd_name, "c");
    assert_string_equal(copy.artifact_type, "a/t");
    assert_int_equal(copy.size, 5);
    descriptor_clear(&copy);
    descriptor_clear(NULL);
}

static void optional_fields_may_be_null(void **state)
{
    struct descriptor d;

    (void)state;
    assert_int_equal(read_text("{\"mediaType\":null,\"digest\":\"" EMPTY "\",\"size\":0,\"data\":null,"
                               "\"platform\":null,\"annotations\":null,\"artifactType\":null}",
                               &d, NULL),
                     0);
    assert_string_equal(d.media_type, "");
    assert_false(d.has_platform);
    assert_null(d.ref_name);
    assert_null(d.containerd_name);
    assert_null(d.artifact_type);
    descriptor_clear(&d);
}

static void attestations_are_flagged(void **state)
{
    static const struct {
        const char *rest;
        bool attestation;
    } cases[] = {
        {"\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}", true},
        {"\"platform\":{\"os\":\"unknown\",\"architecture\":\"amd64\"}", false},
        {"\"platform\":{\"os\":\"\",\"architecture\":\"\"}", false},
        {"\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}", true},
        {"\"annotations\":{\"vnd.docker.reference.digest\":\"" EMPTY "\"}", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct descriptor d;
        char json[512];

        snprintf(json, sizeof(json), "{\"digest\":\"" EMPTY "\",\"size\":1,%s}", cases[i].rest);
        assert_int_equal(read_text(json, &d, NULL), 0);
        assert_int_equal(d.attestation, cases[i].attestation);
        descriptor_clear(&d);
    }
}

static void refuses(void **state)
{
    static const struct {
        const char *json, *why;
    } cases[] = {
        {"[]", "not a JSON object"},
        {"{\"size\":1}", "digest is missing"},
        {"{\"digest\":null,\"size\":1}", "digest is missing"},
        {"{\"digest\":7,\"size\":1}", "not a string"},
        {"{\"digest\":\"sha256:../../x\",\"size\":1}", "not a sha256 or sha512"},
        {"{\"digest\":\"" EMPTY "\"}", "\"size\" is missing"},
        {"{\"digest\":\"" EMPTY "\",\"size\":-1}", "integer"},
        {"{\"digest\":\"" EMPTY "\",\"size\":1.5}", "integer"},
        {"{\"digest\":\"" EMPTY "\",\"size\":\"1\"}", "integer"},
        {"{\"digest\":\"" EMPTY "\",\"size\":1,\"mediaType\":1}", "mediaType"},
        {"{\"digest\":\"" EMPTY "\",\"size\":1,\"Size\":2}", "could be read as \"size\""},
        {"{\"digest\":\"" EMPTY "\",\"size\":1,\"platform\":[]}", "platform"},
        {"{\"digest\":\"" EMPTY "\",\"size\":1,\"platform\":{\"os\":1}}", "platform"},
        {"{\"digest\":\"" EMPTY "\",\"size\":1,\"platform\":{\"OS\":\"x\"}}", "platform"},
        {"{\"digest\":\"" EMPTY "\",\"size\":1,\"platform\":{\"os\":\"0123456789abcdef0123456789abcdef\"}}",
         "longer than 31"},
        {"{\"digest\":\"" EMPTY "\",\"size\":1,\"annotations\":\"x\"}", "annotations"},
        {"{\"digest\":\"" EMPTY "\",\"size\":1,\"annotations\":{\"org.opencontainers.image.ref.name\":[]}}",
         "ref.name"},
        {"{\"digest\":\"" EMPTY "\",\"size\":1,\"artifactType\":{}}", "artifactType"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct descriptor d;
        struct err err = {""};

        assert_int_equal(read_text(cases[i].json, &d, &err), -EINVAL);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].json, err.text);
    }
}

/* A descriptor's embedded content says the same as its size and digest, or the descriptor is refused. */
static void data_agrees(void **state)
{
    static const struct {
        const char *digest, *size, *data;
        int result;
    } cases[] = {
        {HELLO, "5", "aGVsbG8=", 0},        {EMPTY, "0", "", 0},
        {HELLO, "5", "aGVsbG9=", 0}, /* unused bits set: the same bytes */
        {HELLO, "6", "aGVsbG8=", -EINVAL},  {HELLO, "5", "aGVsbGA=", -EINVAL},
        {EMPTY, "5", "aGVsbG8=", -EINVAL},  {HELLO, "0", "", -EINVAL},
        {HELLO, "5", "aGVsbG8", -EINVAL},   {HELLO, "5", "aGVs bG8=", -EINVAL},
        {HELLO, "5", " aGVsbG8=", -EINVAL}, {HELLO, "5", "aGVsbG8=    ", -EINVAL},
        {HELLO, "5", "aGVs=bG8", -EINVAL},  {HELLO, "5", "====", -EINVAL},
        {HELLO, "5", "aGVsbG8-", -EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct descriptor d;
        struct err err = {""};
        char json[512];
        int r;

        snprintf(json, sizeof(json), "{\"digest\":\"%s\",\"size\":%s,\"data\":\"%s\"}", cases[i].digest,
                 cases[i].size, cases[i].data);
        r = read_text(json, &d, &err);
        if (r != cases[i].result)
            fail_msg("%s: %s", json, err.text);
        if (r == 0)
            descriptor_clear(&d);
        else
            assert_non_null(strstr(err.text, "data"));
    }
}

static void arrays_are_bounded_and_say_where(void **state)
{
    json_t *root = json_loads("{\"x\":[{\"digest\":\"" EMPTY "\",\"size\":1},{\"digest\":\"" EMPTY
                              "\",\"size\":2},{}],\"none\":null}",
                              0, NULL);
    struct descriptor *list;
    struct err err = {""};
    size_t n;

    (void)state;
    assert_non_null(root);
    assert_int_equal(descriptor_read_array(root, "x", 2, &list, &n, &err), -E2BIG);
    assert_int_equal(descriptor_read_array(root, "x", 3, &list, &n, &err), -EINVAL);
    assert_non_null(strstr(err.text, "x[2]"));
    assert_int_equal(json_array_remove(json_object_get(root, "x"), 2), 0);
    assert_int_equal(descriptor_read_array(root, "x", 2, &list, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_int_equal(list[1].size, 2);
    descriptor_array_free(list, n);
    assert_int_equal(descriptor_read_array(root, "none", 0, &list, &n, &err), 0);
    assert_int_equal(n, 0);
    descriptor_array_free(list, n);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_fields),
        cmocka_unit_test(optional_fields_may_be_null),
        cmocka_unit_test(attestations_are_flagged),
        cmocka_unit_test(refuses),
        cmocka_unit_test(data_agrees),
        cmocka_unit_test(arrays_are_bounded_and_say_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
