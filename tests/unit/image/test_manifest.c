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

#define A          "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define B          "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define BLOB(type) "{\"mediaType\":\"" type "\",\"digest\":\"" A "\",\"size\":7}"
#define CONFIG     "\"config\":" BLOB(MT_OCI_CONFIG)
#define LAYER      BLOB(MT_OCI_LAYER_GZIP)
#define DOCKER_TAR "application/vnd.docker.image.rootfs.diff.tar.gzip"

static void reads_manifests(void **state)
{
    static const struct {
        const char *json;
        bool docker;
        size_t n_layers;
    } cases[] = {
        {"{\"schemaVersion\":2,\"mediaType\":\"" MT_OCI_MANIFEST "\"," CONFIG ",\"layers\":[" LAYER "," LAYER
         "]}",
         false, 2},
        {"{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER "]}", false, 1},
        {"{\"schemaVersion\":2,\"mediaType\":\"" MT_DOCKER_MANIFEST
         "\",\"config\":" BLOB(MT_DOCKER_CONFIG) ",\"layers\":[" BLOB(DOCKER_TAR) "]}",
         true, 1},
        {"{\"config\":" BLOB(MT_DOCKER_CONFIG) ",\"layers\":[" BLOB(DOCKER_TAR) "]}", true, 1},
        {"{\"mediaType\":\"" MT_OCI_MANIFEST "\",\"config\":" BLOB(MT_DOCKER_CONFIG) ",\"layers\":[]}", false,
         0},
        /* Docker 25.0 left layers out; a caller sees that by the config's diff_ids. */
        {"{" CONFIG ",\"layers\":null}", false, 0},
        {"{" CONFIG "}", false, 0},
        {"{\"config\":" BLOB("") ",\"layers\":[" BLOB("") "]}", false, 1},
        {"{" CONFIG ",\"layers\":[" LAYER
         "],\"manifests\":null,\"fsLayers\":null,\"artifactType\":\"\",\"subject\":{},"
         "\"annotations\":{\"layers\":\"x\"}}",
         false, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct manifest m;
        struct err err = {""};

        if (manifest_parse(cases[i].json, strlen(cases[i].json), &m, &err) != 0)
            fail_msg("%zu: %s", i, err.text);
        assert_int_equal(m.docker, cases[i].docker);
        assert_int_equal(m.n_layers, cases[i].n_layers);
        assert_int_equal(m.config.size, 7);
        manifest_free(&m);
        assert_null(m.layers);
    }
    manifest_free(NULL);
}

struct refusal {
    const char *json, *why;
};

static void expect_refusals(const struct refusal *cases, size_t n, int result)
{
    for (size_t i = 0; i < n; i++) {
        struct manifest m;
        struct err err = {""};
        int r = manifest_parse(cases[i].json, strlen(cases[i].json), &m, &err);

        if (r != result || !strstr(err.text, cases[i].why))
            fail_msg("%s: %d, %s", cases[i].json, r, err.text);
    }
}

static void refuses_what_is_no_manifest(void **state)
{
    static const struct refusal cases[] = {
        {"{}", "none of index"},
        {"[{}]", "docker's manifest.json"},
        {"{\"manifests\":[]}", "but an image index"},
        {"{\"manifests\":null}", "but an image index"},
        {"{\"rootfs\":{\"type\":\"layers\"},\"config\":{},\"history\":[]}", "but an image config"},
        {"{\"schemaVersion\":1,\"fsLayers\":[],\"history\":[]}", "schema 1"},
        {"{" CONFIG ",\"layers\":[],\"manifests\":[]}", "ambiguous"},
        {"{" CONFIG ",\"manifests\":[]}", "ambiguous"},
        {"{" CONFIG ",\"layers\":[],\"fsLayers\":[]}", "ambiguous"},
        {"{" CONFIG ",\"layers\":[],\"history\":[]}", "ambiguous"},
        {"{" CONFIG ",\"layers\":[],\"rootfs\":{}}", "ambiguous"},
        {"{" CONFIG ",\"layers\":[],\"Layers\":[]}", "could be read as"},
        {"{" CONFIG ",\"layers\":[],\"MANIFESTS\":[]}", "could be read as"},
        {"{" CONFIG ",\"Layers\":[]}", "could be read as"},
        {"{" CONFIG ",\"layers\":[],\"layers\":[]}", "duplicate"},
        {"{\"schemaVersion\":1," CONFIG ",\"layers\":[]}", "schemaVersion"},
        {"{\"mediaType\":\"" MT_OCI_INDEX "\"," CONFIG ",\"layers\":[]}", "mediaType"},
        {"{\"mediaType\":\"x/y\"," CONFIG ",\"layers\":[]}", "mediaType is \"x/y\""},
        {"{\"layers\":[]}", "\"config\" is missing"},
        {"{\"layers\":[],\"config\":null}", "\"config\" is missing"},
        {"{\"layers\":[],\"config\":[]}", "\"config\" is not an object"},
        {"{\"layers\":[],\"config\":{}}", "config: the digest is missing"},
        {"{" CONFIG ",\"layers\":{}}", "\"layers\" is not an array"},
        {"{" CONFIG ",\"layers\":[" LAYER ",1]}", "layers[1]"},
        {"{" CONFIG ",\"artifactType\":1,\"layers\":[]}", "artifactType"},
    };

    (void)state;
    expect_refusals(cases, sizeof(cases) / sizeof(cases[0]), -EINVAL);
}

