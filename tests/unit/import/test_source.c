/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of every kind: docker's archives, skopeo's directories, archives of both layouts, and telling which
 * one it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "import/layout.h"
#include "os/cleanup.h"
#include "source_maker.h"

struct fixture {
    struct maker m;
    struct made_layer layers[2];
    struct source_options opt;
    struct source source;
    struct err err;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){
        .opt = {.max_layers = 100, .max_size = 1 << 20, .platform = {.os = "linux", .arch = "amd64"}}};
    maker_init(&f->m);
    f->opt.tmp_dirfd = f->m.fd;
    made_layer_set(&f->layers[0], GZIP, (const char *const[]){"a=1", NULL});
    made_layer_set(&f->layers[1], PLAIN, (const char *const[]){"b=2", NULL});
}

static void end(struct fixture *f)
{
    source_close(&f->source);
    made_layer_free(&f->layers[0]);
    made_layer_free(&f->layers[1]);
    maker_done(&f->m);
}

/* `arg` with "DIR" and "TAR" for where they are. */
static int open_source(struct fixture *f, const char *arg)
{
    const char *place = strstr(arg, "DIR") ? strstr(arg, "DIR") : strstr(arg, "TAR");
    struct source_ref ref;
    char text[600];
    int r;

    snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - arg), arg,
             place[0] == 'D' ? f->m.dir : f->m.archive, place + 3);
    assert_int_equal(source_ref_parse(text, &ref, NULL), 0);
    source_close(&f->source);
    f->err = (struct err){{0}};
    r = source_open(&ref, &f->opt, &f->source, &f->err);
    source_ref_free(&ref);
    return r;
}

static void must_open(struct fixture *f, const char *arg, size_t want)
{
    int r = open_source(f, arg);

    if (r < 0)
        fail_msg("%s: %d %s", arg, r, f->err.text);
    assert_int_equal(f->source.n_images, want);
    assert_string_equal(f->err.text, "");
}

static void must_fail(struct fixture *f, const char *arg, int want, const char *line)
{
    assert_int_equal(open_source(f, arg), want);
    if (!strstr(f->err.text, line))
        fail_msg("\"%s\" is not in \"%s\"", line, f->err.text);
    assert_non_null(strstr(f->err.text, f->m.dir));
}

static void assert_layer(struct fixture *f, size_t image, size_t layer, const struct made_blob *want)
{
    cleanup_free char *data = NULL;
    size_t len;

    assert_int_equal(container_read(f->source.container, f->source.images[image].layers[layer].path, 1 << 20,
                                    &data, &len, NULL),
                     0);
    assert_int_equal(len, want->len);
    assert_memory_equal(data, want->data, len);
}

/* docker's files for both layers: the first as a link to another path. */
static void put_docker(struct fixture *f, const char *arch, const char *manifest)
{
    cleanup_free char *config = made_config(arch, f->layers, 2);

    maker_text(&f->m, "config.json", config);
    maker_file(&f->m, "shared.tar", f->layers[0].blob.data, f->layers[0].blob.len);
    maker_file(&f->m, "two/layer.tar", f->layers[1].blob.data, f->layers[1].blob.len);
    if (mkdirat(f->m.fd, "one", 0755) == 0) /* the first time */
        assert_int_equal(symlinkat("../shared.tar", f->m.fd, "one/layer.tar"), 0);
    maker_text(&f->m, "manifest.json", manifest);
}

/* Was the manifest written for a docker-archive? Those of the test have blanks in them. */
static bool is_made_here(const struct source_image *i)
{
    return strstr(i->manifest_json, "{\"schemaVersion\":2,") == i->manifest_json;
}

#define DOCKER(tags)                                                                                         \
    "{\"Config\": \"config.json\", \"RepoTags\": " tags                                                      \
    ", \"Layers\": [\"one/layer.tar\", \"two/layer.tar\"]}"

