/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "made_stack.h"
#include "stack/stack_ino.h"
#include "stack/stack_tree.h"

static void odd_names_are_refused(void **state)
{
    (void)state;
    struct stack s = {.tree = NULL};
    make_stack(&s, NULL, 0);
    char long_name[300];
    memset(long_name, 'n', sizeof(long_name));
    static const struct {
        const char *name;
        size_t len;
        int r;
    } cases[] = {
        {"", 0, -EINVAL}, {"a/b", 3, -EINVAL}, {"a\0b", 3, -EINVAL}, {".", 1, -ENOENT}, {"..", 2, -ENOENT}};
    uint64_t node;
    struct tree_attr attr;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(tree_lookup(s.tree, TREE_ROOT, cases[i].name, cases[i].len, &node, &attr),
                         cases[i].r);
    assert_int_equal(tree_lookup(s.tree, TREE_ROOT, long_name, 256, &node, &attr), -ENAMETOOLONG);
    assert_int_equal(tree_lookup(s.tree, TREE_ROOT, long_name, 255, &node, &attr), -ENOENT);
    assert_int_equal(tree_lookup(s.tree, 12345, "a", 1, &node, &attr), -ESTALE);
    assert_int_equal(tree_getattr(s.tree, 12345, &attr), -ESTALE);
    tree_forget(s.tree, 12345, 1);
    tree_forget(s.tree, TREE_ROOT, 5);
    assert_int_equal(tree_getattr(s.tree, TREE_ROOT, &attr), 0);
    remove_stack(&s);
}

static void names_of_one_file_are_one_node(void **state)
{
    (void)state;
    static const struct thing things[] = {
        {1, 'd', "d", 0}, {1, 'f', "d/a", "x"}, {1, 'h', "b", "d/a"},    {0, 'd', "d", 0},
        {2, 'd', "d", 0}, {2, 'd', "only", 0},  {2, 'd', "only/sub", 0},
    };
    struct stack s = {.tree = NULL};
    make_stack(&s, things, sizeof(things) / sizeof(*things));
    struct tree_attr a, b;
    uint64_t node = find(s.tree, "d/a", &a);
    assert_int_equal(a.nlink, 2);
    assert_int_equal(find(s.tree, "b", &b), node);
    assert_int_equal(a.ino, b.ino);
    struct stat st;
    assert_int_equal(stat(path_in(&s, 1, "b"), &st), 0);
    assert_int_equal(a.ino, st.st_ino);
    assert_int_equal(a.size, 1);
    assert_int_equal(a.mode, st.st_mode);
    assert_int_equal(a.mtime.tv_nsec, st.st_mtim.tv_nsec);
    /* The node goes on when one of its names has gone from the layer. */
    assert_int_equal(unlink(path_in(&s, 1, "b")), 0);
    assert_int_equal(tree_getattr(s.tree, node, &a), -ESTALE);
    assert_int_equal(find(s.tree, "d/a", &a), node);
    assert_int_equal(tree_getattr(s.tree, node, &a), 0);
    assert_int_equal(a.nlink, 1);
    tree_forget(s.tree, node, 3);

    tree_forget(s.tree, find(s.tree, "d", &a), 1);
    assert_int_equal(a.nlink, 1); /* merged: not counted */
    tree_forget(s.tree, find(s.tree, "only", &a), 1);
    assert_int_equal(stat(path_in(&s, 2, "only"), &st), 0);
    assert_int_equal(a.nlink, st.st_nlink);
    remove_stack(&s);
}

