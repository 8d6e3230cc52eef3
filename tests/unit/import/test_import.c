/* SPDX-License-Identifier: Apache-2.0 */
/* Whole imports into a store: what is taken in, what is left alone, and that a failure leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "import/import.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "source_maker.h"

#define N_LAYERS 3

struct fixture {
    struct maker m;
    struct made_layer layers[N_LAYERS];
    char store_dir[300];
    struct store *store;
    struct import_options opt;
    struct import_results results;
    struct err err;
    uint64_t done, total;
    size_t begun;
    atomic_bool cancel;
    uint64_t cancel_at; /* bytes; 0: never */
};

static void on_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct fixture *f = ctx;

    assert_true(done >= f->done && done <= total);
    f->done = done;
    f->total = total;
    if (f->cancel_at && done >= f->cancel_at)
        f->cancel = true;
}

static void on_begin(void *ctx, const char *name, size_t layers, size_t layers_here)
{
    struct fixture *f = ctx;

    (void)name;
    assert_true(layers_here <= layers);
    f->begun++;
}

static void begin(struct fixture *f, enum compression c)
{
    static const char *const files[N_LAYERS][4] = {{"etc/", "etc/passwd=root", "big=0123456789", NULL},
                                                   {"etc/.wh.passwd=", "etc/group=x", NULL},
                                                   {"top=1", NULL}};

    *f = (struct fixture){.opt = {.progress = on_progress, .image_begin = on_begin, .ctx = f, .threads = 2}};
    maker_init(&f->m);
    for (int i = 0; i < N_LAYERS; i++)
        made_layer_set(&f->layers[i], c, files[i]);
    platform_parse("linux/amd64", &f->opt.platform, NULL);
    import_limits_default(&f->opt.limits);
    snprintf(f->store_dir, sizeof(f->store_dir), "%.255s.store", f->m.dir);
    assert_int_equal(store_open(f->store_dir, STORE_CREATE, &f->store, &f->err), 0);
}

static void end(struct fixture *f)
{
    import_results_free(&f->results);
    store_close(f->store);
    assert_int_equal(beneath_remove(AT_FDCWD, f->store_dir), 0);
    for (int i = 0; i < N_LAYERS; i++)
        made_layer_free(&f->layers[i]);
    maker_done(&f->m);
}

static int import_kind(struct fixture *f, enum source_kind kind, const char *tag)
{
    struct source_ref ref = {.kind = kind,
                             .path = kind == SOURCE_DOCKER_ARCHIVE ? f->m.archive : f->m.dir,
                             .tag = tag ? strdup(tag) : NULL};
    int r;

    import_results_free(&f->results);
    f->err = (struct err){{0}};
    f->done = f->total = 0;
    f->begun = 0;
    r = import_source(f->store, &ref, &f->opt, &f->results, &f->err);
    free(ref.tag);
    return r;
}

static void must_import(struct fixture *f, enum source_kind kind, const char *tag, size_t images)
{
    int r = import_kind(f, kind, tag);

    if (r < 0)
        fail_msg("%d %s", r, f->err.text);
    assert_int_equal(f->results.n, images);
    assert_int_equal(f->done, f->total);
    assert_string_equal(f->err.text, "");
}