static void docker_archives(void **state)
{
    struct fixture f;
    const struct source_image *i;

    (void)state;
    begin(&f);
    put_docker(&f, "amd64", "[" DOCKER("[\"app:1\", \"app:latest\"]") ", " DOCKER("null") "]");
    for (int backwards = 0; backwards < 2; backwards++) {
        maker_pack(&f.m, backwards);
        must_open(&f, "docker-archive:TAR", 2);
        i = &f.source.images[0];
        assert_int_equal(i->n_names, 2);
        assert_string_equal(i->names[0], "app:1");
        assert_true(is_made_here(i));
        assert_true(digest_equal(&i->layers[0].blob.digest, &f.layers[0].blob.digest));
        assert_int_equal(i->layers[0].blob.size, f.layers[0].blob.len);
        assert_true(digest_equal(&i->layers[0].diff_id, &f.layers[0].tar.digest));
        assert_layer(&f, 0, 0, &f.layers[0].blob);
        assert_layer(&f, 0, 1, &f.layers[1].blob);
        assert_int_equal(f.source.images[1].n_names, 0);
    }
    must_open(&f, "docker-archive:TAR:app:1", 1);
    assert_int_equal(f.source.images[0].n_names, 1);
    must_open(&f, "docker-archive:TAR:app", 1);
    assert_string_equal(f.source.images[0].names[0], "app:latest");
    must_open(&f, "docker-archive:TAR:@1", 1);
    must_fail(&f, "docker-archive:TAR:@2", -ENOENT, "it contains 2");
    must_fail(&f, "docker-archive:TAR:ap", -ENOENT, "available: app:1, app:latest");
    must_fail(&f, "oci-archive:TAR", -ENOENT, "not an OCI image layout");
    must_open(&f, "TAR", 2);
    f.opt.platform_required = true;
    must_open(&f, "TAR", 2);
    platform_parse("linux/arm64", &f.opt.platform, NULL);
    must_fail(&f, "TAR", -ENOENT, "available: linux/amd64");
    end(&f);
}

static void bad_docker_archives(void **state)
{
    static const struct {
        const char *manifest, *line;
        int r;
    } cases[] = {
        {"[]", "contains no image", -ENOENT},
        {"[{\"Config\": \"gone.json\", \"RepoTags\": [\"x:1\"], \"Layers\": [\"a\"]}]",
         "x:1: the config gone.json is missing", -ENOENT},
        {"[{\"Config\": \"../config.json\", \"RepoTags\": [], \"Layers\": [\"a\"]}]", "leads out of", -EXDEV},
        {"[{\"Config\": \"config.json\", \"RepoTags\": [], \"Layers\": [\"a\"]}]", "1 layers", -EINVAL},
        {"[{\"Config\": \"shared.tar\", \"RepoTags\": [], \"Layers\": [\"a\"]}]", "config", -EINVAL},
        {"[", "manifest.json", -EINVAL},
    };
    struct fixture f;

    (void)state;
    begin(&f);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        put_docker(&f, "amd64", cases[i].manifest);
        maker_pack(&f.m, false);
        must_fail(&f, "docker-archive:TAR", cases[i].r, cases[i].line);
    }
    maker_remove(&f.m, "manifest.json");
    maker_text(&f.m, "repositories", "{}");
    maker_pack(&f.m, false);
    must_fail(&f, "TAR", -EINVAL, "before 1.10");
    must_fail(&f, "docker-archive:TAR", -ENOENT, "no manifest.json");
    end(&f);
}

static void put_by_hex(struct fixture *f, const struct made_blob *b, const char *suffix)
{
    char path[256], hex[DIGEST_HEX_MAX];

    snprintf(path, sizeof(path), "%s%s", digest_hex(&b->digest, hex), suffix);
    maker_file(&f->m, path, b->data, b->len);
}

static void skopeo_directories(void **state)
{
    struct fixture f;
    struct made_blob config, manifest;

    (void)state;
    begin(&f);
    cleanup_free char *config_text = made_config("amd64", f.layers, 2);
    made_blob_set(&config, config_text, strlen(config_text));
    cleanup_free char *text = made_manifest(&config, f.layers, 2);
    made_blob_set(&manifest, text, strlen(text));
    put_by_hex(&f, &config, "");
    put_by_hex(&f, &f.layers[0].blob, "");
    put_by_hex(&f, &f.layers[1].blob, "");
    maker_text(&f.m, "manifest.json", text);
    must_open(&f, "dir:DIR", 1);
    assert_int_equal(f.source.images[0].n_names, 0);
    assert_true(digest_equal(&f.source.images[0].manifest.digest, &manifest.digest));
    assert_layer(&f, 0, 1, &f.layers[1].blob);
    must_open(&f, "DIR", 1);
    f.opt.platform_required = true;
    platform_parse("linux/arm64", &f.opt.platform, NULL);
    must_fail(&f, "DIR", -ENOENT, "available: linux/amd64");

    /* All platforms of an image. */
    platform_parse("linux/amd64", &f.opt.platform, NULL);
    put_by_hex(&f, &manifest, ".manifest.json");
    cleanup_free char *entry = made_descriptor(MT_OCI_MANIFEST, &manifest, "");
    cleanup_free char *index = made_index((const char *const[]){entry}, 1);
    maker_text(&f.m, "manifest.json", index);
    must_open(&f, "dir:DIR", 1);
    assert_true(digest_equal(&f.source.images[0].manifest.digest, &manifest.digest));
    maker_text(&f.m, "manifest.json", "{\"schemaVersion\": 2}");
    must_fail(&f, "dir:DIR", -EINVAL, "manifest");
    maker_remove(&f.m, "manifest.json");
    must_fail(&f, "dir:DIR", -ENOENT, "no manifest.json");
    made_blob_free(&config);
    made_blob_free(&manifest);
    end(&f);
}