/* The path of a node, by the names that lead up from it. */
static const char *path_of(struct tree *t, uint64_t node)
{
    static char path[1024];
    char name[256];
    uint64_t dir;
    int r;
    path[0] = 0;
    while ((r = tree_name(t, node, &dir, name)) == 0) {
        struct tree_attr attr;
        uint64_t again;
        if (tree_lookup(t, dir, name, strlen(name), &again, &attr) < 0 || again != node)
            return "something else";
        tree_forget(t, again, 1);
        size_t len = strlen(name);
        memmove(path + len + 1, path, strlen(path) + 1);
        path[0] = '/';
        memcpy(path + 1, name, len);
        node = dir;
    }
    return r == -EINVAL && node == TREE_ROOT ? path : "nowhere";
}

static void a_name_leads_back_to_its_node(void **state)
{
    (void)state;
    static const struct thing things[] = {
        {1, 'd', "d", 0},   {1, 'd', "d/e", 0},     {1, 'f', "d/e/f", "x"}, {1, 'h', "d/g", "d/e/f"},
        {0, 'd', "top", 0}, {0, 'r', "top", "low"}, {1, 'd', "low", 0},     {1, 'f', "low/in", ""},
        {1, 'd', "k", 0},   {1, 'h', "k/f", "d/g"},
    };
    struct stack s = {.tree = NULL};
    make_stack(&s, things, sizeof(things) / sizeof(*things));
    struct tree_attr attr;
    char name[256];
    uint64_t dir, node, e = find(s.tree, "d/e", &attr), k = find(s.tree, "k", &attr);
    tree_forget(s.tree, e, 1);
    assert_int_equal(tree_getattr(s.tree, e, &attr), -ESTALE);
    assert_int_equal(tree_name(s.tree, e, &dir, name), -ESTALE);
    assert_int_equal(tree_name(s.tree, TREE_ROOT, &dir, name), -EINVAL);

    /* The directories above a file are there although nobody looks at them. */
    node = find(s.tree, "d/e/f", &attr);
    assert_int_equal(tree_name(s.tree, node, &e, name), 0);
    assert_string_equal(name, "f");
    assert_int_equal(tree_getattr(s.tree, e, &attr), 0);
    assert_string_equal(path_of(s.tree, node), "/d/e/f");
    /* Under another name, another directory holds it, and the first is let go. */
    assert_int_equal(find(s.tree, "k/f", &attr), node);
    assert_string_equal(path_of(s.tree, node), "/k/f");
    assert_int_equal(tree_getattr(s.tree, e, &attr), -ESTALE);
    tree_forget(s.tree, k, 1);
    assert_int_equal(tree_getattr(s.tree, k, &attr), 0);
    assert_int_equal(find(s.tree, "d/g", &attr), node);
    assert_int_equal(tree_getattr(s.tree, k, &attr), -ESTALE);
    assert_string_equal(path_of(s.tree, node), "/d/g");
    assert_int_equal(tree_name(s.tree, node, &dir, name), 0);
    tree_forget(s.tree, node, 3);
    assert_int_equal(tree_getattr(s.tree, dir, &attr), -ESTALE);

    /* By its name here, not by the one that a layer has it under. */
    node = find(s.tree, "top/in", &attr);
    assert_string_equal(path_of(s.tree, node), "/top/in");
    tree_forget(s.tree, node, 1);
    remove_stack(&s);
}

static void references_are_counted(void **state)
{
    (void)state;
    static const struct thing things[] = {{1, 'f', "f", "x"}};
    struct stack s = {.tree = NULL};
    make_stack(&s, things, 1);
    struct tree_attr attr;
    uint64_t node = find(s.tree, "f", &attr);
    tree_ref(s.tree, node, 3);
    tree_forget(s.tree, node, 3);
    assert_int_equal(tree_getattr(s.tree, node, &attr), 0);
    tree_forget(s.tree, node, 1);
    assert_int_equal(tree_getattr(s.tree, node, &attr), -ESTALE);
    tree_ref(s.tree, TREE_ROOT, 1);
    tree_forget(s.tree, TREE_ROOT, 1);
    assert_int_equal(tree_getattr(s.tree, TREE_ROOT, &attr), 0);
    remove_stack(&s);
}

