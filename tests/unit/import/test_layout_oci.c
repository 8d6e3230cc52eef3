/* SPDX-License-Identifier: Apache-2.0 */
/* OCI layouts: names, tags, platforms, nested indexes, what is no image, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "import/layouts.h"
#include "os/cleanup.h"
#include "source_maker.h"

#define ONE                                                                                                  \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        "a=1", NULL                                                                                          \
    }
#define TWO                                                                                                  \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        "b=2", NULL                                                                                          \
    }

struct fixture {
    struct maker m;
    struct made_layer layers[2];
    struct source_options opt;
    struct container *c;
    struct image_list list;
    struct err err;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){
        .opt = {.max_layers = 100, .max_size = 1 << 20, .platform = {.os = "linux", .arch = "amd64"}}};
    maker_init(&f->m);
    made_layer_set(&f->layers[0], GZIP, ONE);
    made_layer_set(&f->layers[1], PLAIN, TWO);
    assert_int_equal(container_open_path(f->m.dir, &f->opt, &f->c, NULL), 0);
}

static void end(struct fixture *f)
{
    image_list_free(&f->list);
    container_close(f->c);
    made_layer_free(&f->layers[0]);
    made_layer_free(&f->layers[1]);
    maker_done(&f->m);
}

/* Opens anew with a tag. */
static int read_layout(struct fixture *f, const char *tag)
{
    image_list_free(&f->list);
    f->err = (struct err){{0}};
    return layout_oci(f->c, &f->opt, tag, &f->list, &f->err);
}

static void must_read(struct fixture *f, const char *tag, size_t want)
{
    int r = read_layout(f, tag);

    if (r < 0)
        fail_msg("%s: %d %s", tag ? tag : "all", r, f->err.text);
    assert_int_equal(f->list.n, want);
    assert_string_equal(f->err.text, "");
}

static void must_fail(struct fixture *f, const char *tag, int want, const char *line)
{
    assert_int_equal(read_layout(f, tag), want);
    if (!strstr(f->err.text, line))
        fail_msg("\"%s\" is not in \"%s\"", line, f->err.text);
}

static void put_index(struct fixture *f, const char *const *entries, size_t n)
{
    cleanup_free char *text = made_index(entries, n);

    maker_text(&f->m, "index.json", text);
}

static char *put_nested(struct fixture *f, const char *const *entries, size_t n, const char *more)
{
    cleanup_free char *text = made_index(entries, n);
    struct made_blob b;
    char *descriptor;

    made_blob_set(&b, text, strlen(text));
    maker_blob(&f->m, &b);
    descriptor = made_descriptor(MT_OCI_INDEX, &b, more);
    made_blob_free(&b);
    return descriptor;
}

#define FOR(arch) ", \"platform\": {\"os\": \"linux\", \"architecture\": \"" arch "\"}"

static void one_image(void **state)
{
    struct fixture f;
    const struct source_image *i;

    (void)state;
    begin(&f);
    cleanup_free char *a = maker_image(&f.m, "amd64", f.layers, 2, NAMED("app"));
    put_index(&f, (const char *const[]){a}, 1);
    must_read(&f, NULL, 1);
    i = &f.list.images[0];
    assert_int_equal(i->n_names, 1);
    assert_string_equal(i->names[0], "app");
    assert_int_equal(i->n_layers, 2);
    for (size_t n = 0; n < 2; n++) {
        assert_true(digest_equal(&i->layers[n].diff_id, &f.layers[n].tar.digest));
        assert_true(digest_equal(&i->layers[n].blob.digest, &f.layers[n].blob.digest));
        assert_int_equal(i->layers[n].blob.size, f.layers[n].blob.len);
    }
    assert_string_equal(i->manifest.media_type, MT_OCI_MANIFEST);
    assert_int_equal(i->manifest.size, i->manifest_len);
    f.opt.max_layers = 1;
    must_fail(&f, NULL, -E2BIG, "2 layers, more than the limit of 1");
    end(&f);
}