static void put_index(struct fixture *f, const char *entry)
{
    cleanup_free char *index = made_index(&entry, entry ? 1 : 0);

    maker_text(&f->m, "index.json", index);
}

static void both_layouts_in_one_archive(void **state)
{
    struct fixture f;
    struct source_image *i;

    (void)state;
    begin(&f);
    cleanup_free char *same = maker_image(&f.m, "amd64", f.layers, 2,
                                          ", \"annotations\": {\"org.opencontainers.image.ref.name\": \"1\", "
                                          "\"io.containerd.image.name\": \"docker.io/library/app:1\"}");
    cleanup_free char *other = maker_image(&f.m, "amd64", f.layers, 1, NAMED("other"));

    /* The OCI side has manifests, docker's side the names that people know. */
    put_docker(&f, "amd64", "[" DOCKER("[\"app:1\"]") "]");
    put_index(&f, same);
    maker_pack(&f.m, false);
    must_open(&f, "TAR", 1);
    i = &f.source.images[0];
    assert_false(is_made_here(i));
    assert_int_equal(i->n_names, 1);
    assert_string_equal(i->names[0], "app:1");
    must_fail(&f, "TAR:x", -ENOENT, "cannot open"); /* a bare path is the whole word */

    /* An image that is not in index.json, an index.json without images, and one that cannot be read. */
    put_index(&f, other);
    maker_pack(&f.m, false);
    must_open(&f, "TAR", 1);
    assert_true(is_made_here(&f.source.images[0]));
    put_index(&f, NULL);
    maker_pack(&f.m, false);
    must_open(&f, "TAR", 1);
    assert_true(is_made_here(&f.source.images[0]));
    maker_text(&f.m, "index.json", "not JSON");
    maker_pack(&f.m, false);
    must_open(&f, "TAR", 1);
    assert_true(is_made_here(&f.source.images[0]));

    /* docker's side is for another platform than the wanted one, which index.json has. */
    put_docker(&f, "arm64", "[" DOCKER("[\"app:1\"]") "]");
    put_index(&f, other);
    maker_pack(&f.m, false);
    must_open(&f, "TAR", 1);
    assert_string_equal(f.source.images[0].names[0], "other");
    end(&f);
}

static void kinds_are_told_apart(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    must_fail(&f, "DIR", -EINVAL, "neither index.json");
    must_fail(&f, "oci:DIR", -ENOENT, "no index.json");
    must_fail(&f, "TAR", -ENOENT, "cannot open");
    cleanup_free char *app = maker_image(&f.m, "amd64", f.layers, 2, NAMED("app"));
    put_index(&f, app);
    maker_pack(&f.m, true);
    must_open(&f, "DIR", 1);
    must_open(&f, "oci:DIR:app", 1);
    must_open(&f, "TAR", 1);
    must_open(&f, "oci-archive:TAR:app", 1);
    assert_layer(&f, 0, 0, &f.layers[0].blob);
    must_fail(&f, "oci-archive:TAR:b", -ENOENT, "available: app");
    must_fail(&f, "docker-archive:TAR", -ENOENT, "not an archive of docker save");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(docker_archives),      cmocka_unit_test(bad_docker_archives),
        cmocka_unit_test(skopeo_directories),   cmocka_unit_test(both_layouts_in_one_archive),
        cmocka_unit_test(kinds_are_told_apart),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
