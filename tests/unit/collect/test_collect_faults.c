/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing an image, collecting and renaming, in which the process dies or a system call fails at each step in
 * turn (faults.h). Whatever the step, what is listed afterwards is whole, the other image is untouched, and the
 * same command goes through and leaves nothing.
 */
#include "faults.h"
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/collect.h"
#include "disk/rename_image.h"

static int remove_gone(struct store *s)
{
    struct sample i = sample_make("img");
    const struct catalog_drop drop = {.name = "gone", .manifest = i.manifest};
    const struct collect_options opt = {.drops = &drop, .n_drops = 1};
    struct collect_result result;
    int r = store_collect(s, &opt, &result, NULL);

    if (r == 0)
        collect_result_free(&result);
    return r;
}

static int collect_all(struct store *s)
{
    const struct collect_options opt = {.wait = true};
    struct collect_result result;
    int r = store_collect(s, &opt, &result, NULL);

    if (r == 0)
        collect_result_free(&result);
    return r;
}

/* The image "gone" loses its name first, so that it is collected. */
static int lose_and_collect(struct store *s)
{
    struct sample i = sample_make("old");
    struct tx_name name = sample_name(&i, "gone");
    struct tx *t;
    int r = tx_begin(s, &t, NULL);

    if (r == 0)
        r = tx_commit(t, &name, 1, NULL);
    return r == 0 ? collect_all(s) : r;
}

static int rename_gone(struct store *s)
{
    struct sample i = sample_make("img");
    struct tx_name name = sample_name(&i, "new");

    return store_rename_image(s, "gone", &name, NULL);
}

static bool is_listed(struct store *s, const char *name, const char *seed)
{
    struct sample i = sample_make(seed);
    struct catalog c;
    bool found = false;

    assert_int_equal(store_catalog(s, &c, NULL), 0);
    for (size_t n = 0; n < c.n; n++) {
        const struct catalog_entry *e = &c.entries[n];

        found |= digest_equal(&e->manifest.digest, &i.manifest) &&
                 (!name || (e->name && strcmp(e->name, name) == 0));
    }
    catalog_free(&c);
    return found;
}

static struct scratch make_store(void)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);

    assert_int_equal(sample_commit(s, "old", "keep", NULL), 0);
    assert_int_equal(sample_commit(s, "img", "gone", NULL), 0);
    store_close(s);
    return d;
}

static size_t objects(const struct scratch *d)
{
    return count_names(scratch_path(d, "store/blobs/sha256")) + count_names(scratch_path(d, "store/layers")) +
           count_names(scratch_path(d, "store/trees"));
}

/* What a store has that "keep" is alone in. */
static size_t objects_of_one(void)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    size_t n;

    assert_int_equal(sample_commit(s, "old", "keep", NULL), 0);
    store_close(s);
    n = objects(&d);
    scratch_remove(&d);
    return n;
}

/* True when the child ended well. */
static bool check_after(const struct scratch *d, int (*act)(struct store *s), enum fault fault, int status)
{
    struct store *s;

    assert_int_equal(store_open(scratch_path(d, "store"), 0, &s, NULL), 0);
    assert_true(is_listed(s, "keep", "old") && sample_is_whole(s, "old"));
    if (is_listed(s, NULL, "img"))
        assert_true(sample_is_whole(s, "img"));
    if (fault == FAIL) /* it lived on and cleared up itself */
        assert_int_equal(count_names(scratch_path(d, "store/tmp")), 0);
    if (act == rename_gone) {
        assert_int_not_equal(is_listed(s, "gone", "img"), is_listed(s, "new", "img"));
        assert_true(act(s) == 0 || is_listed(s, "new", "img"));
        assert_true(is_listed(s, "new", "img") && !is_listed(s, "gone", "img") && sample_is_whole(s, "img"));
    } else {
        assert_int_equal(act(s), 0);
        assert_int_equal(collect_all(s), 0);
        assert_false(is_listed(s, NULL, "img"));
        assert_int_equal(objects(d), objects_of_one());
    }
    /* A rename looks at nothing that others left; whoever has a transaction next clears up. */
    assert_int_equal(collect_all(s), 0);
    assert_int_equal(count_names(scratch_path(d, "store/tmp")), 0);
    store_close(s);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void at_every_step(int (*act)(struct store *s), enum fault fault, unsigned at_least)
{
    bool done = false;
    unsigned at = 1;

    for (; !done; at++) {
        struct scratch d = make_store();
        int status = run_with_fault(scratch_path(&d, "store"), act, fault, at);

        done = check_after(&d, act, fault, status);
        if (!done && fault == DIE)
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        scratch_remove(&d);
        assert_true(at < 500);
    }
    print_message("%u steps\n", at - 1);
    assert_true(at > at_least);
}

static void removing(void **state)
{
    (void)state;
    at_every_step(remove_gone, DIE, 15);
    at_every_step(remove_gone, FAIL, 8);
}

static void collecting(void **state)
{
    (void)state;
    at_every_step(lose_and_collect, DIE, 25);
    at_every_step(lose_and_collect, FAIL, 8);
}

static void renaming(void **state)
{
    (void)state;
    at_every_step(rename_gone, DIE, 6);
    at_every_step(rename_gone, FAIL, 5);
}

/* What a power cut shows: the catalog is durable before an object goes. */
static void the_order_is_that_of_the_format(void **state)
{
    struct scratch d = make_store();
    struct store *s = scratch_store(&d);

    (void)state;
    memset(fault_plan.trace, 0, sizeof fault_plan.trace);
    assert_int_equal(remove_gone(s), 0);
    assert_string_equal(fault_plan.trace, "f"
                                          "Rf"
                                          "rrrrr" /* tree, layer, three blobs */
                                          "fff"); /* the directories that they were in */
    store_close(s);
    scratch_remove(&d);
}

/* Whoever looked before the image went neither lists it again nor makes a branch on it. */
static void an_image_that_went_meanwhile(void **state)
{
    struct scratch d = make_store();
    struct store *s = scratch_store(&d);
    struct sample i = sample_make("img");
    struct tx_name name = sample_name(&i, "new");
    struct image image;
    struct branch_info info = {0};
    struct branch_hold *hold;

    (void)state;
    assert_int_equal(store_find_image(s, "gone", &image, NULL), 0);
    info.manifest = image.manifest_digest;
    info.chain_id = image.chain_id;
    image_free(&image);
    assert_int_equal(remove_gone(s), 0);
    assert_int_equal(store_name_image(s, &name, 1, NULL), -ENOENT);
    assert_int_equal(store_rename_image(s, "gone", &name, NULL), -ENOENT);
    assert_false(is_listed(s, NULL, "img"));
    assert_int_equal(store_branch_create(s, "work", &info, &hold, NULL), -ENOENT);
    store_close(s);
    scratch_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removing),
        cmocka_unit_test(collecting),
        cmocka_unit_test(renaming),
        cmocka_unit_test(an_image_that_went_meanwhile),
        cmocka_unit_test(the_order_is_that_of_the_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