static void attributes_of_any_type(void **state)
{
    (void)state;
    static const struct thing things[] = {
        {1, 'f', "f", "x"}, {1, 'a', "f", "user.one=1"},   {1, 'a', "f", "user.two=22"},
        {0, 'd', "d", 0},   {0, 'a', "d", "user.three=3"}, {1, 'l', "l", "nowhere"},
        {1, 'p', "p", 0},
    };
    struct stack s = {.tree = NULL};
    make_stack(&s, things, sizeof(things) / sizeof(*things));
    bool root = geteuid() == 0;
    if (root) {
        assert_int_equal(lsetxattr(path_in(&s, 1, "l"), "trusted.link", "L", 1, 0), 0);
        assert_int_equal(lsetxattr(path_in(&s, 1, "p"), "trusted.fifo", "P", 1, 0), 0);
    }
    struct tree_attr attr;
    char value[64];
    uint64_t node = find(s.tree, "f", &attr);
    assert_int_equal(tree_getxattr(s.tree, node, "user.two", value, sizeof(value)), 2);
    assert_memory_equal(value, "22", 2);
    assert_int_equal(tree_getxattr(s.tree, node, "user.two", NULL, 0), 2);
    assert_int_equal(tree_getxattr(s.tree, node, "user.two", value, 1), -ERANGE);
    assert_int_equal(tree_getxattr(s.tree, node, "user.none", value, sizeof(value)), -ENODATA);
    assert_int_equal(tree_listxattr(s.tree, node, NULL, 0), 18);
    assert_int_equal(tree_listxattr(s.tree, node, value, sizeof(value)), 18);
    assert_int_equal(tree_listxattr(s.tree, node, value, 17), -ERANGE);
    assert_int_equal(tree_readlink(s.tree, node, value, sizeof(value)), -EINVAL);
    tree_forget(s.tree, node, 1);
    node = find(s.tree, "d", &attr);
    assert_int_equal(tree_getxattr(s.tree, node, "user.three", value, sizeof(value)), 1);
    struct tree_content content;
    assert_int_equal(tree_content(s.tree, node, &content), -EISDIR);
    tree_forget(s.tree, node, 1);
    node = find(s.tree, "l", &attr);
    assert_int_equal(tree_getxattr(s.tree, node, "trusted.link", value, sizeof(value)), root ? 1 : -ENODATA);
    assert_int_equal(tree_listxattr(s.tree, node, value, sizeof(value)), root ? 13 : 0);
    assert_int_equal(tree_readlink(s.tree, node, value, 3), 7);
    assert_memory_equal(value, "now", 3);
    assert_int_equal(tree_content(s.tree, node, &content), -EINVAL);
    tree_forget(s.tree, node, 1);
    node = find(s.tree, "p", &attr);
    assert_int_equal(tree_getxattr(s.tree, node, "trusted.fifo", value, sizeof(value)), root ? 1 : -ENODATA);
    assert_int_equal(tree_content(s.tree, node, &content), -EINVAL);
    tree_forget(s.tree, node, 1);
    struct statvfs fs;
    assert_int_equal(tree_statfs(s.tree, &fs), 0);
    assert_true(fs.f_namemax >= 255);
    remove_stack(&s);
}

