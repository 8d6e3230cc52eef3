/* SPDX-License-Identifier: Apache-2.0 */
/* Layers that change behind our back, and what is mounted on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "made_stack.h"
#include "stack/stack_tree.h"

static void what_vanishes_is_stale(void **state)
{
    (void)state;
    static const struct thing things[] = {
        {1, 'd', "d", 0},   {1, 'f', "d/a", "1"},   {1, 'f', "d/b", "1"},
        {1, 'd', "d/e", 0}, {1, 'f', "d/e/f", "1"}, {1, 'l', "d/l", "x"},
    };
    struct stack s = {.tree = NULL};
    make_stack(&s, things, sizeof(things) / sizeof(*things));
    stack_tree_hold_names(s.tree, 0);
    struct tree_attr attr;
    uint64_t d = find(s.tree, "d", &attr), a = find(s.tree, "d/a", &attr), e = find(s.tree, "d/e", &attr);
    uint64_t f = find(s.tree, "d/e/f", &attr), l = find(s.tree, "d/l", &attr), other;
    char buf[16];
    struct tree_content c;
    struct tree_entry entry;
    char scratch[256];
    assert_int_equal(unlink(path_in(&s, 1, "d/a")), 0);
    assert_int_equal(unlink(path_in(&s, 1, "d/l")), 0);
    assert_int_equal(unlink(path_in(&s, 1, "d/e/f")), 0);
    assert_int_equal(rmdir(path_in(&s, 1, "d/e")), 0);
    assert_int_equal(tree_getattr(s.tree, a, &attr), -ESTALE);
    assert_int_equal(tree_content(s.tree, a, &c), -ESTALE);
    assert_int_equal(tree_getxattr(s.tree, a, "user.x", buf, sizeof(buf)), -ESTALE);
    assert_int_equal(tree_listxattr(s.tree, a, buf, sizeof(buf)), -ESTALE);
    assert_int_equal(tree_readlink(s.tree, l, buf, sizeof(buf)), -ESTALE);
    assert_int_equal(tree_getattr(s.tree, e, &attr), -ESTALE);
    assert_int_equal(tree_getattr(s.tree, f, &attr), -ESTALE);
    assert_int_equal(tree_entry(s.tree, e, 0, &entry, scratch), 0);
    assert_int_equal(tree_lookup(s.tree, e, "f", 1, &other, &attr), -ENOENT);
    assert_int_equal(tree_lookup(s.tree, d, "a", 1, &other, &attr), -ENOENT);

    /* Another file under the same name is another node, and a fifo is never waited for. */
    assert_int_equal(mkfifo(path_in(&s, 1, "d/a"), 0644), 0);
    assert_int_equal(tree_content(s.tree, a, &c), -ESTALE);
    assert_int_equal(tree_lookup(s.tree, d, "a", 1, &other, &attr), 0);
    assert_true(other != a);
    assert_true(S_ISFIFO(attr.mode));
    tree_forget(s.tree, other, 1);
    for (size_t i = 0; i < 5; i++)
        tree_forget(s.tree, ((uint64_t[]){f, a, l, e, d})[i], 1);
    remove_stack(&s);
}

/* A listing that has begun stays as it is; the next one shows what has changed, and names that stay keep
 * their nodes. */
