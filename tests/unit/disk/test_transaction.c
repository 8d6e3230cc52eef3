/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: what a commit leaves, alone and beside others. Deaths and full disks are in
 * test_commit_faults.c. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct tx *begin(struct store *s)
{
    struct err err = {""};
    struct tx *t;

    if (tx_begin(s, &t, &err) < 0)
        fail_msg("%s", err.text);
    return t;
}

static size_t leftovers(const struct scratch *d)
{
    return count_names(scratch_path(d, "store/tmp"));
}

static void a_commit_shows_all_at_once(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d), *reader = scratch_store(&d);
    struct sample i = sample_make("a");
    struct tx_name name = sample_name(&i, "x");
    struct tx *t = begin(s);
    struct stat st;

    (void)state;
    assert_int_equal(fstat(tx_fd(t), &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0700);
    assert_int_equal(sample_put(t, "a"), 0);
    assert_false(store_has_layer(reader, &i.layer));
    assert_false(store_has_blob(reader, &i.manifest));
    assert_int_equal(tx_commit(t, &name, 1, NULL), 0);
    assert_true(sample_is_whole(reader, "a"));
    assert_int_equal(leftovers(&d), 0);
    store_close(reader);
    store_close(s);
    scratch_remove(&d);
}

static void an_abort_leaves_nothing(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct sample i = sample_make("a");
    struct tx *t = begin(s);

    (void)state;
    assert_int_equal(sample_put(t, "a"), 0);
    tx_abort(t);
    tx_abort(NULL);
    assert_false(store_has_blob(s, &i.config));
    assert_int_equal(leftovers(&d), 0);
    assert_int_equal(count_names(scratch_path(&d, "store/layers")), 0);
    store_close(s);
    scratch_remove(&d);
}

/* A store that somebody else has made may have a link where objects go. */
static void a_commit_goes_through_no_link(void **state)
{
    static const char *const parents[] = {"blobs/sha256", "layers"};

    (void)state;
    for (size_t i = 0; i < sizeof(parents) / sizeof(*parents); i++) {
        struct scratch d = scratch_make();
        struct store *s = scratch_store(&d);
        struct tx *t = begin(s);
        int store = store_fd(s);

        assert_int_equal(sample_put(t, "a"), 0);
        assert_int_equal(renameat(store, parents[i], store, "away"), 0);
        assert_int_equal(symlinkat(i ? "away" : "../away", store, parents[i]), 0);
        assert_int_equal(tx_commit(t, NULL, 0, NULL), -ELOOP);
        assert_int_equal(count_names(scratch_path(&d, "store/away")), 0);
        store_close(s);
        scratch_remove(&d);
    }
}

static void bad_names_are_refused(void **state)
{
    static const char *const names[] = {"", ".", "..", "a/b", "/x"};
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct digest digest = digest_of_text("x"), none = {.alg = DIGEST_NONE};
    struct tx *t = begin(s);

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_int_equal(tx_add_blob(t, names[i], &digest), -EINVAL);
    assert_int_equal(tx_add_tree(t, "x", &none), -EINVAL);
    assert_int_equal(tx_add_from(t, &none, &digest), -EINVAL);
    assert_int_equal(tx_add_from(t, &digest, &none), -EINVAL);
    tx_abort(t);
    store_close(s);
    scratch_remove(&d);
}

/* Whatever goes wrong, the transaction is gone and the catalog as before. */
static void a_commit_that_fails_changes_no_name(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct sample i = sample_make("a");
    struct digest missing = digest_of_text("missing");
    struct tx_name good = sample_name(&i, "x"), bad = sample_name(&i, "../x");
    struct err err;
    struct tx *t;
    char *before = read_text(scratch_path(&d, "store/index.json")), *after;

    (void)state;
    t = begin(s);
    assert_int_equal(sample_put(t, "a"), 0);
    assert_true(tx_commit(t, &bad, 1, &err) < 0);
    t = begin(s);
    assert_int_equal(tx_add_from(t, &missing, &i.layer_blob), 0);
    assert_int_equal(tx_commit(t, &good, 1, &err), -ENOENT);
    t = begin(s);
    assert_int_equal(tx_add_blob(t, "was-never-made", &missing), 0);
    assert_int_equal(tx_commit(t, &good, 1, &err), -ENOENT);
    assert_non_null(strstr(err.text, "blob sha256:"));
    after = read_text(scratch_path(&d, "store/index.json"));
    assert_string_equal(after, before);
    assert_int_equal(leftovers(&d), 0);
    free(before);
    free(after);
    store_close(s);
    scratch_remove(&d);
}

