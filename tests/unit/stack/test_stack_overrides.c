/* SPDX-License-Identifier: Apache-2.0 */
/* Layers that keep owners, modes and types in an attribute (stack/override.h), and stacks that follow no
 * redirects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "made_stack.h"
#include "stack/stack_tree.h"
#include "tree/path_walk.h"

#define SAYS "user.containers.override_stat="

static void open_with(struct stack *s, unsigned n, const struct stack_options *options)
{
    int fds[LAYERS];
    struct err err = {""};

    for (unsigned i = 0; i < n; i++) {
        fds[i] = open(path_in(s, i, "."), O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(fds[i] >= 0);
    }
    if (stack_tree_new(fds, n, options, &s->tree, &err) < 0)
        fail_msg("%s", err.text);
}

static const struct stack_options plain = {.upper_fd = -1, .work_fd = -1, .max_fds = 8};
static const struct stack_options believing = {
    .upper_fd = -1, .work_fd = -1, .max_fds = 8, .believe_overrides = true};
static const struct stack_options no_redirects = {
    .upper_fd = -1, .work_fd = -1, .max_fds = 8, .no_redirects = true};

static void shows(struct tree *t, const char *path, uint32_t uid, uint32_t gid, uint32_t mode)
{
    struct tree_attr attr, again;
    uint64_t node = find(t, path, &attr);

    assert_int_equal(tree_getattr(t, node, &again), 0);
    if (attr.uid != uid || attr.gid != gid || attr.mode != mode)
        fail_msg("%s is %u:%u 0%o", path, attr.uid, attr.gid, attr.mode);
    assert_true(again.uid == uid && again.gid == gid && again.mode == mode);
    assert_true(attr.rdev_major == again.rdev_major && attr.rdev_minor == again.rdev_minor);
    tree_forget(t, node, 1);
}

/* Layer 0 says of its files what they are, layer 1 does not. */
static const struct thing things[] = {
    {0, 'a', "", SAYS "11:12:0711:dir"},
    {0, 'd', "d", 0},
    {0, 'a', "d", SAYS "13:14:02770:dir"},
    {0, 'f', "d/file", "content"},
    {0, 'a', "d/file", SAYS "15:16:04755"},
    {0, 'f', "d/fifo", ""},
    {0, 'a', "d/fifo", SAYS "0:0:0600:pipe"},
    {0, 'f', "d/null", ""},
    {0, 'a', "d/null", SAYS "0:5:0666:char-1-3"},
    {0, 'f', "d/without", "w"},
    {0, 'l', "d/link", "file"},
    /* What says nothing, or cannot be. */
    {0, 'f', "d/bad", "b"},
    {0, 'a', "d/bad", SAYS "a:b:c"},
    {0, 'f', "d/long", "l"},
    {0, 'a', "d/long",
     SAYS "0:0:0644:file--------------------------------------------------------------------"
          "------------------------------------------"},
    {0, 'f', "d/nodir", "n"},
    {0, 'a', "d/nodir", SAYS "1:1:0644:dir"},
    {0, 'f', "d/nolink", "n"},
    {0, 'a', "d/nolink", SAYS "1:1:0777:symlink"},
    {0, 'f', "d/nowhiteout", ""},
    {0, 'a', "d/nowhiteout", SAYS "1:1:0644:char-0-0"},
    {0, 'd', "nofile", 0},
    {0, 'a', "nofile", SAYS "1:1:0644:file"},
    {1, 'd', "d", 0},
    {1, 'a', "d", SAYS "21:22:0700:dir"},
    {1, 'f', "d/below", "b"},
    {1, 'a', "d/below", SAYS "0:0:04755:file"},
    {1, 'f', "d/nowhiteout", "hidden"},
};

static void make(struct stack *s)
{
    umask(022);
    make_base(s);
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++)
        make_thing(s, &things[i]);
}

static void a_marked_layer_is_believed(void **state)
{
    struct stack s = {.tree = NULL};
    uint32_t uid = geteuid(), gid = getegid();
    cleanup_buf struct buf out = BUF_INIT;

    (void)state;
    make(&s);
    open_with(&s, 2, &plain);
    shows(s.tree, "/", 11, 12, S_IFDIR | 0711);
    shows(s.tree, "d", 13, 14, S_IFDIR | 02770);
    shows(s.tree, "d/file", 15, 16, S_IFREG | 04755);
    shows(s.tree, "d/fifo", 0, 0, S_IFIFO | 0600);
    shows(s.tree, "d/null", 0, 5, S_IFCHR | 0666);
    shows(s.tree, "d/without", uid, gid, S_IFREG | 0644);
    shows(s.tree, "d/link", uid, gid, S_IFLNK | 0777);
    shows(s.tree, "d/bad", uid, gid, S_IFREG | 0644);
    shows(s.tree, "d/long", uid, gid, S_IFREG | 0644);
    shows(s.tree, "d/nodir", uid, gid, S_IFREG | 0644);
    shows(s.tree, "d/nolink", uid, gid, S_IFREG | 0644);
    shows(s.tree, "d/nowhiteout", uid, gid, S_IFREG | 0644);
    shows(s.tree, "nofile", uid, gid, S_IFDIR | 0755);
    /* Of the other layer nothing of the kind is known, and its files may be anybody's. */
    shows(s.tree, "d/below", uid, gid, S_IFREG | 0644);
    /* Listings know the types. */
    assert_string_equal(
        dump(s.tree, &out),
        "d/ d/bad=b d/below=b d/fifo| d/file=content d/link>file d/long=l d/nodir=n d/nolink=n "
        "d/nowhiteout= d/null? d/without=w nofile/");
    remove_stack(&s);
}