static void tags_choose(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    cleanup_free char *a = maker_image(&f.m, "amd64", f.layers, 2, NAMED("app"));
    cleanup_free char *again = maker_image(&f.m, "amd64", f.layers, 2, NAMED("same"));
    cleanup_free char *b = maker_image(&f.m, "amd64", f.layers, 1, NAMED("base"));
    cleanup_free char *c =
        maker_image(&f.m, "amd64", f.layers + 1, 1,
                    ", \"annotations\": {\"org.opencontainers.image.ref.name\": \"latest\", "
                    "\"io.containerd.image.name\": \"docker.io/library/c:latest\"}");
    cleanup_free char *d = maker_image(&f.m, "arm64", f.layers + 1, 1, "");
    put_index(&f, (const char *const[]){a, again, b, c, d, a}, 6);
    must_read(&f, NULL, 4);
    assert_int_equal(f.list.images[0].n_names, 2); /* one image with two names */
    assert_string_equal(f.list.images[0].names[1], "same");
    assert_string_equal(f.list.images[1].names[0], "base");
    assert_string_equal(f.list.images[2].names[0], "docker.io/library/c:latest");
    assert_int_equal(f.list.images[3].n_names, 0);
    must_read(&f, "base", 1);
    assert_string_equal(f.list.images[0].names[0], "base");
    must_read(&f, "docker.io/library/c:latest", 1);
    must_read(&f, "latest", 1);
    must_read(&f, "@2", 1);
    assert_string_equal(f.list.images[0].names[0], "base");
    must_read(&f, "@4", 1);
    must_fail(&f, "@6", -ENOENT, "it contains 6");
    must_fail(&f, "@x", -EINVAL, "@0 is the first");
    must_fail(&f, "@", -EINVAL, "@0 is the first");
    must_fail(&f, "nope", -ENOENT, "available: app, same, base, docker.io/library/c:latest");

    /* One name for two images: the first counts. */
    cleanup_free char *clash = maker_image(&f.m, "amd64", f.layers, 1, NAMED("app"));
    put_index(&f, (const char *const[]){a, clash}, 2);
    must_read(&f, NULL, 1);
    assert_int_equal(f.list.images[0].n_layers, 2);
    must_read(&f, "app", 1);
    assert_int_equal(f.list.images[0].n_layers, 2);
    end(&f);
}

static void platforms_choose(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    cleanup_free char *amd = maker_image(&f.m, "amd64", f.layers, 2, FOR("amd64"));
    cleanup_free char *arm = maker_image(&f.m, "arm64", f.layers, 1, FOR("arm64"));
    cleanup_free char *unsaid = maker_image(&f.m, "s390x", f.layers + 1, 1, "");
    cleanup_free char *proof =
        maker_image(&f.m, "unknown", f.layers + 1, 1,
                    ", \"platform\": {\"os\": \"unknown\", \"architecture\": \"unknown\"}");
    cleanup_free char *inner = put_nested(&f, (const char *const[]){proof, arm, unsaid, amd}, 4, "");
    cleanup_free char *outer = put_nested(&f, (const char *const[]){inner}, 1, NAMED("multi"));
    cleanup_free char *only_arm = put_nested(&f, (const char *const[]){arm}, 1, NAMED("arm"));

    put_index(&f, (const char *const[]){outer}, 1);
    must_read(&f, NULL, 1);
    assert_string_equal(f.list.images[0].names[0], "multi");
    assert_string_equal(f.list.images[0].parsed_config.platform.arch, "amd64");
    platform_parse("linux/arm64", &f.opt.platform, NULL);
    must_read(&f, "multi", 1);
    assert_int_equal(f.list.images[0].n_layers, 1);
    platform_parse("linux/s390x", &f.opt.platform, NULL);
    must_read(&f, "multi", 1);
    assert_string_equal(f.list.images[0].parsed_config.platform.arch, "s390x");
    platform_parse("linux/riscv64", &f.opt.platform, NULL);
    must_fail(&f, NULL, -ENOENT,
              "no image for linux/riscv64; available: linux/arm64, linux/s390x, linux/amd64");
    must_fail(&f, "multi", -ENOENT, "no image for linux/riscv64");

    /* One tag of several is for another platform: it is passed over, but not when it is named. */
    platform_parse("linux/amd64", &f.opt.platform, NULL);
    put_index(&f, (const char *const[]){only_arm, outer}, 2);
    must_read(&f, NULL, 1);
    must_fail(&f, "arm", -ENOENT, "available: linux/arm64");

    /* A single image whose descriptor does not say: only refused when a platform was asked for. */
    put_index(&f, (const char *const[]){unsaid}, 1);
    must_read(&f, NULL, 1);
    f.opt.platform_required = true;
    must_fail(&f, NULL, -ENOENT, "available: linux/s390x");
    end(&f);
}

