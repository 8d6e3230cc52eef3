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
#include "os/buf.h"

static int parse(const char *json, struct docker_manifest *m, struct err *err)
{
    return docker_manifest_parse(json, strlen(json), m, err);
}

static void reads_images(void **state)
{
    struct docker_manifest m;

    (void)state;
    assert_int_equal(
        parse("[{\"Config\":\"a.json\",\"RepoTags\":[\"x:1\",\"x:2\"],\"Layers\":[\"l/layer.tar\",\"../m\"]},"
              "{\"Config\":\"b\",\"RepoTags\":null,\"Layers\":null,\"Parent\":\"sha256:x\","
              "\"LayerSources\":{\"A\":{},\"a\":{}}},{\"Config\":\"c\"}]",
              &m, NULL),
        0);
    assert_int_equal(m.n, 3);
    assert_string_equal(m.images[0].config, "a.json");
    assert_int_equal(m.images[0].n_repo_tags, 2);
    assert_string_equal(m.images[0].repo_tags[1], "x:2");
    assert_int_equal(m.images[0].n_layers, 2);
    assert_string_equal(m.images[0].layers[1], "../m");
    assert_int_equal(m.images[1].n_layers, 0);
    assert_int_equal(m.images[1].n_repo_tags, 0);
    assert_string_equal(m.images[2].config, "c");
    docker_manifest_free(&m);
    assert_int_equal(m.n, 0);
    docker_manifest_free(NULL);

    assert_int_equal(parse("[]", &m, NULL), 0);
    assert_int_equal(m.n, 0);
    docker_manifest_free(&m);
}

static void refuses(void **state)
{
    static const struct {
        const char *json, *why;
    } cases[] = {
        {"{}", "must be an array"},
        {"[[]]", "[0]: not a JSON object"},
        {"[null]", "[0]: not a JSON object"},
        {"[{}]", "[0]: \"Config\" is missing"},
        {"[{\"Config\":\"a\"},{\"Config\":\"\"}]", "[1]: \"Config\" is missing"},
        {"[{\"Config\":1}]", "\"Config\""},
        {"[{\"Config\":\"a\",\"Layers\":\"x\"}]", "\"Layers\""},
        {"[{\"Config\":\"a\",\"Layers\":[null]}]", "\"Layers\""},
        {"[{\"Config\":\"a\",\"RepoTags\":{}}]", "\"RepoTags\""},
        {"[{\"Config\":\"a\",\"Layers\":[],\"layers\":[]}]", "could be read as"},
        {"[{\"config\":\"a\"}]", "could be read as"},
        {"[{\"Config\":\"a\",\"Config\":\"b\"}]", "duplicate"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct docker_manifest m;
        struct err err = {""};

        assert_int_equal(parse(cases[i].json, &m, &err), -EINVAL);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].json, err.text);
    }
}

static void bounds_the_layers(void **state)
{
    struct buf b = BUF_INIT;
    struct docker_manifest m;

    (void)state;
    assert_int_equal(buf_printf(&b, "[{\"Config\":\"c\",\"Layers\":["), 0);
    for (size_t i = 0; i <= MANIFEST_MAX_LAYERS; i++)
        assert_int_equal(buf_printf(&b, "%s\"l\"", i ? "," : ""), 0);
    assert_int_equal(buf_printf(&b, "]}]"), 0);
    assert_int_equal(docker_manifest_parse(b.data, b.len, &m, NULL), -E2BIG);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_images),
        cmocka_unit_test(refuses),
        cmocka_unit_test(bounds_the_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