static void metadata_only_files_show_their_blocks(void **state)
{
    (void)state;
    struct stack s = {.tree = NULL};
    make_base(&s);
    char data[8192];
    memset(data, 'd', sizeof(data) - 1);
    data[sizeof(data) - 1] = 0;
    write_file(path_in(&s, 1, "a"), data);
    write_file(path_in(&s, 0, "a"), "");
    assert_int_equal(truncate(path_in(&s, 0, "a"), sizeof(data) - 1), 0);
    assert_int_equal(chmod(path_in(&s, 0, "a"), 0600), 0);
    set_mark(path_in(&s, 0, "a"), "metacopy", "");
    open_tree_with(&s, LAYERS, 8);
    struct tree_attr attr;
    struct stat top, low;
    assert_int_equal(stat(path_in(&s, 0, "a"), &top), 0);
    assert_int_equal(stat(path_in(&s, 1, "a"), &low), 0);
    uint64_t node = find(s.tree, "a", &attr);
    assert_int_equal(attr.ino, top.st_ino);
    assert_int_equal(attr.mode, S_IFREG | 0600);
    assert_int_equal(attr.size, sizeof(data) - 1);
    assert_int_equal(attr.blocks, low.st_blocks);
    struct tree_content c;
    assert_int_equal(tree_content(s.tree, node, &c), 0);
    assert_int_equal(c.size, sizeof(data) - 1);
    tree_content_put(s.tree, &c);
    tree_forget(s.tree, node, 1);
    remove_stack(&s);
}

static void user_redirects_need_a_user(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    static const struct thing things[] = {
        {0, 'd', "n", 0},
        {0, 'a', "n", "user.overlay.redirect=secret"},
        {0, 'f', "f", "mine"},
        {0, 'a', "f", "user.overlay.metacopy="},
        {0, 'a', "f", "user.overlay.redirect=/secret/a"},
        {1, 'd', "secret", 0},
        {1, 'f', "secret/a", "1"},
        {0, 'c', "secret", 0},
    };
    struct stack s = {.tree = NULL};
    cleanup_buf struct buf out = BUF_INIT;
    make_stack(&s, things, sizeof(things) / sizeof(*things));
    assert_string_equal(dump(s.tree, &out), "f=mine n/");
    remove_stack(&s);
}

static void inode_numbers(void **state)
{
    (void)state;
    dev_t devs[] = {makedev(8, 1), makedev(8, 2), makedev(0, 40)};
    struct stack_layers one = {.devs = devs, .n_devs = 1};
    struct stack_layers three = {.devs = devs, .n_devs = 3};
    const uint64_t top = UINT64_C(1) << 63;
    assert_true(stack_ino(&one, devs[0], 77) == 77);
    assert_true(stack_ino(&one, devs[0], top | 1) == (top | 1));
    assert_true(stack_ino(&one, devs[1], 77) & top);
    assert_true(stack_ino(&three, devs[0], 77) == 77);
    assert_true(stack_ino(&three, devs[1], 77) == (UINT64_C(1) << 62 | 77));
    assert_true(stack_ino(&three, devs[2], 77) == (UINT64_C(2) << 62 | 77));
    /* What does not fit goes where no composed number is. */
    assert_true(stack_ino(&three, devs[1], top | 77) >> 62 == 3);
    assert_true(stack_ino(&three, makedev(9, 9), 77) >> 62 == 3);
    assert_true(stack_ino(&three, devs[1], top | 77) != stack_ino(&three, devs[2], top | 77));
    assert_true(stack_ino(&three, devs[1], top | 77) != stack_ino(&three, devs[1], top | 78));
    dev_t many[500];
    for (unsigned i = 0; i < 500; i++)
        many[i] = makedev(1, i);
    struct stack_layers all = {.devs = many, .n_devs = 500};
    assert_true(stack_ino(&all, many[499], 1) == (UINT64_C(499) << 55 | 1));
    assert_true(stack_ino(&all, makedev(2, 0), 1) >> 55 == 511);
}

/* Programs see 32 bits for whatever leaves room in them for the device, and never one number for two files.
 */
