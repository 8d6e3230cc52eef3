/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making, renaming and removing a branch, with a death or a failing system call at each step in turn
 * (faults.h). Whatever the step, the branch then is wholly there or not at all, what is left over is cleared
 * up by the next who makes one, and the same goes through.
 */
#include "branch_case.h"
#include "faults.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* One of the things that are done to branches; 0 or a negative errno. */
typedef int action(struct store *s);

static int make_one(struct store *s)
{
    struct branch_hold *h;
    int r = branch_case_create(s, "work", false, &h);

    if (r == 0)
        store_branch_release(h);
    return r;
}

static int rename_it(struct store *s)
{
    struct branch_hold *h;
    int r = store_branch_hold(s, "work", &h, NULL);

    if (r < 0)
        return r;
    r = store_branch_rename(h, "play", NULL);
    store_branch_release(h);
    return r;
}

static int remove_it(struct store *s)
{
    struct branch_hold *h;
    int r = store_branch_hold(s, "work", &h, NULL);

    return r < 0 ? r : store_branch_remove(h, NULL);
}

static struct scratch make_store(bool with_branch)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct err err = {""};

    if (sample_commit(s, "img", "app:1", &err) < 0)
        fail_msg("%s", err.text);
    if (with_branch) {
        assert_int_equal(make_one(s), 0);
        assert_int_equal(mkdir(scratch_path(&d, "store/branches/work/upper/d"), 0700), 0);
        write_text(scratch_path(&d, "store/branches/work/upper/d/f"), "text");
    }
    store_close(s);
    return d;
}

/* The names of the branches, all of which must be whole and free, as "a b". */
static const char *names(const struct scratch *d, struct store *s)
{
    static char text[512];
    struct branch_list l;

    text[0] = '\0';
    assert_int_equal(store_branches(s, &l, NULL), 0);
    for (size_t i = 0; i < l.n; i++) {
        struct branch_entry *e = &l.branches[i];

        assert_int_equal(e->fault, 0);
        assert_false(e->held);
        assert_string_equal(e->info.image, "app:1");
        assert_true(branch_case_is_whole(d, e->name));
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", e->name);
    }
    branch_list_free(&l);
    return text;
}

/* Another branch can be made, and that clears up. */
static void clears_up(const struct scratch *d, struct store *s)
{
    struct branch_hold *h;

    assert_int_equal(branch_case_create(s, "next", false, &h), 0);
    assert_int_equal(count_names(scratch_path(d, "store/tmp")), 0);
    assert_int_equal(store_branch_remove(h, NULL), 0);
    assert_int_equal(count_names(scratch_path(d, "store/tmp")), 0);
}

/* `before` and `after`: the names there are without and with the action. */
static void at_every_step(action *act, enum fault fault, const char *before, const char *after,
                          unsigned least)
{
    unsigned at = 1, old = 0, new = 0;
    bool done = false;

    for (; !done; at++) {
        struct scratch d = make_store(*before);
        int status = run_with_fault(scratch_path(&d, "store"), act, fault, at);
        struct store *s = scratch_store(&d);
        bool is_new = strcmp(names(&d, s), after) == 0;

        if (!is_new)
            assert_string_equal(names(&d, s), before);
        *(is_new ? &new : &old) += 1;
        done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (done)
            assert_true(is_new);
        else
            assert_true(fault == DIE ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
                                     : WIFEXITED(status) && WEXITSTATUS(status) == 1);
        if (fault == FAIL) /* it lived on and cleared up itself */
            assert_int_equal(count_names(scratch_path(&d, "store/tmp")), 0);
        clears_up(&d, s);
        if (!is_new)
            assert_int_equal(act(s), 0);
        assert_string_equal(names(&d, s), after);
        store_close(s);
        scratch_remove(&d);
        assert_true(at < 200);
    }
    print_message("%u steps: old after %u, new after %u\n", at - 1, old, new);
    assert_true(old >= least && new >= 1);
}

static void making(void **state)
{
    (void)state;
    at_every_step(make_one, DIE, "", "work", 10);
    at_every_step(make_one, FAIL, "", "work", 10);
}

static void renaming(void **state)
{
    (void)state;
    at_every_step(rename_it, DIE, "work", "play", 1);
    at_every_step(rename_it, FAIL, "work", "play", 1);
}

static void removing(void **state)
{
    (void)state;
    at_every_step(remove_it, DIE, "work", "", 3);
    at_every_step(remove_it, FAIL, "work", "", 2);
}

/* What no death of a process shows, but a power cut does: all of it is durable before it has its name, and
 * the name is gone for good before the first file is. */
static void the_order_of_syncs(void **state)
{
    struct scratch d = make_store(false);
    struct store *s = scratch_store(&d);

    (void)state;
    memset(fault_plan.trace, 0, sizeof(fault_plan.trace));
    assert_int_equal(make_one(s), 0);
    assert_string_equal(fault_plan.trace, "ffff"
                                          "rf");
    memset(fault_plan.trace, 0, sizeof(fault_plan.trace));
    assert_int_equal(rename_it(s), 0);
    assert_string_equal(fault_plan.trace, "rf");
    store_close(s);
    scratch_remove(&d);
}

static const char *race_from, *race_to;

static void rename_meanwhile(const char *path)
{
    if (strcmp(path, "branch.json") != 0)
        return;
    fault_plan.after_open = NULL;
    assert_int_equal(rename(race_from, race_to), 0);
}

/* Between opening and locking, another renames or removes it. */
static void what_is_held_has_the_name(void **state)
{
    struct scratch d = make_store(true);
    struct store *s = scratch_store(&d);
    struct branch_hold *h;

    (void)state;
    race_from = scratch_path(&d, "store/branches/work");
    race_to = scratch_path(&d, "store/branches/play");
    fault_plan.after_open = rename_meanwhile;
    assert_int_equal(store_branch_hold(s, "work", &h, NULL), -ENOENT);
    assert_null(fault_plan.after_open);
    assert_string_equal(names(&d, s), "play");
    store_close(s);
    scratch_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_syncs),
        cmocka_unit_test(what_is_held_has_the_name),
        cmocka_unit_test(making),
        cmocka_unit_test(renaming),
        cmocka_unit_test(removing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
