/* SPDX-License-Identifier: Apache-2.0 */
/* Imports in trouble: bad sources, limits, cancellation, rivals and few descriptors. A failure leaves
 * nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "disk/transaction.h"
#include "import/build_tree.h"
#include "import/plan.h"
#include "import/run_layers.h"
#include "import_case.h"
#include "os/beneath.h"
#include "os/cleanup.h"

/* Writes another image in which layer 1 is something else than the config says, and which is whole otherwise.
 */
static void put_wrong_diff_id(struct import_case *f)
{
    struct made_layer lie[N_LAYERS] = {f->layers[0], f->layers[1], f->layers[2]};

    lie[1].blob = f->layers[2].blob;
    cleanup_free char *app = maker_image(&f->m, "amd64", lie, N_LAYERS, NAMED("app"));
    case_put_index(f, (const char *const[]){app}, 1);
}

static void a_failure_leaves_nothing(void **state)
{
    struct import_case f;
    char path[256], hex[DIGEST_HEX_MAX];

    (void)state;
    case_begin(&f, GZIP);
    put_wrong_diff_id(&f);
    case_must_fail(&f, SOURCE_OCI, -EBADMSG, "app: layer 2 of 3");
    case_assert_store(&f, 0, 0, 0, 0);

    case_put_app(&f, N_LAYERS);
    snprintf(path, sizeof(path), "blobs/sha256/%s", digest_hex(&f.layers[1].blob.digest, hex));
    f.layers[1].blob.data[f.layers[1].blob.len / 2] ^= 1;
    maker_file(&f.m, path, f.layers[1].blob.data, f.layers[1].blob.len);
    case_must_fail(&f, SOURCE_OCI, -EBADMSG, "app: layer 2 of 3");
    case_assert_store(&f, 0, 0, 0, 0);
    maker_file(&f.m, path, f.layers[1].blob.data, f.layers[1].blob.len - 1);
    case_must_fail(&f, SOURCE_OCI, -EBADMSG, "as the manifest says");
    maker_remove(&f.m, path);
    case_must_fail(&f, SOURCE_OCI, -ENOENT, "app: layer 2 of 3: ");
    case_assert_store(&f, 0, 0, 0, 0);
    f.layers[1].blob.data[f.layers[1].blob.len / 2] ^= 1;
    maker_file(&f.m, path, f.layers[1].blob.data, f.layers[1].blob.len);

    f.opt.limits.max_files = 2;
    case_must_fail(&f, SOURCE_OCI, -E2BIG, "app: layer "); /* which one is first is chance */
    import_limits_default(&f.opt.limits);
    f.opt.limits.max_layer_size = 600;
    case_must_fail(&f, SOURCE_OCI, -EFBIG, "app: layer ");
    import_limits_default(&f.opt.limits);
    f.opt.limits.max_layers = 2;
    case_must_fail(&f, SOURCE_OCI, -E2BIG, "limit of 2");
    import_limits_default(&f.opt.limits);

    case_assert_store(&f, 0, 0, 0, 0);
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    case_end(&f);
}

static void a_cancelled_import_leaves_nothing(void **state)
{
    struct import_case f;

    (void)state;
    case_begin(&f, PLAIN);
    case_put_app(&f, N_LAYERS);
    f.opt.cancel = &f.cancel;
    f.opt.threads = 1;
    f.cancel = true;
    case_must_fail(&f, SOURCE_OCI, -ECANCELED, "cancelled");
    f.cancel = false;
    f.cancel_at = 1;
    case_must_fail(&f, SOURCE_OCI, -ECANCELED, "cancelled");
    assert_true(f.done < f.total); /* it did not go on to the other layers */
    case_assert_store(&f, 0, 0, 0, 0);
    f.cancel = false;
    f.cancel_at = 0;
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    case_end(&f);
}

/* The layers are there when it is cancelled: merging them notices. */
static void a_cancel_while_trees_are_made_leaves_nothing(void **state)
{
    struct import_case f;
    struct source_options how = {.max_layers = N_LAYERS, .max_size = 1 << 20};
    struct source_ref ref = {.kind = SOURCE_OCI};
    struct source source;
    struct plan plan;
    struct tx *tx;

    (void)state;
    case_begin(&f, PLAIN);
    case_put_app(&f, N_LAYERS);
    ref.path = f.m.dir;
    how.platform = f.opt.platform;
    assert_int_equal(tx_begin(f.store, &tx, &f.err), 0);
    how.tmp_dirfd = tx_fd(tx);
    assert_int_equal(source_open(&ref, &how, &source, &f.err), 0);
    assert_int_equal(plan_make(f.store, &source, NULL, TX_NAME_MOVES, &plan, &f.err), 0);
    assert_int_equal(run_layers(&plan, &source, tx, &f.opt, &f.err), 0);
    f.cancel = true;
    assert_int_equal(build_trees(&plan, tx, &f.cancel, &f.err), -ECANCELED);
    assert_string_equal(f.err.text, "the import was cancelled");
    tx_abort(tx);
    plan_done(&plan);
    source_close(&source);
    case_assert_store(&f, 0, 0, 0, 0);
    case_end(&f);
}

static void *import_beside(void *arg)
{
    struct import_case *f = arg;
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
    struct import_case f;

    (void)state;
    case_begin(&f, GZIP);
    case_put_app(&f, N_LAYERS);
    for (int round = 0; round < 5; round++) {
        pthread_t threads[3];

        for (int i = 0; i < 3; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, import_beside, &f), 0);
        for (int i = 0; i < 3; i++) {
            char *failed;

            pthread_join(threads[i], (void **)&failed);
            if (failed)
                fail_msg("round %d: %s", round, failed);
        }
        case_assert_store(&f, 1, 3, 5, 1);
        store_close(f.store);
        assert_int_equal(beneath_remove(AT_FDCWD, f.store_dir), 0);
        assert_int_equal(store_open(f.store_dir, STORE_CREATE, &f.store, NULL), 0);
    }
    case_end(&f);
}

static void many_layers_need_few_descriptors(void **state)
{
    enum { N = 300 };
    struct made_layer *layers = calloc(N, sizeof(*layers));
    struct rlimit old, few;
    struct import_case f;

    (void)state;
    case_begin(&f, PLAIN);
    for (int i = 0; i < N; i++) {
        char file[32];

        snprintf(file, sizeof(file), "file-%d=%d", i, i);
        made_layer_set(&layers[i], PLAIN, (const char *const[]){file, NULL});
    }
    cleanup_free char *app = maker_image(&f.m, "amd64", layers, N, NAMED("app"));
    case_put_index(&f, (const char *const[]){app}, 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    few = (struct rlimit){64, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    case_must_import(&f, SOURCE_OCI, NULL, 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(case_count(&f, "layers"), N);
    for (int i = 0; i < N; i++)
        made_layer_free(&layers[i]);
    free(layers);
    case_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_leaves_nothing),
        cmocka_unit_test(a_cancelled_import_leaves_nothing),
        cmocka_unit_test(a_cancel_while_trees_are_made_leaves_nothing),
        cmocka_unit_test(imports_at_the_same_time_both_succeed),
        cmocka_unit_test(many_layers_need_few_descriptors),
    };
    return cmocka_run_group_tests_name("import_trouble", tests, NULL, NULL);
}
