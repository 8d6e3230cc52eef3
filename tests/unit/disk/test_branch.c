/* SPDX-License-Identifier: Apache-2.0 */
/* Branches by name: one holder at a time, and nobody's left for long. */
#include "branch_case.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct store *make_store(struct scratch *ret)
{
    struct store *s;
    struct err err = {""};

    *ret = scratch_make();
    s = scratch_store(ret);
    if (sample_commit(s, "img", "app:1", &err) < 0)
        fail_msg("%s", err.text);
    return s;
}

static void end_store(struct scratch *d, struct store *s)
{
    assert_int_equal(count_names(scratch_path(d, "store/tmp")), 0);
    store_close(s);
    scratch_remove(d);
}

static void names_are_checked(void **state)
{
    char longest[STORE_BRANCH_NAME_MAX + 2];
    static const struct {
        const char *name;
        bool valid;
    } cases[] = {
        {"a", true},    {"7", true},    {"Work_1.x-y", true}, {"", false},    {"-a", false},
        {".a", false},  {"_a", false},  {".", false},         {"..", false},  {"a/b", false},
        {"a b", false}, {"a\n", false}, {"\xc3\xa4", false},  {"a:b", false}, {"a..b", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct err err = {""};
        int r = store_branch_check_name(cases[i].name, &err);

        if (r != (cases[i].valid ? 0 : -EINVAL) || !err.text[0] != cases[i].valid)
            fail_msg("\"%s\": %d", cases[i].name, r);
    }
    memset(longest, 'a', sizeof(longest));
    longest[STORE_BRANCH_NAME_MAX + 1] = '\0';
    assert_int_equal(store_branch_check_name(longest, NULL), -EINVAL);
    longest[STORE_BRANCH_NAME_MAX] = '\0';
    assert_int_equal(store_branch_check_name(longest, NULL), 0);
}

static void invented_names_are_free(void **state)
{
    struct scratch d;
    struct store *s = make_store(&d);

    (void)state;
    for (int i = 0; i < 100; i++) {
        char name[STORE_BRANCH_NAME_MAX + 1], path[STORE_BRANCH_NAME_MAX + 32];

        assert_int_equal(store_branch_invent_name(s, name, NULL), 0);
        assert_int_equal(store_branch_check_name(name, NULL), 0);
        assert_true(strlen(name) < 24);
        snprintf(path, sizeof(path), "store/branches/%s", name);
        assert_int_equal(mkdir(scratch_path(&d, path), 0700), 0);
    }
    assert_int_equal(count_names(scratch_path(&d, "store/branches")), 100);
    end_store(&d, s);
}

static void one_is_made_held_and_removed(void **state)
{
    struct scratch d;
    struct store *s = make_store(&d);
    struct branch_hold *h, *other;
    struct branch_info info;
    struct branch_list l;
    struct err err;
    mode_t mask = umask(077);
    int fd;

    (void)state;
    assert_int_equal(branch_case_create(s, "work", false, &h), 0);
    umask(mask);
    assert_true(branch_case_is_whole(&d, "work"));
    assert_int_equal(store_branch_info(h, &info, NULL), 0);
    assert_string_equal(info.image, "app:1");
    assert_true(info.redirect_dir && info.metacopy && !info.user_xattrs && !info.temporary);
    branch_info_clear(&info);
    fd = store_branch_open_upper(h, NULL);
    assert_true(fd >= 0);
    assert_int_equal(mkdirat(fd, "d", 0500), 0);
    assert_int_equal(mkdirat(fd, "d/e", 0700), geteuid() == 0 ? 0 : -1);
    close(fd);
    fd = store_branch_open_work(h, NULL);
    assert_true(fd >= 0);
    close(fd);

    assert_int_equal(branch_case_create(s, "work", false, &other), -EEXIST);
    assert_int_equal(store_branch_hold(s, "work", &other, &err), -EBUSY);
    assert_non_null(strstr(err.text, "in use by another process"));
    assert_int_equal(store_branches(s, &l, NULL), 0);
    assert_int_equal(l.n, 1);
    assert_true(l.branches[0].held);
    assert_int_equal(l.branches[0].info.created, 1000);
    branch_list_free(&l);

    store_branch_release(h);
    assert_int_equal(store_branches(s, &l, NULL), 0);
    assert_false(l.branches[0].held);
    branch_list_free(&l);
    assert_int_equal(store_branch_hold(s, "work", &h, NULL), 0);
    assert_int_equal(store_branch_remove(h, NULL), 0);
    assert_int_equal(count_names(scratch_path(&d, "store/branches")), 0);
    assert_int_equal(store_branch_hold(s, "work", &h, &err), -ENOENT);
    assert_non_null(strstr(err.text, "no branch work"));
    store_branch_release(NULL);
    end_store(&d, s);
}

static void who_is_refused_is_told_by_whom(void **state)
{
    struct scratch d;
    struct store *s = make_store(&d);
    char mountpoint[] = "/mnt/x y", branch[] = "work";
    struct lease_info info = {.mountpoint = mountpoint,
                              .manifest = digest_of_text("m"),
                              .chain_id = digest_of_text("c"),
                              .branch = branch,
                              .pid = 4711,
                              .started = 1};
    struct branch_hold *h, *other;
    struct lease *lease;
    struct err err;

    (void)state;
    assert_int_equal(branch_case_create(s, "work", false, &h), 0);
    assert_int_equal(lease_take(s, &info, &lease, NULL), 0);
    assert_int_equal(store_branch_hold(s, "work", &other, &err), -EBUSY);
    assert_string_equal(err.text, "branch work is mounted on /mnt/x y by process 4711");
    lease_drop(lease);
    store_branch_release(h);
    end_store(&d, s);
}

static void renames(void **state)
{
    struct scratch d;
    struct store *s = make_store(&d);
    struct branch_hold *a, *b;
    struct err err;

    (void)state;
    assert_int_equal(branch_case_create(s, "a", false, &a), 0);
    assert_int_equal(branch_case_create(s, "b", false, &b), 0);
    write_text(scratch_path(&d, "store/branches/file"), "no branch");
    assert_int_equal(store_branch_rename(a, "b", &err), -EEXIST);
    assert_string_equal(err.text, "branch b exists");
    assert_int_equal(store_branch_rename(a, "a", NULL), -EEXIST);
    assert_int_equal(store_branch_rename(a, "file", NULL), -EEXIST);
    assert_int_equal(store_branch_rename(a, "../x", NULL), -EINVAL);
    assert_int_equal(store_branch_rename(a, "c", NULL), 0);
    assert_int_equal(store_branch_rename(b, "a", NULL), 0);
    assert_true(branch_case_is_whole(&d, "a") && branch_case_is_whole(&d, "c"));
    assert_int_equal(store_branch_remove(a, NULL), 0); /* under its new name */
    assert_true(branch_case_is_whole(&d, "a") && !branch_case_is_whole(&d, "c"));
    store_branch_release(b);
    end_store(&d, s);
}

static void only_of_an_image_that_is_there(void **state)
{
    struct scratch d;
    struct store *s = make_store(&d);
    struct branch_info info = branch_case_info(NULL);
    struct branch_hold *h;
    struct err err;

    (void)state;
    info.chain_id = digest_of_text("nothing");
    assert_int_equal(store_branch_create(s, "work", &info, &h, &err), -ENOENT);
    assert_non_null(strstr(err.text, "tree sha256:"));
    assert_int_equal(count_names(scratch_path(&d, "store/branches")), 0);
    end_store(&d, s);
}

static bool make_kept(struct store *s, const void *name)
{
    struct branch_hold *h;

    return branch_case_create(s, name, false, &h) == 0;
}

static bool make_temporary(struct store *s, const void *name)
{
    struct branch_hold *h;

    return branch_case_create(s, name, true, &h) == 0;
}

static void kill_holder(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_dead_holder_holds_nothing(void **state)
{
    struct scratch d;
    struct store *s = make_store(&d);
    pid_t keeper = start_waiting(s, make_kept, "kept"), one = start_waiting(s, make_temporary, "gone"),
          two = start_waiting(s, make_temporary, "alive");
    struct branch_hold *h;

    (void)state;
    store_branches_sweep(s);
    assert_int_equal(count_names(scratch_path(&d, "store/branches")), 3);
    kill_holder(keeper);
    kill_holder(one);
    store_branches_sweep(s);
    assert_int_equal(count_names(scratch_path(&d, "store/branches")), 2);
    assert_int_equal(store_branch_hold(s, "gone", &h, NULL), -ENOENT);
    assert_int_equal(store_branch_hold(s, "kept", &h, NULL), 0);
    store_branch_release(h);
    kill_holder(two);
    store_branches_sweep(s);
    assert_int_equal(count_names(scratch_path(&d, "store/branches")), 1);
    end_store(&d, s);
}

static void what_is_damaged_is_told(void **state)
{
    struct scratch d;
    struct store *s = make_store(&d);
    struct branch_hold *h;
    struct branch_info info;
    struct branch_list l;
    struct err err;

    (void)state;
    assert_int_equal(branch_case_create(s, "a", false, &h), 0);
    store_branch_release(h);
    assert_int_equal(branch_case_create(s, "b", false, &h), 0);
    store_branch_release(h);
    assert_int_equal(mkdir(scratch_path(&d, "store/branches/c"), 0700), 0);
    assert_int_equal(symlink("/", scratch_path(&d, "store/branches/d")), 0);
    assert_int_equal(mkdir(scratch_path(&d, "store/branches/.hidden"), 0700), 0);
    write_text(scratch_path(&d, "store/branches/a/branch.json"), "{\"version\":9}");
    write_text(scratch_path(&d, "store/branches/b/branch.json"), "{}");
    assert_int_equal(store_branches(s, &l, NULL), 0);
    assert_int_equal(l.n, 4);
    assert_int_equal(l.branches[0].fault, -EPROTONOSUPPORT);
    assert_int_equal(l.branches[1].fault, -EUCLEAN);
    assert_int_equal(l.branches[2].fault, -ENOENT);
    assert_true(l.branches[3].fault < 0);
    branch_list_free(&l);

    assert_int_equal(store_branch_hold(s, "a", &h, NULL), 0);
    assert_int_equal(store_branch_info(h, &info, &err), -EPROTONOSUPPORT);
    assert_non_null(strstr(err.text, "newer"));
    store_branch_release(h);
    /* It can be removed all the same. */
    assert_int_equal(store_branch_hold(s, "b", &h, NULL), 0);
    assert_int_equal(store_branch_info(h, &info, &err), -EUCLEAN);
    assert_int_equal(store_branch_remove(h, NULL), 0);
    assert_true(store_branch_hold(s, "d", &h, NULL) < 0);
    store_branches_sweep(s);
    assert_int_equal(count_names(scratch_path(&d, "store/branches")), 4);
    end_store(&d, s);
}

struct race {
    struct store *s;
    atomic_uint made, held;
    atomic_int failures;
};

/* Everybody makes, holds and removes the same branch. What is held is never another's. */
static void *contend(void *arg)
{
    struct race *race = arg;

    for (int round = 0; round < 60; round++) {
        struct branch_hold *h;
        int r = branch_case_create(race->s, "work", false, &h);

        if (r == -EEXIST)
            r = store_branch_hold(race->s, "work", &h, NULL);
        if (r == 0) {
            if (atomic_fetch_add(&race->held, 1) != 0)
                atomic_fetch_add(&race->failures, 1);
            atomic_fetch_add(&race->made, 1);
            atomic_fetch_sub(&race->held, 1);
            if (round % 2 == 0)
                store_branch_release(h);
            else if (store_branch_remove(h, NULL) < 0)
                atomic_fetch_add(&race->failures, 1);
        } else if (r != -EBUSY && r != -ENOENT) {
            atomic_fetch_add(&race->failures, 1);
        }
    }
    return NULL;
}

static void many_want_one(void **state)
{
    struct scratch d;
    struct race race = {.s = make_store(&d)};
    pthread_t threads[3];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, contend, &race), 0);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&race.failures), 0);
    assert_true(atomic_load(&race.made) > 30);
    end_store(&d, race.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(invented_names_are_free),
        cmocka_unit_test(one_is_made_held_and_removed),
        cmocka_unit_test(who_is_refused_is_told_by_whom),
        cmocka_unit_test(renames),
        cmocka_unit_test(only_of_an_image_that_is_there),
        cmocka_unit_test(a_dead_holder_holds_nothing),
        cmocka_unit_test(what_is_damaged_is_told),
        cmocka_unit_test(many_want_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
