/* SPDX-License-Identifier: Apache-2.0 */
/* Whole imports into a store: what is taken in and what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "import_case.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"

static void layers_are_taken_in_once(void **state)
{
    struct import_case f;

    (void)state;
    case_begin(&f, GZIP);
    case_put_app(&f, 2);
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    assert_string_equal(f.results.images[0].name, "app");
    assert_int_equal(f.results.images[0].layers_here, 0);
    assert_false(f.results.images[0].unchanged);
    assert_int_equal(f.total, f.layers[0].blob.len + f.layers[1].blob.len);
    assert_int_equal(f.begun, 1);
    case_assert_store(&f, 1, 2, 4, 1);

    /* The same again: nothing is read. */
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    assert_true(f.results.images[0].unchanged);
    assert_int_equal(f.total, 0);
    assert_int_equal(f.begun, 0);
    case_assert_store(&f, 1, 2, 4, 1);

    /* Another image on the same layers: just its own. */
    cleanup_free char *app = maker_image(&f.m, "amd64", f.layers, 2, NAMED("app"));
    cleanup_free char *more = maker_image(&f.m, "amd64", f.layers, 3, NAMED("more"));
    case_put_index(&f, (const char *const[]){app, more}, 2);
    case_must_import(&f, SOURCE_OCI, NULL, 2);
    assert_true(f.results.images[0].unchanged);
    assert_int_equal(f.results.images[1].layers_here, 2);
    assert_int_equal(f.total, f.layers[2].blob.len);
    case_assert_store(&f, 2, 3, 7, 2);
    case_end(&f);
}

static void shared_layers_of_one_source_are_read_once(void **state)
{
    struct import_case f;
    struct made_layer stack[4];

    (void)state;
    case_begin(&f, ZSTD);
    stack[0] = stack[2] = f.layers[0];
    stack[1] = stack[3] = f.layers[1];
    cleanup_free char *twice = maker_image(&f.m, "amd64", stack, 4, NAMED("twice"));
    cleanup_free char *once = maker_image(&f.m, "amd64", stack, 2, NAMED("once"));
    cleanup_free char *alias = maker_image(&f.m, "amd64", stack, 2, NAMED("alias"));
    case_put_index(&f, (const char *const[]){twice, once, alias}, 3);
    case_must_import(&f, SOURCE_OCI, NULL, 3);
    assert_int_equal(f.total, stack[0].blob.len + stack[1].blob.len);
    case_assert_store(&f, 3, 2, 6, 2);
    assert_true(digest_equal(&f.results.images[1].manifest, &f.results.images[2].manifest));
    case_end(&f);
}

/* The bytes of a tree and of all of its layers' indexes. */
static char *tree_bytes(struct import_case *f, size_t *ret_len)
{
    struct digest chain, ids[N_LAYERS];
    char path[256], hex[DIGEST_HEX_MAX];
    cleanup_fd int fd = -1;
    char *data;

    for (int i = 0; i < N_LAYERS; i++)
        ids[i] = f->layers[i].tar.digest;
    assert_int_equal(digest_chain(ids, N_LAYERS, &chain), 0);
    snprintf(path, sizeof(path), "trees/%s", digest_hex(&chain, hex));
    fd = openat(store_fd(f->store), path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fd_slurp(fd, 1 << 20, &data, ret_len), 0);
    return data;
}

static void every_form_gives_the_same_tree(void **state)
{
    cleanup_free char *first = NULL;
    size_t first_len = 0;

    (void)state;
    for (int form = 0; form < 6; form++) {
        struct import_case f;
        size_t len;

        case_begin(&f, form < 3 ? (enum compression)form : (enum compression)(form - 3));
        case_put_app(&f, N_LAYERS);
        case_put_docker(&f, "[\"app\"]");
        case_must_import(&f, form < 3 ? SOURCE_OCI : SOURCE_DOCKER_ARCHIVE, NULL, 1);
        cleanup_free char *tree = tree_bytes(&f, &len);
        if (!first) {
            first_len = len;
            first = steal_ptr(&tree);
        } else {
            assert_int_equal(len, first_len);
            assert_memory_equal(tree, first, len);
        }
        case_end(&f);
    }
}