/* What an import of all images passes over. */
static void tells_manifests_of_other_things(void **state)
{
    static const struct refusal cases[] = {
        {"{" CONFIG ",\"layers\":[" BLOB("application/vnd.in-toto+json") "]}", "layers[0] is of type"},
        {"{" CONFIG ",\"layers\":[" BLOB(MT_OCI_LAYER_GZIP "+encrypted") "]}", "layers[0] is of type"},
        {"{\"config\":" BLOB("application/vnd.cncf.helm.config.v1+json") ",\"layers\":[]}",
         "artifact of type"},
        {"{\"config\":" BLOB("application/vnd.oci.empty.v1+json") ",\"artifactType\":\"a/t\",\"layers\":[]}",
         "artifact of type \"a/t\""},
        {"{" CONFIG ",\"artifactType\":\"a/t\",\"layers\":[]}", "artifact of type \"a/t\""},
        {"{\"config\":" BLOB(MT_OCI_MANIFEST) ",\"layers\":[]}", "artifact"},
    };

    (void)state;
    expect_refusals(cases, sizeof(cases) / sizeof(cases[0]), -EMEDIUMTYPE);
}

static void bounds_the_layers(void **state)
{
    struct buf b = BUF_INIT;
    struct manifest m;
    struct err err = {""};

    (void)state;
    assert_int_equal(buf_printf(&b, "{%s,\"layers\":[", CONFIG), 0);
    for (size_t i = 0; i < MANIFEST_MAX_LAYERS; i++)
        assert_int_equal(buf_printf(&b, "%s%s", i ? "," : "", LAYER), 0);
    assert_int_equal(buf_printf(&b, "]}"), 0);
    assert_int_equal(manifest_parse(b.data, b.len, &m, &err), 0);
    assert_int_equal(m.n_layers, MANIFEST_MAX_LAYERS);
    manifest_free(&m);
    b.len -= 2;
    assert_int_equal(buf_printf(&b, ",%s]}", LAYER), 0);
    assert_int_equal(manifest_parse(b.data, b.len, &m, &err), -E2BIG);
    buf_free(&b);
}

static struct descriptor blob(const char *digest, char *media_type, uint64_t size)
{
    struct descriptor d = {.media_type = media_type, .size = size};

    assert_int_equal(digest_parse_str(digest, &d.digest), 0);
    return d;
}

static void writes_what_it_reads(void **state)
{
    char config_type[] = MT_OCI_CONFIG, layer_type[] = MT_OCI_LAYER, bad_type[] = "\xff";
    struct descriptor config = blob(A, config_type, 10);
    struct descriptor layers[] = {blob(B, layer_type, INT64_MAX), blob(A, layer_type, 0)};
    struct manifest m;
    char *text;
    size_t len;

    (void)state;
    assert_int_equal(manifest_write(&config, layers, 2, &text, &len), 0);
    assert_int_equal(len, strlen(text));
    assert_string_equal(
        text, "{\"schemaVersion\":2,\"mediaType\":\"" MT_OCI_MANIFEST "\",\"config\":{\"mediaType\":"
              "\"" MT_OCI_CONFIG "\",\"digest\":\"" A "\",\"size\":10},\"layers\":[{\"mediaType\":"
              "\"" MT_OCI_LAYER "\",\"digest\":\"" B "\",\"size\":9223372036854775807},{\"mediaType\":"
              "\"" MT_OCI_LAYER "\",\"digest\":\"" A "\",\"size\":0}]}");
    assert_int_equal(manifest_parse(text, len, &m, NULL), 0);
    assert_int_equal(m.n_layers, 2);
    assert_true(m.layers[0].size == INT64_MAX);
    manifest_free(&m);
    free(text);

    assert_int_equal(manifest_write(&config, NULL, 0, &text, &len), 0);
    assert_int_equal(manifest_parse(text, len, &m, NULL), 0);
    manifest_free(&m);
    free(text);

    layers[1].size = (uint64_t)INT64_MAX + 1;
    assert_int_equal(manifest_write(&config, layers, 2, &text, &len), -EINVAL);
    layers[1] = blob(A, bad_type, 1);
    assert_true(manifest_write(&config, layers, 2, &text, &len) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_manifests),
        cmocka_unit_test(refuses_what_is_no_manifest),
        cmocka_unit_test(tells_manifests_of_other_things),
        cmocka_unit_test(bounds_the_layers),
        cmocka_unit_test(writes_what_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
