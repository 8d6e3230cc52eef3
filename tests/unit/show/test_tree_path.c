/* SPDX-License-Identifier: Apache-2.0 */
/* Walking a path of an image name by name, links included, over a small tree in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "show/tree_path.h"

/* Node numbers are places in this table, counted from 1. */
static const struct node {
    uint64_t parent;
    const char *name, *target; /* target: a symbolic link */
} nodes[] = {
    {1, "", NULL},          {1, "usr", NULL},       {2, "bin", NULL},    {3, "ls", NULL},
    {1, "bin", "usr/bin"},  {1, "abs", "/usr/bin"}, {1, "loop", "loop"}, {2, "up", "../bin/.."},
    {1, "gone", "nowhere"}, {3, "link", "ls"},      {2, "far", "/abs"},
};
static int references;

static struct tree_attr attr_of(uint64_t node)
{
    const struct node *n = &nodes[node - 1];
    return (struct tree_attr){.ino = node,
                              .mode = n->target   ? S_IFLNK | 0777
                                      : node == 4 ? S_IFREG | 0644
                                                  : S_IFDIR | 0755,
                              .size = n->target ? strlen(n->target) : 0};
}

static int lookup(struct tree *t, uint64_t dir, const char *name, size_t len, uint64_t *ret,
                  struct tree_attr *attr)
{
    (void)t;
    if (!S_ISDIR(attr_of(dir).mode))
        return -ENOTDIR;
    for (uint64_t i = 1; i < sizeof nodes / sizeof *nodes; i++) {
        if (nodes[i].parent != dir || strlen(nodes[i].name) != len || memcmp(nodes[i].name, name, len) != 0)
            continue;
        *ret = i + 1;
        *attr = attr_of(i + 1);
        references++;
        return 0;
    }
    return -ENOENT;
}

static void forget(struct tree *t, uint64_t node, uint64_t n)
{
    (void)t;
    references -= node == TREE_ROOT ? 0 : (int)n; /* whoever counts the root's does so for itself */
}

static int getattr(struct tree *t, uint64_t node, struct tree_attr *ret)
{
    (void)t;
    *ret = attr_of(node);
    return 0;
}

static int parent(struct tree *t, uint64_t node, uint64_t *ret, uint64_t *ret_ino)
{
    (void)t;
    *ret = *ret_ino = nodes[node - 1].parent;
    return 0;
}

static ssize_t link_target(struct tree *t, uint64_t node, char *buf, size_t size)
{
    const char *target = nodes[node - 1].target;
    size_t len = strlen(target);

    (void)t;
    memcpy(buf, target, len < size ? len : size);
    return (ssize_t)len;
}

static const struct tree_ops ops = {
    .lookup = lookup, .forget = forget, .getattr = getattr, .parent = parent, .readlink = link_target};

static void test_resolve(void **state)
{
    static const struct {
        const char *path;
        int r;
        const char *resolved;
    } cases[] = {
        {"/", 0, "/"},
        {"", 0, "/"},
        {"usr/bin/ls", 0, "/usr/bin/ls"},
        {"/bin/ls", 0, "/usr/bin/ls"},
        {"/abs/ls", 0, "/usr/bin/ls"},
        {"//bin//./ls/", 0, "/usr/bin/ls"},
        {"/usr/far/ls", 0, "/usr/bin/ls"},
        {"/bin", 0, "/bin"},  /* a last link stays */
        {"/bin/", 0, "/bin"}, /* also with a slash: the layers have the link */
        {"/bin/link", 0, "/usr/bin/link"},
        {"/usr/up/bin/ls", 0, "/usr/bin/ls"},
        {"/../../usr/../bin/ls", 0, "/usr/bin/ls"},
        {"/bin/missing/x", 0, "/usr/bin/missing/x"}, /* what is not there is taken as it is written */
        {"/gone/x", 0, "/nowhere/x"},
        {"/usr/bin/ls/x", 0, "/usr/bin/ls/x"},
        {"/loop/x", -ELOOP, NULL},
    };
    struct tree t = {.ops = &ops};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tree_path p = {0};
        references = 0;
        assert_int_equal(tree_path_resolve(&t, cases[i].path, &p), cases[i].r);
        if (cases[i].r == 0) {
            char *text = tree_path_string(&p);
            assert_string_equal(text, cases[i].resolved);
            free(text);
            tree_path_free(&p);
        }
        assert_int_equal(references, 0);
    }
}

static void test_too_long(void **state)
{
    struct tree t = {.ops = &ops};
    struct tree_path p = {0};
    char *path = malloc(2 * TREE_PATH_MAX_NAMES + 3);

    (void)state;
    for (size_t i = 0; i < TREE_PATH_MAX_NAMES + 1; i++)
        memcpy(path + 2 * i, "/x", 3);
    assert_int_equal(tree_path_resolve(&t, path, &p), -ENAMETOOLONG);
    path[2 * TREE_PATH_MAX_NAMES] = '\0';
    assert_int_equal(tree_path_resolve(&t, path, &p), 0);
    assert_int_equal(p.n, TREE_PATH_MAX_NAMES);
    tree_path_free(&p);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