static void only_of_whom_it_can_be(void **state)
{
    struct stack s = {.tree = NULL};

    (void)state;
    make(&s);
    if (chown(path_in(&s, 0, "."), 9, 9) < 0) { /* only root can give it away */
        remove_stack(&s);
        skip();
    }
    open_with(&s, 2, &plain);
    shows(s.tree, "/", 9, 9, S_IFDIR | 0755);
    shows(s.tree, "d/file", geteuid(), getegid(), S_IFREG | 0644);
    tree_free(s.tree);
    open_with(&s, 2, &believing);
    shows(s.tree, "/", 11, 12, S_IFDIR | 0711);
    shows(s.tree, "d/file", 15, 16, S_IFREG | 04755);
    /* That is of layers that say so. */
    shows(s.tree, "d/below", geteuid(), getegid(), S_IFREG | 0644);
    remove_stack(&s);
}

/* fuse-overlayfs's names of it count in a layer whose root has the same one; ours goes before. */
static void other_names_are_read(void **state)
{
    static const struct thing named[] = {
        {0, 'a', "", "user.fuseoverlayfs.override_stat=1:2:40711"},
        {0, 'f', "a", "a"},
        {0, 'a', "a", "user.fuseoverlayfs.override_stat=3:4:104755"},
        {0, 'f', "b", "b"},
        {0, 'a', "b", SAYS "5:6:0600:file"},
        {1, 'a', "", "user.fuseoverlayfs.override_stat=1:2:40711"},
        {1, 'a', "", SAYS "0:0:0755:dir"},
        {1, 'f', "c", "c"},
        {1, 'a', "c", "user.fuseoverlayfs.override_stat=3:4:4755"},
        {1, 'f', "d", "d"},
        {1, 'a', "d", "user.fuseoverlayfs.override_stat=3:4:4755"},
        {1, 'a', "d", SAYS "5:6:0600:file"},
        {2, 'f', "e", "e"},
        {2, 'a', "e", "user.fuseoverlayfs.override_stat=3:4:4755"},
    };
    uint32_t uid = geteuid(), gid = getegid();
    struct stack s = {.tree = NULL};

    (void)state;
    umask(022);
    make_base(&s);
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        make_thing(&s, &named[i]);
    open_with(&s, 3, &plain);
    shows(s.tree, "/", 1, 2, S_IFDIR | 0711);
    shows(s.tree, "a", 3, 4, S_IFREG | 04755);
    shows(s.tree, "b", uid, gid, S_IFREG | 0644);
    shows(s.tree, "c", 3, 4, S_IFREG | 04755);
    shows(s.tree, "d", 5, 6, S_IFREG | 0600);
    shows(s.tree, "e", uid, gid, S_IFREG | 0644);
    remove_stack(&s);
}

/* security.* can be set by root alone: it is believed whoever owns the directory. */
static void what_root_says_is_believed(void **state)
{
    static const struct thing named[] = {
        {0, 'a', "", "security.fuseoverlayfs.override_stat=1:2:40711"},
        {0, 'f', "a", "a"},
        {0, 'a', "a", "security.fuseoverlayfs.override_stat=3:4:104755"},
    };
    struct stack s = {.tree = NULL};

    (void)state;
    if (geteuid() != 0)
        skip();
    make_base(&s);
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        make_thing(&s, &named[i]);
    assert_int_equal(chown(path_in(&s, 0, "."), 9, 9), 0);
    open_with(&s, 1, &plain);
    shows(s.tree, "/", 1, 2, S_IFDIR | 0711);
    shows(s.tree, "a", 3, 4, S_IFREG | 04755);
    remove_stack(&s);
}

static void redirects_can_be_refused(void **state)
{
    static const struct thing redirected[] = {
        {0, 'd', "new", 0},       {0, 'r', "new", "old"},    {0, 'f', "new/a", "0"},
        {0, 'd', "plain", 0},     {0, 'd', "plain/deep", 0}, {0, 'r', "plain/deep", "/old"},
        {1, 'd', "old", 0},       {1, 'f', "old/b", "1"},    {1, 'd', "plain", 0},
        {1, 'f', "plain/c", "1"}, {1, 'd', "lowest", 0},     {1, 'r', "lowest", "old"},
    };
    struct stack s = {.tree = NULL};
    struct tree_attr attr;
    uint64_t node;

    (void)state;
    make_base(&s);
    for (size_t i = 0; i < sizeof redirected / sizeof redirected[0]; i++)
        make_thing(&s, &redirected[i]);
    open_with(&s, 2, &no_redirects);
    assert_int_equal(tree_walk(s.tree, "new", false, &node, &attr), -EPERM);
    assert_int_equal(tree_walk(s.tree, "plain/deep", false, &node, &attr), -EPERM);
    tree_forget(s.tree, find(s.tree, "plain/c", &attr), 1);
    tree_forget(s.tree, find(s.tree, "old/b", &attr), 1);
    tree_forget(s.tree, find(s.tree, "lowest", &attr), 1); /* there is nothing below to be led to */
    tree_free(s.tree);
    open_with(&s, 2, &plain);
    tree_forget(s.tree, find(s.tree, "new/b", &attr), 1);
    remove_stack(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_marked_layer_is_believed), cmocka_unit_test(only_of_whom_it_can_be),
        cmocka_unit_test(other_names_are_read),       cmocka_unit_test(what_root_says_is_believed),
        cmocka_unit_test(redirects_can_be_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