static void shown_inode_numbers(void **state)
{
    (void)state;
    dev_t devs[500];
    for (unsigned i = 0; i < 500; i++)
        devs[i] = makedev(1, i);
    static const unsigned counts[] = {1, 2, 3, 4, 5, 500};
    static const unsigned own_bits[] = {32, 31, 30, 30, 29, 23}; /* of each for an inode number */
    for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
        struct stack_layers l = {.devs = devs, .n_devs = counts[c]};
        uint64_t first_not = UINT64_C(1) << own_bits[c];
        const uint64_t inos[] = {
            1, 77, first_not - 1, first_not, first_not + 77, UINT32_MAX, UINT64_C(1) << 40, UINT64_MAX - 1};
        uint64_t seen[2 * 8 + 1];
        size_t n = 0;
        for (unsigned d = 0; d < 2 && d < counts[c]; d++)
            for (size_t i = 0; i < sizeof(inos) / sizeof(*inos); i++) {
                if (i > 0 && inos[i] == inos[i - 1])
                    continue;
                seen[n] = stack_shown_ino(&l, stack_ino(&l, devs[d ? counts[c] - 1 : 0], inos[i]));
                assert_int_equal(seen[n] <= UINT32_MAX, inos[i] < first_not);
                for (size_t k = 0; k < n; k++)
                    if (seen[k] == seen[n])
                        assert_true(counts[c] == 1 && inos[i] == UINT32_MAX);
                n++;
            }
        /* A device that no layer's root is on. */
        assert_true(stack_shown_ino(&l, stack_ino(&l, makedev(2, 0), 1)) > UINT32_MAX);
    }
}

/* A branch's files have numbers of their own: as they are on the layers' device, else beside it. */
static void files_outside_have_their_own_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *upper; /* NULL: none */
        uint64_t ino;      /* of inode 7 there */
    } rows[] = {{NULL, 7}, {"", 7}, {"/proc", UINT64_C(1) << 62 | 7}};
    static const struct thing things[] = {{0, 'f', "f", "x"}};
    struct stack s = {.tree = NULL};
    make_base(&s);
    make_thing(&s, things);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int layer = open(path_in(&s, 0, "."), O_PATH | O_DIRECTORY | O_CLOEXEC);
        int upper = -1;
        struct stat of_upper, of_file;
        assert_int_equal(stat(path_in(&s, 0, "f"), &of_file), 0);
        assert_int_equal(fstat(layer, &of_upper), 0);
        if (rows[i].upper) {
            upper = open(*rows[i].upper ? rows[i].upper : s.base, O_PATH | O_DIRECTORY | O_CLOEXEC);
            assert_int_equal(fstat(upper, &of_upper), 0);
        }
        assert_int_equal(
            stack_tree_new(&layer, 1, &(struct stack_options){.upper_fd = upper, .work_fd = -1, .max_fds = 4},
                           &s.tree, NULL),
            0);
        if (upper >= 0)
            assert_int_equal(close(upper), 0);
        assert_true(tree_outside_ino(s.tree, of_upper.st_dev, 7) == rows[i].ino);
        struct tree_attr attr;
        tree_forget(s.tree, find(s.tree, "f", &attr), 1);
        assert_true(attr.ino == of_file.st_ino);
        tree_free(s.tree);
        s.tree = NULL;
    }
    int layer = open(path_in(&s, 0, "."), O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct err err = {""};
    assert_int_equal(stack_tree_new(&layer, 1,
                                    &(struct stack_options){.upper_fd = 9999, .work_fd = -1, .max_fds = 4},
                                    &s.tree, &err),
                     -EBADF);
    assert_non_null(strstr(err.text, "upper directory"));
    assert_int_equal(close(layer), 0); /* still ours */
    remove_stack(&s);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_names_are_refused),
        cmocka_unit_test(names_of_one_file_are_one_node),
        cmocka_unit_test(a_name_leads_back_to_its_node),
        cmocka_unit_test(references_are_counted),
        cmocka_unit_test(attributes_of_any_type),
        cmocka_unit_test(metadata_only_files_show_their_blocks),
        cmocka_unit_test(user_redirects_need_a_user),
        cmocka_unit_test(inode_numbers),
        cmocka_unit_test(shown_inode_numbers),
        cmocka_unit_test(files_outside_have_their_own_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
