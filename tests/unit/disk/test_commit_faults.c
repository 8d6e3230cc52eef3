/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A commit that dies, or in which a system call fails, at each of its steps in turn (faults.h). Whatever the
 * step, the store then is wholly as before or wholly as asked for, the next transaction clears up, and the
 * same commit goes through.
 */
#include "faults.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* Beside the new image, another blob of a layer that is there is made known, and a name moves. */
static int commit_all(struct store *s)
{
    struct sample i = sample_make("img"), old = sample_make("old");
    struct tx_name names[] = {sample_name(&i, "new"), sample_name(&i, "moved")};
    struct tx *t;
    int r = tx_begin(s, &t, NULL);

    if (r < 0)
        return r;
    r = sample_put(t, "img");
    if (r == 0)
        r = tx_add_from(t, &old.layer, &i.layer_blob);
    if (r == 0)
        return tx_commit(t, names, 2, NULL);
    tx_abort(t);
    return r;
}

/* The catalog is as it is to be already. */
static int commit_nothing(struct store *s)
{
    struct sample i = sample_make("img");
    struct tx_name name = sample_name(&i, "new");
    struct tx *t;
    int r = tx_begin(s, &t, NULL);

    return r < 0 ? r : tx_commit(t, &name, 1, NULL);
}

static bool has_name(struct store *s, const char *name, const char *seed)
{
    struct sample i = sample_make(seed);
    struct image image;
    bool same;

    if (store_find_image(s, name, &image, NULL) < 0)
        return false;
    same = digest_equal(&image.manifest_digest, &i.manifest);
    image_free(&image);
    return same;
}

/* Wholly old or wholly new? *ret_new says which. */
static void expect_whole(struct store *s, bool *ret_new)
{
    struct catalog c;

    assert_int_equal(store_catalog(s, &c, NULL), 0);
    assert_true(c.n == 2 || c.n == 3);
    *ret_new = c.n == 3;
    catalog_free(&c);
    assert_true(has_name(s, "keep", "old"));
    assert_true(sample_is_whole(s, "old"));
    assert_true(has_name(s, "moved", *ret_new ? "img" : "old"));
    assert_int_equal(has_name(s, "new", "img"), *ret_new);
    if (*ret_new)
        assert_true(sample_is_whole(s, "img"));
}

/* The child met a fault at some step: look at what it left, clear up, and do it again. True when it ended
 * well. */
static bool check_after(const struct scratch *d, enum fault fault, int status, bool *ret_new)
{
    struct sample old = sample_make("old"), i = sample_make("img");
    struct store *s;
    struct err err = {""};

    assert_int_equal(store_open(scratch_path(d, "store"), 0, &s, &err), 0);
    expect_whole(s, ret_new);
    if (fault == FAIL) /* it lived on and cleared up itself */
        assert_int_equal(count_names(scratch_path(d, "store/tmp")), 0);
    if (commit_all(s) < 0)
        fail_msg("the commit does not go through after the fault");
    assert_int_equal(count_names(scratch_path(d, "store/tmp")), 0);
    assert_true(has_name(s, "new", "img") && has_name(s, "moved", "img") && sample_is_whole(s, "img"));
    assert_true(store_layer_is_from(s, &old.layer, &i.layer_blob));
    store_close(s);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void put_old(struct store *s)
{
    struct sample i = sample_make("old");
    struct tx_name names[] = {sample_name(&i, "keep"), sample_name(&i, "moved")};
    struct tx *t;

    assert_int_equal(tx_begin(s, &t, NULL), 0);
    assert_int_equal(sample_put(t, "old"), 0);
    assert_int_equal(tx_commit(t, names, 2, NULL), 0);
}

static struct scratch make_old_store(void)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);

    put_old(s);
    store_close(s);
    return d;
}