static size_t count(struct fixture *f, const char *dir)
{
    int fd = openat(store_fd(f->store), dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fdopendir(fd);
    size_t n = 0;

    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static size_t catalog_size(struct fixture *f)
{
    struct catalog c;
    size_t n;

    assert_int_equal(store_catalog(f->store, &c, NULL), 0);
    n = c.n;
    catalog_free(&c);
    return n;
}

/* Nothing of a failed import is there. */
static void assert_store(struct fixture *f, size_t images, size_t layers, size_t blobs, size_t trees)
{
    assert_int_equal(catalog_size(f), images);
    assert_int_equal(count(f, "layers"), layers);
    assert_int_equal(count(f, "blobs/sha256"), blobs);
    assert_int_equal(count(f, "trees"), trees);
    assert_int_equal(count(f, "tmp"), 0);
}

static void must_fail(struct fixture *f, enum source_kind kind, int want, const char *line)
{
    int r = import_kind(f, kind, NULL);

    if (r != want || !strstr(f->err.text, line))
        fail_msg("\"%s\" is not in \"%s\" (%d)", line, f->err.text, r);
    assert_int_equal(f->results.n, 0);
}

static void put_index(struct fixture *f, const char *const *entries, size_t n)
{
    cleanup_free char *text = made_index(entries, n);

    maker_text(&f->m, "index.json", text);
}

/* Puts layers 0 .. n-1 as the one image "app". */
static void put_app(struct fixture *f, size_t n)
{
    cleanup_free char *app = maker_image(&f->m, "amd64", f->layers, n, NAMED("app"));

    put_index(f, (const char *const[]){app}, 1);
}

static void put_docker(struct fixture *f, const char *tags)
{
    cleanup_free char *config = made_config("amd64", f->layers, N_LAYERS);
    char text[256];

    maker_text(&f->m, "config.json", config);
    snprintf(
        text, sizeof(text),
        "[{\"Config\": \"config.json\", \"RepoTags\": %s, \"Layers\": [\"0.tar\", \"1.tar\", \"2.tar\"]}]",
        tags);
    maker_text(&f->m, "manifest.json", text);
    for (int i = 0; i < N_LAYERS; i++) {
        snprintf(text, sizeof(text), "%d.tar", i);
        maker_file(&f->m, text, f->layers[i].blob.data, f->layers[i].blob.len);
    }
    maker_pack(&f->m, false);
}

static void layers_are_taken_in_once(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, GZIP);
    put_app(&f, 2);
    must_import(&f, SOURCE_OCI, NULL, 1);
    assert_string_equal(f.results.images[0].name, "app");
    assert_int_equal(f.results.images[0].layers_here, 0);
    assert_false(f.results.images[0].unchanged);
    assert_int_equal(f.total, f.layers[0].blob.len + f.layers[1].blob.len);
    assert_int_equal(f.begun, 1);
    assert_store(&f, 1, 2, 4, 1);

    /* The same again: nothing is read. */
    must_import(&f, SOURCE_OCI, NULL, 1);
    assert_true(f.results.images[0].unchanged);
    assert_int_equal(f.total, 0);
    assert_int_equal(f.begun, 0);
    assert_store(&f, 1, 2, 4, 1);

    /* Another image on the same layers: just its own. */
    cleanup_free char *app = maker_image(&f.m, "amd64", f.layers, 2, NAMED("app"));
    cleanup_free char *more = maker_image(&f.m, "amd64", f.layers, 3, NAMED("more"));
    put_index(&f, (const char *const[]){app, more}, 2);
    must_import(&f, SOURCE_OCI, NULL, 2);
    assert_true(f.results.images[0].unchanged);
    assert_int_equal(f.results.images[1].layers_here, 2);
    assert_int_equal(f.total, f.layers[2].blob.len);
    assert_store(&f, 2, 3, 7, 2);
    end(&f);
}

static void shared_layers_of_one_source_are_read_once(void **state)
{
    struct fixture f;
    struct made_layer stack[4];

    (void)state;
    begin(&f, ZSTD);
    stack[0] = stack[2] = f.layers[0];
    stack[1] = stack[3] = f.layers[1];
    cleanup_free char *twice = maker_image(&f.m, "amd64", stack, 4, NAMED("twice"));
    cleanup_free char *once = maker_image(&f.m, "amd64", stack, 2, NAMED("once"));
    cleanup_free char *alias = maker_image(&f.m, "amd64", stack, 2, NAMED("alias"));
    put_index(&f, (const char *const[]){twice, once, alias}, 3);
    must_import(&f, SOURCE_OCI, NULL, 3);
    assert_int_equal(f.total, stack[0].blob.len + stack[1].blob.len);
    assert_store(&f, 3, 2, 6, 2);
    assert_true(digest_equal(&f.results.images[1].manifest, &f.results.images[2].manifest));
    end(&f);
}

/* The bytes of a tree and of all of its layers' indexes. */
static char *tree_bytes(struct fixture *f, size_t *ret_len)
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
        struct fixture f;
        size_t len;

        begin(&f, form < 3 ? (enum compression)form : (enum compression)(form - 3));
        put_app(&f, N_LAYERS);
        put_docker(&f, "[\"app\"]");
        must_import(&f, form < 3 ? SOURCE_OCI : SOURCE_DOCKER_ARCHIVE, NULL, 1);
        cleanup_free char *tree = tree_bytes(&f, &len);
        if (!first) {
            first_len = len;
            first = steal_ptr(&tree);
        } else {
            assert_int_equal(len, first_len);
            assert_memory_equal(tree, first, len);
        }
        end(&f);
    }
}