static void listings_follow(void **state)
{
    (void)state;
    static const struct thing things[] = {
        {1, 'd', "d", 0},   {1, 'f', "d/a", "1"}, {1, 'f', "d/b", "1"},
        {1, 'd', "d/e", 0}, {2, 'd', "d", 0},     {2, 'f', "d/c", "2"},
    };
    struct stack s = {.tree = NULL};
    make_stack(&s, things, sizeof(things) / sizeof(*things));
    stack_tree_hold_names(s.tree, 0);
    struct tree_attr attr;
    uint64_t d = find(s.tree, "d", &attr), b = find(s.tree, "d/b", &attr);
    cleanup_buf struct buf out = BUF_INIT;
    assert_string_equal(dump(s.tree, &out), "d/ d/a=1 d/b=1 d/c=2 d/e/");
    struct tree_list *old, *now;
    assert_int_equal(tree_list_begin(s.tree, d, &old), 0);
    assert_int_equal(rename(path_in(&s, 1, "d/a"), path_in(&s, 1, "d/z")), 0);
    assert_int_equal(unlink(path_in(&s, 2, "d/c")), 0);
    write_file(path_in(&s, 1, "d/c"), "1");
    make_thing(&s, &(struct thing){3, 'd', "d", 0});
    make_thing(&s, &(struct thing){3, 'f', "d/y", "3"});
    assert_string_equal(dump(s.tree, &out), "d/ d/b=1 d/c=1 d/e/ d/y=3 d/z=1");
    assert_int_equal(tree_list_begin(s.tree, d, &now), 0);
    assert_true(now != old);
    assert_true(tree_list_has(s.tree, old, "a") && !tree_list_has(s.tree, old, "z"));
    assert_true(tree_list_has(s.tree, now, "z") && !tree_list_has(s.tree, now, "a"));
    struct tree_entry e;
    char scratch[256];
    assert_int_equal(tree_entry_in(s.tree, d, old, 0, &e, scratch), 1);
    assert_string_equal(e.name, "a");
    assert_int_equal(tree_entry_in(s.tree, d, old, 4, &e, scratch), 0);
    tree_list_done(s.tree, old);
    tree_list_done(s.tree, now);
    uint64_t again_d = find(s.tree, "d", &attr), again_b = find(s.tree, "d/b", &attr);
    assert_true(again_d == d && again_b == b);
    tree_forget(s.tree, d, 2);
    tree_forget(s.tree, b, 2);
    remove_stack(&s);
}