static void docker_archives_get_a_manifest(void **state)
{
    struct import_case f;
    struct image image;

    (void)state;
    case_begin(&f, GZIP);
    made_layer_free(&f.layers[2]);
    made_layer_set(&f.layers[2], PLAIN, (const char *const[]){"plain=1", NULL});
    case_put_docker(&f, "[\"app:1\", \"app:2\"]");
    case_must_import(&f, SOURCE_DOCKER_ARCHIVE, NULL, 2);
    assert_string_equal(f.results.images[1].name, "app:2");
    case_assert_store(&f, 2, 3, 5, 1);
    assert_int_equal(store_find_image(f.store, "app:1", &image, NULL), 0);
    assert_int_equal(image.manifest.n_layers, 3);
    for (int i = 0; i < N_LAYERS; i++) {
        const struct descriptor *d = &image.manifest.layers[i];

        assert_string_equal(d->media_type, i < 2 ? MT_OCI_LAYER_GZIP : MT_OCI_LAYER);
        assert_int_equal(d->size, f.layers[i].blob.len);
        assert_true(digest_equal(&d->digest, &f.layers[i].blob.digest));
        assert_true(store_layer_is_from(f.store, &f.layers[i].tar.digest, &d->digest));
    }
    image_free(&image);

    /* Known by its config: unchanged, whatever the manifest; under a new name the blobs that are there are
     * used. */
    case_must_import(&f, SOURCE_DOCKER_ARCHIVE, NULL, 2);
    assert_true(f.results.images[0].unchanged);
    f.opt.name = "new";
    case_must_import(&f, SOURCE_DOCKER_ARCHIVE, NULL, 1);
    assert_int_equal(f.results.images[0].layers_here, 3);
    assert_int_equal(f.total, 0);
    case_assert_store(&f, 3, 3, 5, 1);
    case_end(&f);
}

static void another_compression_is_kept_but_not_unpacked(void **state)
{
    struct import_case f;

    (void)state;
    case_begin(&f, GZIP);
    case_put_app(&f, N_LAYERS);
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    for (int i = 0; i < N_LAYERS; i++) {
        struct made_layer gzip = f.layers[i];

        made_layer_set(&f.layers[i], ZSTD,
                       i == 0   ? (const char *const[]){"etc/", "etc/passwd=root", "big=0123456789", NULL}
                       : i == 1 ? (const char *const[]){"etc/.wh.passwd=", "etc/group=x", NULL}
                                : (const char *const[]){"top=1", NULL});
        assert_true(digest_equal(&gzip.tar.digest, &f.layers[i].tar.digest));
        made_layer_free(&gzip);
    }
    cleanup_free char *zstd = maker_image(&f.m, "amd64", f.layers, N_LAYERS, NAMED("zstd"));
    case_put_index(&f, (const char *const[]){zstd}, 1);
    f.opt.limits.max_files = 1; /* unpacking would fail */
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    assert_int_equal(f.results.images[0].layers_here, 0);
    case_assert_store(&f, 2, 3, 3 + 3 + 3, 1); /* both forms of the layers, two manifests, one config */
    for (int i = 0; i < N_LAYERS; i++)
        assert_true(store_layer_is_from(f.store, &f.layers[i].tar.digest, &f.layers[i].blob.digest));
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    assert_true(f.results.images[0].unchanged);
    case_end(&f);
}