static void docker_archives_get_a_manifest(void **state)
{
    struct fixture f;
    struct image image;

    (void)state;
    begin(&f, GZIP);
    made_layer_free(&f.layers[2]);
    made_layer_set(&f.layers[2], PLAIN, (const char *const[]){"plain=1", NULL});
    put_docker(&f, "[\"app:1\", \"app:2\"]");
    must_import(&f, SOURCE_DOCKER_ARCHIVE, NULL, 2);
    assert_string_equal(f.results.images[1].name, "app:2");
    assert_store(&f, 2, 3, 5, 1);
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
    must_import(&f, SOURCE_DOCKER_ARCHIVE, NULL, 2);
    assert_true(f.results.images[0].unchanged);
    f.opt.name = "new";
    must_import(&f, SOURCE_DOCKER_ARCHIVE, NULL, 1);
    assert_int_equal(f.results.images[0].layers_here, 3);
    assert_int_equal(f.total, 0);
    assert_store(&f, 3, 3, 5, 1);
    end(&f);
}

static void another_compression_is_kept_but_not_unpacked(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, GZIP);
    put_app(&f, N_LAYERS);
    must_import(&f, SOURCE_OCI, NULL, 1);
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
    put_index(&f, (const char *const[]){zstd}, 1);
    f.opt.limits.max_files = 1; /* unpacking would fail */
    must_import(&f, SOURCE_OCI, NULL, 1);
    assert_int_equal(f.results.images[0].layers_here, 0);
    assert_store(&f, 2, 3, 3 + 3 + 3, 1); /* both forms of the layers, two manifests, one config */
    for (int i = 0; i < N_LAYERS; i++)
        assert_true(store_layer_is_from(f.store, &f.layers[i].tar.digest, &f.layers[i].blob.digest));
    must_import(&f, SOURCE_OCI, NULL, 1);
    assert_true(f.results.images[0].unchanged);
    end(&f);
}

static void what_was_lost_is_brought_back(void **state)
{
    struct fixture f;
    char path[256], hex[DIGEST_HEX_MAX];

    (void)state;
    begin(&f, GZIP);
    put_app(&f, N_LAYERS);
    must_import(&f, SOURCE_OCI, NULL, 1);
    snprintf(path, sizeof(path), "blobs/sha256/%s", digest_hex(&f.layers[0].blob.digest, hex));
    assert_int_equal(unlinkat(store_fd(f.store), path, 0), 0);
    snprintf(path, sizeof(path), "layers/%s", digest_hex(&f.layers[1].tar.digest, hex));
    assert_int_equal(beneath_remove(store_fd(f.store), path), 0);
    must_import(&f, SOURCE_OCI, NULL, 1);
    assert_false(f.results.images[0].unchanged);
    assert_int_equal(f.results.images[0].layers_here, 1);
    assert_store(&f, 1, 3, 5, 1);
    must_import(&f, SOURCE_OCI, NULL, 1);
    assert_true(f.results.images[0].unchanged);

    /* Blob and layer are there, but that they belong together is not known: it is verified again. */
    snprintf(path, sizeof(path), "layers/%s/from", digest_hex(&f.layers[2].tar.digest, hex));
    assert_int_equal(beneath_remove(store_fd(f.store), path), 0);
    must_import(&f, SOURCE_OCI, NULL, 1);
    assert_int_equal(f.results.images[0].layers_here, 2);
    assert_int_equal(f.total, f.layers[2].blob.len);
    assert_true(store_layer_is_from(f.store, &f.layers[2].tar.digest, &f.layers[2].blob.digest));
    end(&f);
}

