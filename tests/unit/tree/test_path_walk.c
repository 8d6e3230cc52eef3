/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tree/path_walk.h"
#include "tree/tree.h"

/* A tree in memory that counts references: node n is nodes[n]. */
struct fake_node {
    uint64_t parent;
    const char *name;
    uint32_t mode;
    const char *target;
};

static char long_target[4096], longest_target[4097];

static const struct fake_node nodes[] = {
    [1] = {1, "", S_IFDIR, NULL},
    [2] = {1, "a", S_IFDIR, NULL},
    [3] = {2, "b", S_IFDIR, NULL},
    [4] = {3, "f", S_IFREG, NULL},
    [5] = {1, "rel", S_IFLNK, "a/b"},
    [6] = {2, "abs", S_IFLNK, "/a/b"},
    [7] = {3, "up", S_IFLNK, "../../a"},
    [8] = {1, "out", S_IFLNK, "../../../a"},
    [9] = {1, "self", S_IFLNK, "self"},
    [10] = {1, "chain", S_IFLNK, "rel"},
    [11] = {1, "dangling", S_IFLNK, "nowhere"},
    [12] = {1, "tofile", S_IFLNK, "a/b/f"},
    [13] = {1, "slash", S_IFLNK, "a/"},
    [14] = {1, "root", S_IFLNK, "/"},
    [15] = {1, "long", S_IFLNK, long_target},
    [16] = {1, "longest", S_IFLNK, longest_target},
    [17] = {1, "empty", S_IFLNK, ""},
    [18] = {1, "fileslash", S_IFLNK, "a/b/f/"},
};
#define N_NODES (sizeof(nodes) / sizeof(*nodes))

struct fake {
    struct tree tree;
    unsigned refs[N_NODES];
};

static int fake_getattr(struct tree *t, uint64_t node, struct tree_attr *ret)
{
    struct fake *f = (struct fake *)t;
    assert_true(node == TREE_ROOT || (node < N_NODES && f->refs[node] > 0));
    *ret = (struct tree_attr){.ino = node, .mode = nodes[node].mode};
    return 0;
}

static int fake_lookup(struct tree *t, uint64_t dir, const char *name, size_t len, uint64_t *ret_node,
                       struct tree_attr *ret_attr)
{
    struct fake *f = (struct fake *)t;
    assert_true(dir == TREE_ROOT || f->refs[dir] > 0);
    assert_true(len > 0 && !memchr(name, '/', len));
    assert_true(S_ISDIR(nodes[dir].mode));
    for (uint64_t i = 2; i < N_NODES; i++)
        if (nodes[i].parent == dir && strlen(nodes[i].name) == len && memcmp(nodes[i].name, name, len) == 0) {
            f->refs[i]++;
            *ret_node = i;
            return fake_getattr(t, i, ret_attr);
        }
    return -ENOENT;
}

static void fake_forget(struct tree *t, uint64_t node, uint64_t n)
{
    struct fake *f = (struct fake *)t;
    assert_true(f->refs[node] >= n);
    f->refs[node] -= (unsigned)n;
}

static ssize_t fake_readlink(struct tree *t, uint64_t node, char *buf, size_t size)
{
    (void)t;
    size_t len = strlen(nodes[node].target);
    memcpy(buf, nodes[node].target, len < size ? len : size);
    return (ssize_t)len;
}

static const struct tree_ops fake_ops = {
    .lookup = fake_lookup, .forget = fake_forget, .getattr = fake_getattr, .readlink = fake_readlink};

static void walks(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool follow_last;
        int expect; /* a node or an error */
    } cases[] = {
        {"", false, 1},
        {"/", false, 1},
        {"///", true, 1},
        {".", false, 1},
        {"..", false, 1},
        {"/../../a", false, 2},
        {"a", false, 2},
        {"//a//b///f", false, 4},
        {"a/b/", false, 3},
        {"a/./b/../b/f", false, 4},
        {"a/b/..", false, 2},
        {"a/b/../..", false, 1},
        {"a/x", false, -ENOENT},
        {"a/x/..", false, -ENOENT},
        {"a/b/f/x", false, -ENOTDIR},
        {"a/b/f/..", false, -ENOTDIR},
        {"a/b/f/.", false, -ENOTDIR},
        {"a/b/f/", false, -ENOTDIR},
        {"rel", false, 5},
        {"rel", true, 3},
        {"rel/", false, 3},
        {"rel/f", false, 4},
        {"rel/..", false, 2},
        {"a/abs", true, 3},
        {"a/abs/f", false, 4},
        {"rel/up/b/f", false, 4},
        {"out", true, 2},
        {"out/b/up/abs/up", false, 7},
        {"out/b/up/abs/up", true, 2},
        {"self", false, 9},
        {"self", true, -ELOOP},
        {"self/x", false, -ELOOP},
        {"chain/f", false, 4},
        {"dangling", false, 11},
        {"dangling", true, -ENOENT},
        {"tofile", true, 4},
        {"tofile/", true, -ENOTDIR},
        {"tofile/x", true, -ENOTDIR},
        {"slash", true, 2},
        {"slash/b", true, 3},
        {"fileslash", true, -ENOTDIR},
        {"root/a", true, 2},
        {"root", true, 1},
        {"long", true, 2},
        {"long/b", true, 3},
        {"longest", false, 16},
        {"longest", true, -ENAMETOOLONG},
        {"empty", true, -ENOENT},
    };
    memset(long_target, '/', sizeof(long_target) - 1);
    long_target[sizeof(long_target) - 2] = 'a';
    memset(longest_target, '/', sizeof(longest_target) - 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct fake f = {.tree = {&fake_ops, 1}};
        uint64_t node = 0;
        struct tree_attr attr = {.ino = 0};
        int r = tree_walk(&f.tree, cases[i].path, cases[i].follow_last, &node, &attr);
        if ((r < 0 ? r : (int)node) != cases[i].expect)
            fail_msg("\"%s\": %d, node %d", cases[i].path, r, (int)node);
        if (r == 0 && node != TREE_ROOT) {
            assert_int_equal(f.refs[node], 1);
            f.refs[node] = 0;
        }
        if (r == 0)
            assert_int_equal(attr.ino, node);
        for (size_t j = 0; j < N_NODES; j++)
            assert_int_equal(f.refs[j], 0);
    }
}

static void long_names_and_many_links(void **state)
{
    (void)state;
    struct fake f = {.tree = {&fake_ops, 1}};
    uint64_t node;
    struct tree_attr attr;
    char path[1024];
    memset(path, 'n', sizeof(path));
    path[256] = 0;
    assert_int_equal(tree_walk(&f.tree, path, false, &node, &attr), -ENAMETOOLONG);
    path[255] = 0;
    assert_int_equal(tree_walk(&f.tree, path, false, &node, &attr), -ENOENT);
    path[0] = 0;
    for (unsigned i = 0; i < 40; i++)
        strcat(path, "root/");
    assert_int_equal(tree_walk(&f.tree, path, true, &node, &attr), 0);
    assert_int_equal(node, TREE_ROOT);
    strcat(path, "root");
    assert_int_equal(tree_walk(&f.tree, path, false, &node, &attr), 0);
    assert_int_equal(node, 14);
    assert_int_equal(tree_walk(&f.tree, path, true, &node, &attr), -ELOOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks),
        cmocka_unit_test(long_names_and_many_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