static ino_t inode_of(struct store *s, const struct digest *layer)
{
    int fd = store_open_layer(s, layer, NULL);
    struct stat st;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    close(fd);
    return st.st_ino;
}

static void who_was_first_stays_and_learns(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct sample i = sample_make("a");
    struct digest zstd = digest_of_text("the same, as zstd"), other = digest_of_text("as bzip2");
    char name[256], hex[DIGEST_HEX_MAX];
    struct tx *first = begin(s), *second = begin(s), *third = begin(s);
    int fd;
    ino_t ino;

    (void)state;
    assert_int_equal(sample_put(first, "a"), 0);
    assert_int_equal(sample_put(second, "a"), 0);
    snprintf(name, sizeof(name), "layer-a/from/sha256-%s", digest_hex(&zstd, hex));
    fd = openat(tx_fd(second), name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(tx_commit(first, NULL, 0, NULL), 0);
    ino = inode_of(s, &i.layer);
    assert_int_equal(tx_commit(second, NULL, 0, NULL), 0);
    assert_int_equal(inode_of(s, &i.layer), ino);
    assert_true(store_layer_is_from(s, &i.layer, &i.layer_blob));
    assert_true(store_layer_is_from(s, &i.layer, &zstd));
    assert_int_equal(tx_add_from(third, &i.layer, &other), 0);
    assert_int_equal(tx_add_from(third, &i.layer, &zstd), 0); /* known already */
    assert_int_equal(tx_commit(third, NULL, 0, NULL), 0);
    assert_true(store_layer_is_from(s, &i.layer, &other));
    assert_int_equal(leftovers(&d), 0);
    store_close(s);
    scratch_remove(&d);
}

static void a_layer_without_markers_gets_one(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct digest layer = digest_of_text("layer"), blob = digest_of_text("blob");
    struct tx *t = begin(s);

    (void)state;
    assert_int_equal(mkdirat(tx_fd(t), "l", 0700), 0);
    assert_int_equal(tx_add_layer(t, "l", &layer), 0);
    assert_int_equal(tx_add_from(t, &layer, &blob), 0); /* of this very transaction */
    assert_int_equal(tx_commit(t, NULL, 0, NULL), 0);
    assert_true(store_layer_is_from(s, &layer, &blob));
    store_close(s);
    scratch_remove(&d);
}

static void an_object_may_be_added_twice(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct digest layer = digest_of_text("layer");
    struct tx *t = begin(s);

    (void)state;
    assert_int_equal(mkdirat(tx_fd(t), "one", 0700), 0);
    assert_int_equal(mkdirat(tx_fd(t), "two", 0700), 0);
    assert_int_equal(mkdirat(tx_fd(t), "one/files", 0700), 0);
    assert_int_equal(tx_add_layer(t, "one", &layer), 0);
    assert_int_equal(tx_add_layer(t, "two", &layer), 0);
    assert_int_equal(tx_commit(t, NULL, 0, NULL), 0);
    assert_true(store_has_layer(s, &layer));
    assert_int_equal(count_names(scratch_path(&d, "store/layers")), 1);
    store_close(s);
    scratch_remove(&d);
}

static void the_same_again_changes_nothing(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct stat before, after;

    (void)state;
    assert_int_equal(sample_commit(s, "a", "x", NULL), 0);
    assert_int_equal(stat(scratch_path(&d, "store/index.json"), &before), 0);
    assert_int_equal(sample_commit(s, "a", "x", NULL), 0);
    assert_int_equal(stat(scratch_path(&d, "store/index.json"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_true(before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
                before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    store_close(s);
    scratch_remove(&d);
}

static bool begin_and_fill(struct store *s, const void *seed)
{
    struct tx *t;

    return tx_begin(s, &t, NULL) == 0 && sample_put(t, seed) == 0;
}

static void leftovers_go_and_the_living_stay(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct tx *alive = begin(s), *t;
    pid_t pid = start_waiting(s, begin_and_fill, "dead");

    (void)state;
    assert_int_equal(leftovers(&d), 4); /* two directories, two locks */
    tx_abort(begin(s));
    assert_int_equal(leftovers(&d), 4);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(leftovers(&d), 4);
    t = begin(s);
    assert_int_equal(leftovers(&d), 4); /* ours came, the dead one's went */
    tx_abort(t);
    assert_int_equal(leftovers(&d), 2);
    assert_int_equal(sample_put(alive, "a"), 0);
    assert_int_equal(tx_commit(alive, NULL, 0, NULL), 0);

    /* A lock without its directory, a directory without its lock, and what is not ours. */
    write_text(scratch_path(&d, "store/tmp/0123456789abcdef.lock"), "");
    assert_int_equal(mkdir(scratch_path(&d, "store/tmp/00000000000000ff"), 0700), 0);
    write_text(scratch_path(&d, "store/tmp/00000000000000ff/x"), "");
    write_text(scratch_path(&d, "store/tmp/foreign"), "");
    assert_int_equal(mkdir(scratch_path(&d, "store/tmp/0123456789abcdef.locked"), 0700), 0);
    tx_abort(begin(s));
    assert_int_equal(leftovers(&d), 2);
    store_close(s);
    scratch_remove(&d);
}

struct race {
    struct store *s;
    struct tx *t;
    unsigned number;
    int r;
};

static void *put_many(void *arg)
{
    struct race *race = arg;

    for (unsigned i = 0; i < 50 && race->r == 0; i++) {
        char text[32];
        struct digest d;

        snprintf(text, sizeof(text), "%u of %u", i, race->number);
        d = digest_of_text(text);
        race->r = tx_put_blob(race->t, text, strlen(text), &d, NULL);
    }
    return NULL;
}

static void threads_share_a_transaction(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct tx *t = begin(s);
    struct race races[4];
    pthread_t threads[4];

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        races[i] = (struct race){s, t, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, &races[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(races[i].r, 0);
    }
    assert_int_equal(tx_commit(t, NULL, 0, NULL), 0);
    assert_int_equal(count_names(scratch_path(&d, "store/blobs/sha256")), 200);
    store_close(s);
    scratch_remove(&d);
}

static void *begin_and_look(void *arg)
{
    struct race *race = arg;

    for (int i = 0; i < 300 && race->r == 0; i++) {
        struct stat st;
        struct tx *t;

        race->r = tx_begin(race->s, &t, NULL);
        if (race->r < 0)
            break;
        if (mkdirat(tx_fd(t), "x", 0700) < 0)
            race->r = -errno;
        sched_yield(); /* others begin, and look for the dead */
        if (race->r == 0 && fstatat(tx_fd(t), "x", &st, 0) < 0)
            race->r = -errno;
        tx_abort(t);
    }
    return NULL;
}

/* Nobody takes a directory that is just being made for a dead one's. */
static void beginning_races_with_sweeping(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct race races[4];
    pthread_t threads[4];

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        races[i] = (struct race){s, NULL, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, begin_and_look, &races[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(races[i].r, 0);
    }
    tx_abort(begin(s));
    assert_int_equal(leftovers(&d), 0);
    store_close(s);
    scratch_remove(&d);
}

/* Many processes bring in the same images at once, each seeing the others' leftovers and objects. */
static void processes_commit_at_once(void **state)
{
    static const char *const seeds[] = {"a", "b", "a", "c", "b", "a"};
    enum { PROCESSES = sizeof(seeds) / sizeof(*seeds), ROUNDS = 3 };
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct catalog c;
    pid_t pids[PROCESSES];
    int status;

    (void)state;
    for (size_t i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            char name[16];
            struct err err = {""};
            int r = 0;

            for (int round = 0; round < ROUNDS && r == 0; round++) {
                snprintf(name, sizeof(name), "own-%zu-%d", i, round);
                r = sample_commit(s, seeds[i], name, &err);
                if (r == 0)
                    r = sample_commit(s, seeds[i], seeds[i], &err);
            }
            if (r < 0)
                fprintf(stderr, "%s\n", err.text);
            _exit(r == 0 ? 0 : 1);
        }
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_true(sample_is_whole(s, "a") && sample_is_whole(s, "b") && sample_is_whole(s, "c"));
    assert_int_equal(store_catalog(s, &c, NULL), 0);
    assert_int_equal(c.n, PROCESSES * ROUNDS + 3); /* no name was lost */
    catalog_free(&c);
    assert_int_equal(count_names(scratch_path(&d, "store/layers")), 3);
    assert_int_equal(leftovers(&d), 0);
    store_close(s);
    scratch_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_shows_all_at_once),
        cmocka_unit_test(an_abort_leaves_nothing),
        cmocka_unit_test(a_commit_goes_through_no_link),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(a_commit_that_fails_changes_no_name),
        cmocka_unit_test(who_was_first_stays_and_learns),
        cmocka_unit_test(a_layer_without_markers_gets_one),
        cmocka_unit_test(an_object_may_be_added_twice),
        cmocka_unit_test(the_same_again_changes_nothing),
        cmocka_unit_test(leftovers_go_and_the_living_stay),
        cmocka_unit_test(threads_share_a_transaction),
        cmocka_unit_test(beginning_races_with_sweeping),
        cmocka_unit_test(processes_commit_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