static void names_are_given_and_checked(void **state)
{
    struct digest first;
    struct fixture f;
    struct catalog c;

    (void)state;
    begin(&f, GZIP);
    cleanup_free char *app = maker_image(&f.m, "amd64", f.layers, 1, NAMED("app"));
    cleanup_free char *more = maker_image(&f.m, "amd64", f.layers, 2, NAMED("more"));
    cleanup_free char *bad = maker_image(&f.m, "amd64", f.layers, 2, NAMED("../up"));
    cleanup_free char *none = maker_image(&f.m, "amd64", f.layers, 2, "");

    put_index(&f, (const char *const[]){app, more}, 2);
    f.opt.name = "mine";
    must_fail(&f, SOURCE_OCI, -EINVAL, "choose one by its tag: app, more");
    must_import(&f, SOURCE_OCI, "app", 1);
    assert_string_equal(f.results.images[0].name, "mine");
    assert_int_equal(f.results.images[0].replaced.alg, DIGEST_NONE);
    first = f.results.images[0].manifest;
    must_import(&f, SOURCE_OCI, "more", 1); /* the name moves, and that is said; the image before stays */
    assert_true(digest_equal(&f.results.images[0].replaced, &first));
    assert_int_equal(store_catalog(f.store, &c, NULL), 0);
    assert_int_equal(c.n, 2);
    assert_null(c.entries[1].name);
    assert_true(digest_equal(&c.entries[1].manifest.digest, &first));
    assert_true(digest_equal(&c.entries[0].manifest.digest, &f.results.images[0].manifest));
    catalog_free(&c);
    f.opt.name = "bad name";
    import_kind(&f, SOURCE_OCI, "app");
    assert_non_null(strstr(f.err.text, "bad name"));
    f.opt.name = NULL;
    put_index(&f, (const char *const[]){bad}, 1);
    must_fail(&f, SOURCE_OCI, -EINVAL, "--name");
    f.opt.name = "good";
    must_import(&f, SOURCE_OCI, NULL, 1);
    f.opt.name = NULL;
    put_index(&f, (const char *const[]){none}, 1);
    must_import(&f, SOURCE_OCI, NULL, 1); /* the same image is there under a name */
    assert_null(f.results.images[0].name);
    assert_true(f.results.images[0].unchanged);
    end(&f);
}

static void an_image_without_a_name_is_listed(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, PLAIN);
    cleanup_free char *none = maker_image(&f.m, "amd64", f.layers, 2, "");
    put_index(&f, (const char *const[]){none}, 1);
    must_import(&f, SOURCE_OCI, NULL, 1);
    assert_null(f.results.images[0].name);
    assert_false(f.results.images[0].unchanged);
    must_import(&f, SOURCE_OCI, NULL, 1);
    assert_true(f.results.images[0].unchanged);
    assert_int_equal(catalog_size(&f), 1);
    end(&f);
}

/* Writes another image in which layer 1 is something else than the config says, and which is whole otherwise.
 */
static void put_wrong_diff_id(struct fixture *f)
{
    struct made_layer lie[N_LAYERS] = {f->layers[0], f->layers[1], f->layers[2]};

    lie[1].blob = f->layers[2].blob;
    cleanup_free char *app = maker_image(&f->m, "amd64", lie, N_LAYERS, NAMED("app"));
    put_index(f, (const char *const[]){app}, 1);
}

static void a_failure_leaves_nothing(void **state)
{
    struct fixture f;
    char path[256], hex[DIGEST_HEX_MAX];

    (void)state;
    begin(&f, GZIP);
    put_wrong_diff_id(&f);
    must_fail(&f, SOURCE_OCI, -EBADMSG, "app: layer 2 of 3");
    assert_store(&f, 0, 0, 0, 0);

    put_app(&f, N_LAYERS);
    snprintf(path, sizeof(path), "blobs/sha256/%s", digest_hex(&f.layers[1].blob.digest, hex));
    f.layers[1].blob.data[f.layers[1].blob.len / 2] ^= 1;
    maker_file(&f.m, path, f.layers[1].blob.data, f.layers[1].blob.len);
    must_fail(&f, SOURCE_OCI, -EBADMSG, "app: layer 2 of 3");
    assert_store(&f, 0, 0, 0, 0);
    maker_file(&f.m, path, f.layers[1].blob.data, f.layers[1].blob.len - 1);
    must_fail(&f, SOURCE_OCI, -EBADMSG, "as the manifest says");
    maker_remove(&f.m, path);
    must_fail(&f, SOURCE_OCI, -ENOENT, "app: layer 2 of 3: ");
    assert_store(&f, 0, 0, 0, 0);
    f.layers[1].blob.data[f.layers[1].blob.len / 2] ^= 1;
    maker_file(&f.m, path, f.layers[1].blob.data, f.layers[1].blob.len);

    f.opt.limits.max_files = 2;
    must_fail(&f, SOURCE_OCI, -E2BIG, "app: layer "); /* which one is first is chance */
    import_limits_default(&f.opt.limits);
    f.opt.limits.max_layer_size = 600;
    must_fail(&f, SOURCE_OCI, -EFBIG, "app: layer ");
    import_limits_default(&f.opt.limits);
    f.opt.limits.max_layers = 2;
    must_fail(&f, SOURCE_OCI, -E2BIG, "limit of 2");
    import_limits_default(&f.opt.limits);

    assert_store(&f, 0, 0, 0, 0);
    must_import(&f, SOURCE_OCI, NULL, 1);
    end(&f);
}

