/* SPDX-License-Identifier: Apache-2.0 */
/* What a tree of live directories may take: memory and descriptors, however much there is to see; and which
 * directories can be its layers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "made_stack.h"
#include "stack/stack_tree.h"

static unsigned open_fds(void)
{
    unsigned n = 0;
    DIR *d = opendir("/proc/self/fd");
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void a_walk_leaves_nothing_behind(void **state)
{
    (void)state;
    struct stack s = {.tree = NULL};
    make_base(&s);
    for (unsigned d = 0; d < 40; d++) {
        char path[64];
        for (unsigned layer = 0; layer < 2; layer++) {
            snprintf(path, sizeof(path), "dir%u", d);
            assert_int_equal(mkdir(path_in(&s, layer, path), 0755), 0);
            for (unsigned f = 0; f < 50; f++) {
                snprintf(path, sizeof(path), "dir%u/file%u-%u", d, layer, f);
                write_file(path_in(&s, layer, path), "x");
            }
        }
    }
    open_tree_with(&s, 2, 4);
    unsigned fds = open_fds();
    cleanup_buf struct buf out = BUF_INIT;
    dump(s.tree, &out); /* warms stdio and the root's listing, which stays */
    size_t before = mallinfo2().uordblks;
    bool counted = before > 0; /* sanitizers have an allocator of their own */

    static uint64_t nodes[5000];
    size_t n = 0;
    struct tree_entry e, f;
    char scratch[256], inner[256];
    struct tree_attr attr;
    for (uint64_t i = 0; tree_entry(s.tree, TREE_ROOT, i, &e, scratch) > 0; i++) {
        uint64_t dir;
        assert_int_equal(tree_lookup(s.tree, TREE_ROOT, e.name, e.name_len, &dir, &attr), 0);
        nodes[n++] = dir;
        for (uint64_t j = 0; tree_entry(s.tree, dir, j, &f, inner) > 0; j++) {
            struct tree_content c;
            assert_int_equal(tree_lookup(s.tree, dir, f.name, f.name_len, &nodes[n], &attr), 0);
            assert_int_equal(tree_content(s.tree, nodes[n++], &c), 0);
            tree_content_put(s.tree, &c);
        }
    }
    assert_int_equal(n, 40 + 40 * 100);
    assert_true(!counted || mallinfo2().uordblks > before + n * 50);
    assert_true(open_fds() <= fds + 4);
    /* Parents first, as the kernel may do it. */
    for (size_t i = 0; i < n; i++)
        tree_forget(s.tree, nodes[i], 1);
    size_t after = mallinfo2().uordblks;
    if (counted && after > before + 16 * 1024) /* some freed blocks stay in malloc's own caches */
        fail_msg("%zu bytes before, %zu after", before, after);
    assert_int_equal(tree_getattr(s.tree, nodes[0], &attr), -ESTALE);
    remove_stack(&s);
}