static void at_every_step(enum fault fault)
{
    unsigned at = 1, old = 0, new = 0;
    bool done = false;

    for (; !done; at++) {
        struct scratch d = make_old_store();
        int status = run_with_fault(scratch_path(&d, "store"), commit_all, fault, at);
        bool is_new;

        done = check_after(&d, fault, status, &is_new);
        if (!done && fault == DIE)
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        else if (!done)
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        *(is_new ? &new : &old) += 1;
        scratch_remove(&d);
        assert_true(at < 500);
    }
    print_message("%u steps: old after %u, new after %u\n", at - 1, old, new);
    /* The steps were really met: blobs, layer, tree, marker, syncs and the catalog are more than twenty. */
    assert_true(at > 20 && old > 20 && new >= 1);
}

/* What no death of a process shows, but a power cut does: that each step is durable before the next relies on
 * it. */
static void the_order_is_that_of_the_format(void **state)
{
    struct scratch d = make_old_store();
    struct store *s = scratch_store(&d);

    (void)state;
    memset(fault_plan.trace, 0, sizeof(fault_plan.trace));
    assert_int_equal(commit_all(s), 0);
    /* All objects; the new catalog; three blobs, a layer and a tree; a marker; their parents; the catalog. */
    assert_string_equal(fault_plan.trace, "S"
                                          "f"
                                          "rrrrr"
                                          "f"
                                          "ffff"
                                          "Rf");
    memset(fault_plan.trace, 0, sizeof(fault_plan.trace));
    assert_int_equal(commit_nothing(s), 0);
    assert_string_equal(fault_plan.trace, "");
    store_close(s);
    scratch_remove(&d);
}

static void death_at_every_step(void **state)
{
    (void)state;
    at_every_step(DIE);
}

static void failure_at_every_step(void **state)
{
    (void)state;
    at_every_step(FAIL);
}

/* Makes a store out of nothing in a process that dies at each step. */
static void death_while_making_a_store(void **state)
{
    unsigned at = 1;
    int status = -1;

    (void)state;
    for (; status != 0; at++) {
        struct scratch d = scratch_make();
        struct store *s;
        pid_t pid = fork();

        if (pid == 0) {
            fault_plan.fault = DIE;
            fault_plan.at = at;
            _exit(store_open(scratch_path(&d, "store"), STORE_CREATE, &s, NULL) == 0 ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(status == 0 || WIFSIGNALED(status));
        s = scratch_store(&d);
        assert_int_equal(sample_commit(s, "a", "x", NULL), 0);
        assert_true(sample_is_whole(s, "a"));
        store_close(s);
        scratch_remove(&d);
        assert_true(at < 100);
    }
    assert_true(at > 10);
}

/* Fills the file system until `left` bytes are free. */
static void fill(const char *path, uint64_t left)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    struct statfs st;

    assert_true(fd >= 0);
    assert_int_equal(fstatfs(fd, &st), 0);
    if (st.f_bavail * (uint64_t)st.f_bsize > left)
        assert_int_equal(posix_fallocate(fd, 0, (off_t)(st.f_bavail * (uint64_t)st.f_bsize - left)), 0);
    close(fd);
}

static void a_real_full_disk(void **state)
{
    struct scratch d = scratch_make();
    struct store *s;
    unsigned failed = 0;
    int r = -ENOSPC;

    (void)state;
    if (geteuid() != 0 || mount("none", d.path, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0700") < 0) {
        print_message("skipped: a tiny file system can be mounted by root only\n");
        scratch_remove(&d);
        skip();
    }
    s = scratch_store(&d);
    put_old(s);
    for (uint64_t left = 0; r < 0; left += 4096) {
        bool is_new;

        fill(scratch_path(&d, "ballast"), left);
        r = commit_all(s);
        assert_int_equal(unlink(scratch_path(&d, "ballast")), 0);
        assert_true(r == 0 || r == -ENOSPC);
        failed += r < 0;
        expect_whole(s, &is_new);
        assert_int_equal(is_new, r == 0);
        assert_int_equal(count_names(scratch_path(&d, "store/tmp")), 0);
    }
    assert_true(failed >= 4);
    store_close(s);
    assert_int_equal(umount2(d.path, MNT_DETACH), 0);
    scratch_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_is_that_of_the_format),
        cmocka_unit_test(death_at_every_step),
        cmocka_unit_test(failure_at_every_step),
        cmocka_unit_test(death_while_making_a_store),
        cmocka_unit_test(a_real_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