static void a_cancelled_import_leaves_nothing(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, PLAIN);
    put_app(&f, N_LAYERS);
    f.opt.cancel = &f.cancel;
    f.opt.threads = 1;
    f.cancel = true;
    must_fail(&f, SOURCE_OCI, -ECANCELED, "cancelled");
    f.cancel = false;
    f.cancel_at = 1;
    must_fail(&f, SOURCE_OCI, -ECANCELED, "cancelled");
    assert_true(f.done < f.total); /* it did not go on to the other layers */
    assert_store(&f, 0, 0, 0, 0);
    f.cancel = false;
    f.cancel_at = 0;
    must_import(&f, SOURCE_OCI, NULL, 1);
    end(&f);
}

static void *import_beside(void *arg)
{
    struct fixture *f = arg;
    struct source_ref ref = {.kind = SOURCE_OCI, .path = f->m.dir};
    struct import_options opt = f->opt;
    struct import_results results;
    struct err err = {{0}};
    struct store *store;

    opt.progress = NULL;
    opt.image_begin = NULL;
    if (store_open(f->store_dir, 0, &store, &err) < 0 || import_source(store, &ref, &opt, &results, &err) < 0)
        return strdup(err.text);
    import_results_free(&results);
    store_close(store);
    return NULL;
}

static void imports_at_the_same_time_both_succeed(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f, GZIP);
    put_app(&f, N_LAYERS);
    for (int round = 0; round < 10; round++) {
        pthread_t threads[3];

        for (int i = 0; i < 3; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, import_beside, &f), 0);
        for (int i = 0; i < 3; i++) {
            char *failed;

            pthread_join(threads[i], (void **)&failed);
            if (failed)
                fail_msg("round %d: %s", round, failed);
        }
        assert_store(&f, 1, 3, 5, 1);
        store_close(f.store);
        assert_int_equal(beneath_remove(AT_FDCWD, f.store_dir), 0);
        assert_int_equal(store_open(f.store_dir, STORE_CREATE, &f.store, NULL), 0);
    }
    end(&f);
}

static void many_layers_need_few_descriptors(void **state)
{
    enum { N = 300 };
    struct made_layer *layers = calloc(N, sizeof(*layers));
    struct rlimit old, few;
    struct fixture f;

    (void)state;
    begin(&f, PLAIN);
    for (int i = 0; i < N; i++) {
        char file[32];

        snprintf(file, sizeof(file), "file-%d=%d", i, i);
        made_layer_set(&layers[i], PLAIN, (const char *const[]){file, NULL});
    }
    cleanup_free char *app = maker_image(&f.m, "amd64", layers, N, NAMED("app"));
    put_index(&f, (const char *const[]){app}, 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    few = (struct rlimit){64, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    must_import(&f, SOURCE_OCI, NULL, 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(count(&f, "layers"), N);
    for (int i = 0; i < N; i++)
        made_layer_free(&layers[i]);
    free(layers);
    end(&f);
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
        cmocka_unit_test(a_failure_leaves_nothing),
        cmocka_unit_test(a_cancelled_import_leaves_nothing),
        cmocka_unit_test(imports_at_the_same_time_both_succeed),
        cmocka_unit_test(many_layers_need_few_descriptors),
    };
    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