static void deep_directories_need_few_descriptors(void **state)
{
    (void)state;
    enum { DEPTH = 3000 };
    struct stack s = {.tree = NULL};
    make_base(&s);
    int at = open(path_in(&s, 1, "."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (unsigned i = 0; i < DEPTH; i++) {
        assert_int_equal(mkdirat(at, "directory", 0755), 0);
        int next = openat(at, "directory", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        close(at);
        at = next;
    }
    close(at);
    open_tree_with(&s, LAYERS, 2);
    unsigned fds = open_fds();
    static uint64_t nodes[DEPTH];
    uint64_t dir = TREE_ROOT;
    struct tree_attr attr;
    for (unsigned i = 0; i < DEPTH; i++) {
        assert_int_equal(tree_lookup(s.tree, dir, "directory", 9, &nodes[i], &attr), 0);
        dir = nodes[i];
    }
    assert_true(open_fds() <= fds + 2);
    /* Its way down is out of the cache by now. */
    assert_int_equal(tree_getattr(s.tree, nodes[DEPTH / 2], &attr), 0);
    assert_int_equal(tree_getattr(s.tree, nodes[DEPTH - 1], &attr), 0);
    assert_true(open_fds() <= fds + 2);
    uint64_t parent, ino;
    assert_int_equal(tree_parent(s.tree, nodes[7], &parent, &ino), 0);
    assert_int_equal(parent, nodes[6]);
    for (unsigned i = 0; i < DEPTH; i++)
        tree_forget(s.tree, nodes[i], 1);
    remove_stack(&s);
}

static void the_most_layers(void **state)
{
    (void)state;
    struct stack s = {.tree = NULL};
    make_base(&s);
    static int fds[STACK_MAX_LAYERS + 1];
    char path[128];
    for (unsigned i = 0; i < STACK_MAX_LAYERS; i++) {
        snprintf(path, sizeof(path), "%s/layer%u", s.base, i);
        assert_int_equal(mkdir(path, 0755), 0);
        fds[i] = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(fds[i] >= 0);
        snprintf(path, sizeof(path), "%s/layer%u/d", s.base, i);
        assert_int_equal(mkdir(path, 0755), 0);
        snprintf(path, sizeof(path), "%s/layer%u/d/f%u", s.base, i, i);
        write_file(path, "x");
    }
    struct err err;
    assert_int_equal(stack_tree_new(fds, STACK_MAX_LAYERS + 1,
                                    &(struct stack_options){.upper_fd = -1, .work_fd = -1, .max_fds = 8},
                                    &s.tree, &err),
                     -EINVAL);
    assert_int_equal(stack_tree_new(fds, 0,
                                    &(struct stack_options){.upper_fd = -1, .work_fd = -1, .max_fds = 8},
                                    &s.tree, &err),
                     -EINVAL);
    unsigned before = open_fds();
    assert_int_equal(stack_tree_new(fds, STACK_MAX_LAYERS,
                                    &(struct stack_options){.upper_fd = -1, .work_fd = -1, .max_fds = 8},
                                    &s.tree, &err),
                     0);
    struct tree_attr attr;
    uint64_t dir = find(s.tree, "d", &attr);
    struct tree_entry e;
    char scratch[256];
    uint64_t n = 0;
    while (tree_entry(s.tree, dir, n, &e, scratch) > 0)
        n++;
    assert_int_equal(n, STACK_MAX_LAYERS);
    assert_true(open_fds() <= before + 8);
    tree_forget(s.tree, dir, 1);
    tree_forget(s.tree, find(s.tree, "d/f499", &attr), 1);
    remove_stack(&s);
    assert_true(open_fds() <= before - STACK_MAX_LAYERS);
}

static void layers_must_be_apart(void **state)
{
    (void)state;
    static const struct thing things[] = {{1, 'd', "d", 0}, {1, 'd', "d/e", 0}};
    static const struct {
        const char *paths[3]; /* in the directory of the layers */
        const char *says;     /* NULL: fine */
    } cases[] = {
        {{"0", "1", "2"}, NULL},
        {{"0", "2", "0"}, "same directory"},
        {{"1/d/e", "0", "1"}, "layer 1, counted from the top, lies within layer 3"},
        {{"1", "0", "1/d"}, "layer 3, counted from the top, lies within layer 1"},
        {{"1/d", "0", "2"}, NULL},
    };
    struct stack s = {.tree = NULL};
    make_base(&s);
    for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++)
        make_thing(&s, &things[i]);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int fds[3];
        for (unsigned j = 0; j < 3; j++) {
            char path[128];
            snprintf(path, sizeof(path), "%s/%s", s.base, cases[i].paths[j]);
            fds[j] = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
            assert_true(fds[j] >= 0);
        }
        struct err err = {""};
        int r = stack_tree_new(fds, 3, &(struct stack_options){.upper_fd = -1, .work_fd = -1, .max_fds = 4},
                               &s.tree, &err);
        assert_int_equal(r, cases[i].says ? -ELOOP : 0);
        if (r == 0) {
            tree_free(s.tree);
            continue;
        }
        assert_non_null(strstr(err.text, cases[i].says));
        for (unsigned j = 0; j < 3; j++)
            assert_int_equal(close(fds[j]), 0);
    }
    s.tree = NULL;
    remove_stack(&s);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_leaves_nothing_behind),
        cmocka_unit_test(deep_directories_need_few_descriptors),
        cmocka_unit_test(the_most_layers),
        cmocka_unit_test(layers_must_be_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