static void what_was_lost_is_brought_back(void **state)
{
    struct import_case f;
    char path[256], hex[DIGEST_HEX_MAX];

    (void)state;
    case_begin(&f, GZIP);
    case_put_app(&f, N_LAYERS);
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    snprintf(path, sizeof(path), "blobs/sha256/%s", digest_hex(&f.layers[0].blob.digest, hex));
    assert_int_equal(unlinkat(store_fd(f.store), path, 0), 0);
    snprintf(path, sizeof(path), "layers/%s", digest_hex(&f.layers[1].tar.digest, hex));
    assert_int_equal(beneath_remove(store_fd(f.store), path), 0);
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    assert_false(f.results.images[0].unchanged);
    assert_int_equal(f.results.images[0].layers_here, 1);
    case_assert_store(&f, 1, 3, 5, 1);
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    assert_true(f.results.images[0].unchanged);

    /* Blob and layer are there, but that they belong together is not known: it is verified again. */
    snprintf(path, sizeof(path), "layers/%s/from", digest_hex(&f.layers[2].tar.digest, hex));
    assert_int_equal(beneath_remove(store_fd(f.store), path), 0);
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    assert_int_equal(f.results.images[0].layers_here, 2);
    assert_int_equal(f.total, f.layers[2].blob.len);
    assert_true(store_layer_is_from(f.store, &f.layers[2].tar.digest, &f.layers[2].blob.digest));
    case_end(&f);
}

static void names_are_given_and_checked(void **state)
{
    struct digest first;
    struct import_case f;
    struct catalog c;

    (void)state;
    case_begin(&f, GZIP);
    cleanup_free char *app = maker_image(&f.m, "amd64", f.layers, 1, NAMED("app"));
    cleanup_free char *more = maker_image(&f.m, "amd64", f.layers, 2, NAMED("more"));
    cleanup_free char *bad = maker_image(&f.m, "amd64", f.layers, 2, NAMED("../up"));
    cleanup_free char *none = maker_image(&f.m, "amd64", f.layers, 2, "");

    case_put_index(&f, (const char *const[]){app, more}, 2);
    f.opt.name = "mine";
    case_must_fail(&f, SOURCE_OCI, -EINVAL, "choose one by its tag: app, more");
    case_must_import(&f, SOURCE_OCI, "app", 1);
    assert_string_equal(f.results.images[0].name, "mine");
    assert_int_equal(f.results.images[0].replaced.alg, DIGEST_NONE);
    first = f.results.images[0].manifest;
    case_must_import(&f, SOURCE_OCI, "more",
                     1); /* the name moves, and that is said; the image before stays */
    assert_true(digest_equal(&f.results.images[0].replaced, &first));
    assert_int_equal(store_catalog(f.store, &c, NULL), 0);
    assert_int_equal(c.n, 2);
    assert_null(c.entries[1].name);
    assert_true(digest_equal(&c.entries[1].manifest.digest, &first));
    assert_true(digest_equal(&c.entries[0].manifest.digest, &f.results.images[0].manifest));
    catalog_free(&c);
    f.opt.name = "bad name";
    case_import(&f, SOURCE_OCI, "app");
    assert_non_null(strstr(f.err.text, "bad name"));
    f.opt.name = NULL;
    case_put_index(&f, (const char *const[]){bad}, 1);
    case_must_fail(&f, SOURCE_OCI, -EINVAL, "--name");
    f.opt.name = "good";
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    f.opt.name = NULL;
    case_put_index(&f, (const char *const[]){none}, 1);
    case_must_import(&f, SOURCE_OCI, NULL, 1); /* the same image is there under a name */
    assert_null(f.results.images[0].name);
    assert_true(f.results.images[0].unchanged);
    case_end(&f);
}

static void an_image_without_a_name_is_listed(void **state)
{
    struct import_case f;

    (void)state;
    case_begin(&f, PLAIN);
    cleanup_free char *none = maker_image(&f.m, "amd64", f.layers, 2, "");
    case_put_index(&f, (const char *const[]){none}, 1);
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    assert_null(f.results.images[0].name);
    assert_false(f.results.images[0].unchanged);
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    assert_true(f.results.images[0].unchanged);
    assert_int_equal(case_catalog_size(&f), 1);
    case_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_are_taken_in_once),
        cmocka_unit_test(shared_layers_of_one_source_are_read_once),
        cmocka_unit_test(every_form_gives_the_same_tree),
        cmocka_unit_test(docker_archives_get_a_manifest),
        cmocka_unit_test(another_compression_is_kept_but_not_unpacked),
        cmocka_unit_test(what_was_lost_is_brought_back),
        cmocka_unit_test(names_are_given_and_checked),
        cmocka_unit_test(an_image_without_a_name_is_listed),
    };
    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
