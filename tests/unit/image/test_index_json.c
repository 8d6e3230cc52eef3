/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/manifest.h"

#define DIGEST "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ENTRY  "{\"mediaType\":\"" MT_OCI_MANIFEST "\",\"digest\":\"" DIGEST "\",\"size\":7}"

static void reads_entries_in_order(void **state)
{
    static const struct {
        const char *json;
        size_t n;
    } cases[] = {
        {"{\"schemaVersion\":2,\"manifests\":[" ENTRY "," ENTRY "]}", 2},
        {"{\"schemaVersion\":2,\"mediaType\":\"" MT_OCI_INDEX "\",\"manifests\":[" ENTRY "]}", 1},
        {"{\"schemaVersion\":2,\"mediaType\":\"" MT_DOCKER_LIST "\",\"manifests\":[" ENTRY "]}", 1},
        {"{\"manifests\":[]}", 0},
        {"{\"manifests\":null}", 0},
        {"{\"manifests\":[],\"layers\":null,\"config\":null,\"mediaType\":null,\"annotations\":{\"X\":\"1\","
         "\"x\":\"2\"},"
         "\"subject\":null,\"whatever\":[1,{}]}",
         0},
        /* Entries of other types are kept: passing over them is the caller's choice. */
        {"{\"manifests\":[{\"mediaType\":\"x/y\",\"digest\":\"" DIGEST "\",\"size\":1},"
         "{\"mediaType\":\"" MT_OCI_INDEX "\",\"digest\":\"" DIGEST "\",\"size\":1}]}",
         2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct index_json x;
        struct err err = {""};

        if (index_json_parse(cases[i].json, strlen(cases[i].json), &x, &err) != 0)
            fail_msg("%zu: %s", i, err.text);
        assert_int_equal(x.n, cases[i].n);
        index_json_free(&x);
        assert_int_equal(x.n, 0);
    }
    index_json_free(NULL);
}

static void refuses_what_is_no_index(void **state)
{
    static const struct {
        const char *json, *why;
    } cases[] = {
        {"{}", "not an image index but none of"},
        {"[]", "docker's manifest.json"},
        {"{\"manifests\":{}}", "\"manifests\" is not an array"},
        {"{\"manifests\":[null]}", "manifests[0]: not a JSON object"},
        {"{\"manifests\":[" ENTRY ",{}]}", "manifests[1]"},
        {"{\"manifests\":[],\"layers\":[]}", "ambiguous"},
        {"{\"manifests\":[],\"config\":{}}", "ambiguous"},
        {"{\"manifests\":[],\"fsLayers\":[]}", "ambiguous"},
        {"{\"manifests\":[],\"history\":[]}", "ambiguous"},
        {"{\"manifests\":[],\"rootfs\":{}}", "ambiguous"},
        {"{\"manifests\":[],\"Manifests\":[]}", "could be read as"},
        {"{\"Manifests\":[]}", "could be read as"},
        {"{\"manifests\":[],\"Layers\":[]}", "could be read as"},
        {"{\"manifests\":[],\"fslayers\":[]}", "could be read as"},
        {"{\"manifests\":[],\"manifests\":[]}", "duplicate"},
        {"{\"schemaVersion\":1,\"manifests\":[]}", "schemaVersion"},
        {"{\"schemaVersion\":\"2\",\"manifests\":[]}", "schemaVersion"},
        {"{\"mediaType\":\"" MT_OCI_MANIFEST "\",\"manifests\":[]}", "mediaType"},
        {"{\"mediaType\":\"" MT_DOCKER_MANIFEST "\",\"manifests\":[]}", "mediaType"},
        {"{\"config\":{},\"layers\":[]}", "but an image manifest"},
        {"{\"manifests\":null,\"config\":{}}", "but an image manifest"},
        {"{\"rootfs\":{}}", "but an image config"},
        {"{\"schemaVersion\":1,\"fsLayers\":[]}", "schema 1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct index_json x;
        struct err err = {""};

        assert_int_equal(index_json_parse(cases[i].json, strlen(cases[i].json), &x, &err), -EINVAL);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].json, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_entries_in_order),
        cmocka_unit_test(refuses_what_is_no_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