static void what_is_no_image_is_passed_over(void **state)
{
    static const char artifact_text[] =
        "{\"schemaVersion\": 2, \"mediaType\": \"" MT_OCI_MANIFEST
        "\", \"artifactType\": \"application/x\", \"config\": "
        "{\"mediaType\": \"application/vnd.oci.empty.v1+json\", \"size\": 2, \"digest\": "
        "\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\"}, \"layers\": []}";
    struct fixture f;
    struct made_blob artifact;

    (void)state;
    begin(&f);
    made_blob_set(&artifact, artifact_text, strlen(artifact_text));
    maker_blob(&f.m, &artifact);
    cleanup_free char *app = maker_image(&f.m, "amd64", f.layers, 2, NAMED("app"));
    cleanup_free char *thing = made_descriptor(MT_OCI_MANIFEST, &artifact, NAMED("thing"));
    cleanup_free char *other = made_descriptor("text/plain", &artifact, NAMED("text"));

    put_index(&f, (const char *const[]){thing, other, app}, 3);
    must_read(&f, NULL, 1);
    must_fail(&f, "thing", -EMEDIUMTYPE, "application/x");
    must_fail(&f, "text", -EMEDIUMTYPE, "text/plain");
    put_index(&f, (const char *const[]){thing}, 1);
    must_fail(&f, NULL, -EMEDIUMTYPE, "thing");
    cleanup_free char *nested = put_nested(&f, (const char *const[]){thing, app}, 2, "");
    put_index(&f, (const char *const[]){nested}, 1);
    must_read(&f, NULL, 1);
    put_index(&f, NULL, 0);
    must_fail(&f, NULL, -ENOENT, "contains no image");
    made_blob_free(&artifact);
    end(&f);
}

/* Each case is a layout with one thing wrong. */
static void what_is_wrong_is_refused(void **state)
{
    struct fixture f;
    struct made_blob b;
    struct made_layer twice[2];

    (void)state;
    begin(&f);
    must_fail(&f, NULL, -ENOENT, "not an OCI image layout");
    maker_text(&f.m, "index.json", "{");
    must_fail(&f, NULL, -EINVAL, "index.json");

    cleanup_free char *app = maker_image(&f.m, "amd64", f.layers, 2, NAMED("app"));
    put_index(&f, (const char *const[]){app}, 1);
    must_read(&f, NULL, 1);
    const struct descriptor manifest = f.list.images[0].manifest, config = f.list.images[0].config;
    char hex[DIGEST_HEX_MAX], path[256];

    /* The manifest's bytes, its size, its absence; the config's. */
    snprintf(path, sizeof(path), "blobs/sha256/%s", digest_hex(&manifest.digest, hex));
    made_blob_set(&b, f.list.images[0].manifest_json, f.list.images[0].manifest_len);
    b.data[10] ^= 1;
    maker_file(&f.m, path, b.data, b.len);
    must_fail(&f, NULL, -EBADMSG, "damaged");
    maker_file(&f.m, path, b.data, b.len - 1);
    must_fail(&f, NULL, -EBADMSG, "bytes, not");
    maker_remove(&f.m, path);
    must_fail(&f, NULL, -ENOENT, "is missing");
    b.data[10] ^= 1;
    maker_file(&f.m, path, b.data, b.len);
    made_blob_free(&b);
    digest_hex(&config.digest, hex);
    snprintf(path, sizeof(path), "blobs/sha256/%s", hex);
    maker_text(&f.m, path, "{}");
    must_fail(&f, "app", -EBADMSG, "app: ");

    /* As many layers as diff IDs. */
    twice[0] = twice[1] = f.layers[0];
    cleanup_free char *text = made_config("amd64", twice, 2);
    made_blob_set(&b, text, strlen(text));
    maker_blob(&f.m, &b);
    cleanup_free char *wrong = made_manifest(&b, f.layers, 1);
    made_blob_free(&b);
    made_blob_set(&b, wrong, strlen(wrong));
    maker_blob(&f.m, &b);
    cleanup_free char *entry = made_descriptor(MT_OCI_MANIFEST, &b, "");
    put_index(&f, (const char *const[]){entry}, 1);
    must_fail(&f, NULL, -EINVAL, "1 layers, but the config has the digests of 2");

    /* A descriptor that says something else than the body. */
    cleanup_free char *docker = made_descriptor(MT_DOCKER_MANIFEST, &b, "");
    put_index(&f, (const char *const[]){docker}, 1);
    must_fail(&f, NULL, -EINVAL, MT_DOCKER_MANIFEST);
    made_blob_free(&b);
    end(&f);
}

static void nesting_has_an_end(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    char *entry = maker_image(&f.m, "amd64", f.layers, 2, "");
    for (int depth = 0; depth < 12; depth++) {
        char *outer = put_nested(&f, (const char *const[]){entry}, 1, "");

        free(entry);
        entry = outer;
        put_index(&f, (const char *const[]){entry}, 1);
        if (depth < 8)
            must_read(&f, NULL, 1);
        else
            must_fail(&f, NULL, -E2BIG, "nested too deep");
    }
    free(entry);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_image),
        cmocka_unit_test(tags_choose),
        cmocka_unit_test(platforms_choose),
        cmocka_unit_test(what_is_no_image_is_passed_over),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(nesting_has_an_end),
    };
    return cmocka_run_group_tests_name("layout_oci", tests, NULL, NULL);
}