/* An entry of an old listing leads to the file that has its name now, in the layer that has it now. */
static void entries_of_old_listings_lead_to_new_files(void **state)
{
    (void)state;
    static const struct thing things[] = {
        {1, 'd', "d", 0}, {1, 'f', "d/a", "1"}, {1, 'f', "d/b", "1"}, {1, 'f', "d/c", "1"}, {2, 'd', "d", 0},
    };
    struct stack s = {.tree = NULL};
    make_stack(&s, things, sizeof(things) / sizeof(*things));
    struct tree_attr attr, expected;
    uint64_t d = find(s.tree, "d", &attr), node, looked_up;
    struct tree_list *old, *now;
    struct tree_entry e[3];
    char names[3][256];
    assert_int_equal(tree_list_begin(s.tree, d, &old), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(tree_entry_in(s.tree, d, old, i, &e[i], names[i]), 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(tree_entry_lookup(s.tree, d, &e[i], &node, &attr), 0);
        assert_int_equal(tree_lookup(s.tree, d, names[i], 1, &looked_up, &expected), 0);
        assert_true(node == looked_up && attr.ino == expected.ino && attr.mode == expected.mode);
        tree_forget(s.tree, node, 2);
    }
    assert_int_equal(unlink(path_in(&s, 1, "d/a")), 0);
    assert_int_equal(unlink(path_in(&s, 1, "d/c")), 0);
    make_thing(&s, &(struct thing){2, 'f', "d/c", "22"});
    stack_tree_hold_names(s.tree, 0);
    assert_int_equal(tree_list_begin(s.tree, d, &now), 0);
    stack_tree_hold_names(s.tree, 1000);
    assert_int_equal(tree_entry_lookup(s.tree, d, &e[0], &node, &attr), -ENOENT);
    assert_int_equal(tree_entry_lookup(s.tree, d, &e[1], &node, &attr), 0);
    assert_true(S_ISREG(attr.mode) && attr.size == 1);
    tree_forget(s.tree, node, 1);
    assert_int_equal(tree_entry_lookup(s.tree, d, &e[2], &node, &attr), 0);
    assert_true(S_ISREG(attr.mode) && attr.size == 2);
    tree_forget(s.tree, node, 1);
    tree_list_done(s.tree, old);
    tree_list_done(s.tree, now);
    tree_forget(s.tree, d, 1);
    remove_stack(&s);
}

/* The kernel's one copy of a directory is filled from one listing: who comes after a change reads alone, until
 * the last reader of the older one has gone. */
static void one_listing_is_kept(void **state)
{
    (void)state;
    static const struct thing things[] = {{1, 'd', "d", 0}, {1, 'f', "d/a", "1"}, {2, 'd', "d", 0}};
    struct stack s = {.tree = NULL};
    make_stack(&s, things, sizeof(things) / sizeof(*things));
    struct tree_attr attr;
    uint64_t d = find(s.tree, "d", &attr);
    struct tree_list *first, *second, *alone;
    stack_tree_hold_names(s.tree, 1000);
    assert_int_equal(tree_share_open(s.tree, d), TREE_SHARE_ANEW);
    assert_int_equal(tree_share_open(s.tree, d), TREE_SHARE_ANEW); /* nobody has read anything */
    assert_int_equal(tree_share_begin(s.tree, d, &first), 0);
    assert_int_equal(tree_share_open(s.tree, d), TREE_SHARE_KEPT);
    assert_int_equal(rename(path_in(&s, 1, "d/a"), path_in(&s, 1, "d/z")), 0);
    stack_tree_hold_names(s.tree, 0);
    assert_int_equal(tree_share_open(s.tree, d), TREE_SHARE_NONE);
    assert_int_equal(tree_list_begin(s.tree, d, &alone), 0);
    assert_true(tree_list_has(s.tree, alone, "z"));
    assert_int_equal(tree_share_begin(s.tree, d, &second), 0);
    assert_true(second == first && tree_list_has(s.tree, first, "a"));
    tree_list_done(s.tree, second);
    for (int i = 0; i < 3; i++)
        tree_share_close(s.tree, d);
    assert_int_equal(tree_share_open(s.tree, d), TREE_SHARE_ANEW);
    assert_int_equal(tree_share_begin(s.tree, d, &second), 0);
    assert_true(second != first && tree_list_has(s.tree, second, "z"));
    tree_share_close(s.tree, d);
    tree_list_done(s.tree, first);
    tree_list_done(s.tree, second);
    tree_list_done(s.tree, alone);
    tree_forget(s.tree, d, 1);
    remove_stack(&s);
}

/* A directory that has not changed for long is not read again, and one that has, is, for all that its times
 * were set back. */
static void what_is_unchanged_is_not_read_again(void **state)
{
    (void)state;
    static const struct thing things[] = {{1, 'd', "d", 0}, {1, 'f', "d/a", "1"}, {2, 'd', "d", 0}};
    struct stack s = {.tree = NULL};
    make_stack(&s, things, sizeof(things) / sizeof(*things));
    stack_tree_hold_names(s.tree, 0);
    struct tree_attr attr;
    uint64_t d = find(s.tree, "d", &attr);
    struct tree_list *first, *second;
    const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    /* Until the last change lies so far back that its time tells; of merged file systems it never does. */
    struct statfs fs;
    assert_int_equal(statfs(s.base, &fs), 0);
    bool tells = fs.f_type != OVERLAYFS_SUPER_MAGIC && fs.f_type != FUSE_SUPER_MAGIC;
    for (unsigned i = 0; tells; i++) {
        assert_int_equal(tree_list_begin(s.tree, d, &first), 0);
        assert_int_equal(tree_list_begin(s.tree, d, &second), 0);
        bool same = first == second;
        tree_list_done(s.tree, first);
        tree_list_done(s.tree, second);
        if (same)
            break;
        assert_true(i < 999);
        poll(NULL, 0, 10);
    }
    assert_int_equal(tree_list_begin(s.tree, d, &first), 0);
    write_file(path_in(&s, 2, "d/b"), "2");
    assert_int_equal(utimensat(AT_FDCWD, path_in(&s, 2, "d"), old, 0), 0);
    assert_int_equal(tree_list_begin(s.tree, d, &second), 0);
    assert_true(tree_list_has(s.tree, second, "b"));
    tree_list_done(s.tree, first);
    tree_list_done(s.tree, second);
    tree_forget(s.tree, d, 1);
    remove_stack(&s);
}

static void a_link_in_the_place_of_a_directory_is_not_followed(void **state)
{
    (void)state;
    static const struct thing things[] = {
        {1, 'd', "d", 0},
        {1, 'd', "d/e", 0},
        {1, 'f', "d/e/f", "inside"},
        {2, 'd', "outside", 0},
        {2, 'f', "outside/f", "outside"},
    };
    struct stack s = {.tree = NULL};
    make_base(&s);
    for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++)
        make_thing(&s, &things[i]);
    open_tree_with(&s, 2, 0); /* no descriptor is kept */
    stack_tree_hold_names(s.tree, 0);
    struct tree_attr attr;
    uint64_t e = find(s.tree, "d/e", &attr), f = find(s.tree, "d/e/f", &attr), other;
    assert_int_equal(rename(path_in(&s, 1, "d/e"), path_in(&s, 1, "d/moved")), 0);
    assert_int_equal(symlink(path_in(&s, 2, "outside"), path_in(&s, 1, "d/e")), 0);
    struct tree_content c;
    assert_int_equal(tree_content(s.tree, f, &c), -ESTALE);
    assert_int_equal(tree_getattr(s.tree, e, &attr), -ESTALE);
    assert_int_equal(tree_lookup(s.tree, e, "f", 1, &other, &attr), -ENOENT);
    tree_forget(s.tree, e, 1);
    tree_forget(s.tree, f, 1);
    remove_stack(&s);
}

/* Mounts something on a directory below a layer before the tree is made, and on another one after. Without a
 * privilege, what is below the mounts cannot be seen either. */
static bool mounts_are_kept_out(bool privileged)
{
    static const struct thing things[] = {
        {1, 'd', "m", 0},         {1, 'f', "m/below", "b"}, {1, 'd', "n", 0},
        {1, 'f', "n/below", "b"}, {0, 'd', "n", 0},         {0, 'f', "n/top", "t"},
    };
    struct stack s = {.tree = NULL};
    make_base(&s);
    for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++)
        make_thing(&s, &things[i]);
    assert_int_equal(chmod(s.base, 0755), 0);
    bool ok = mount("none", path_in(&s, 1, "m"), "tmpfs", 0, NULL) == 0;
    write_file(path_in(&s, 1, "m/above"), "a");
    if (!privileged)
        ok = ok && setresuid((uid_t)-1, 65534, 0) == 0;
    open_tree_with(&s, LAYERS, 8);
    if (!privileged)
        ok = ok && setresuid((uid_t)-1, 0, 0) == 0;
    ok = ok && mount("none", path_in(&s, 1, "n"), "tmpfs", 0, NULL) == 0;
    if (!privileged)
        ok = ok && setresuid((uid_t)-1, 65534, 0) == 0;
    cleanup_buf struct buf out = BUF_INIT;
    const char *expect = privileged ? "m/ m/below=b n/ n/below=b n/top=t" : "m/ n/ n/top=t";
    for (unsigned i = 0; i < 2; i++) {
        ok = ok && strcmp(dump(s.tree, &out), expect) == 0;
        stack_tree_hold_names(s.tree, 0);
    }
    struct tree_attr attr;
    uint64_t node = find(s.tree, "m", &attr);
    ok = ok && S_ISDIR(attr.mode) && tree_listxattr(s.tree, node, NULL, 0) == 0;
    tree_forget(s.tree, node, 1);
    if (!privileged)
        ok = ok && setresuid((uid_t)-1, 0, 0) == 0;
    umount2(path_in(&s, 1, "m"), MNT_DETACH);
    umount2(path_in(&s, 1, "n"), MNT_DETACH);
    remove_stack(&s);
    return ok;
}

static void mounts_below_a_layer_are_not_in_it(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    for (int privileged = 0; privileged < 2; privileged++) {
        fflush(NULL);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) != 0)
                _exit(2);
            _exit(mounts_are_kept_out(privileged) ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
            skip();
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_vanishes_is_stale),
        cmocka_unit_test(listings_follow),
        cmocka_unit_test(entries_of_old_listings_lead_to_new_files),
        cmocka_unit_test(one_listing_is_kept),
        cmocka_unit_test(what_is_unchanged_is_not_read_again),
        cmocka_unit_test(a_link_in_the_place_of_a_directory_is_not_followed),
        cmocka_unit_test(mounts_below_a_layer_are_not_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
