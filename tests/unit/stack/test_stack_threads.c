/* SPDX-License-Identifier: Apache-2.0 */
/* The stack tree with several threads at once; to be run under the thread sanitizer as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "made_stack.h"
#include "stack/stack_tree.h"

struct crowd {
    struct tree *tree;
    atomic_uint bad;
};

static void *walk_about(void *arg)
{
    struct crowd *c = arg;
    cleanup_buf struct buf out = BUF_INIT;
    static const char expect[] = "a=0 d/ d/e/ d/e/i=1 d/e/x=1 d/e/y=2 d/f=1 h=1";
    for (unsigned i = 0; i < 30; i++)
        if (strcmp(dump(c->tree, &out), expect) != 0)
            atomic_fetch_add(&c->bad, 1);
    return NULL;
}

static void many_threads(void **state)
{
    (void)state;
    static const struct thing things[] = {
        {0, 'f', "a", "0"},     {0, 'd', "d", 0},       {0, 'c', "d/g", 0},   {1, 'd', "d", 0},
        {1, 'd', "d/e", 0},     {1, 'f', "d/e/x", "1"}, {2, 'd', "d", 0},     {2, 'd', "d/e", 0},
        {2, 'f', "d/e/y", "2"}, {1, 'f', "d/f", "1"},   {2, 'f', "d/g", "2"}, {1, 'f', "h", "1"},
        {1, 'h', "d/e/i", "h"},
    };
    struct stack s = {.tree = NULL};
    make_base(&s);
    for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++)
        make_thing(&s, &things[i]);
    open_tree_with(&s, LAYERS, 2);
    struct crowd crowd = {.tree = s.tree};
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, walk_about, &crowd), 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&crowd.bad), 0);
    remove_stack(&s);
}

/* Looks at everything, whatever it finds: only crashes, hangs and leaks are failures. */
static void look_about(struct tree *t, uint64_t dir, unsigned depth)
{
    struct tree_entry e;
    char name[256], buf[64];
    for (uint64_t i = 0; depth < 6 && tree_entry(t, dir, i, &e, name) > 0; i++) {
        uint64_t node, parent, ino;
        struct tree_attr attr;
        struct tree_content c;
        if (tree_lookup(t, dir, e.name, e.name_len, &node, &attr) < 0)
            continue;
        (void)tree_getattr(t, node, &attr);
        (void)tree_parent(t, node, &parent, &ino);
        (void)tree_readlink(t, node, buf, sizeof(buf));
        (void)tree_listxattr(t, node, buf, sizeof(buf));
        if (tree_content(t, node, &c) == 0) {
            (void)!pread(c.fd, buf, sizeof(buf), (off_t)c.offset);
            tree_content_put(t, &c);
        }
        look_about(t, node, depth + 1);
        tree_forget(t, node, 1);
    }
}

static void *look_again(void *arg)
{
    struct crowd *c = arg;
    for (unsigned i = 0; i < 60; i++)
        look_about(c->tree, TREE_ROOT, 0);
    atomic_fetch_add(&c->bad, 1);
    return NULL;
}

static void layers_may_change_meanwhile(void **state)
{
    (void)state;
    struct stack s = {.tree = NULL};
    make_base(&s);
    static const char *const names[] = {"a",   "b",   "c",     "a/a",   "a/b",  "b/a",
                                        "b/c", "c/a", "a/a/a", "a/a/b", "b/a/b"};
    enum { N = sizeof(names) / sizeof(*names), THREADS = 3 };
    open_tree_with(&s, LAYERS, 3);
    stack_tree_hold_names(s.tree, 0);
    struct crowd crowd = {.tree = s.tree};
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_again, &crowd), 0);
    unsigned seed = 1;
    while (atomic_load(&crowd.bad) < THREADS) {
        seed = seed * 1664525u + 1013904223u;
        unsigned r = seed >> 8;
        const char *path = path_in(&s, r % 3, names[(r >> 4) % N]);
        switch ((r >> 10) % 9) {
        case 0:
        case 1:
            (void)!mkdir(path, 0755);
            break;
        case 2:
            (void)!mknod(path, S_IFREG | 0644, 0);
            break;
        case 3:
            (void)!mknod(path, S_IFCHR, makedev(0, 0));
            break;
        case 4:
            (void)!symlink("a", path);
            break;
        case 5:
            (void)!rename(path, path_in(&s, r % 3, names[(r >> 14) % N]));
            break;
        case 6:
            (void)!link(path_in(&s, r % 3, names[(r >> 14) % N]), path);
            break;
        default:
            (void)!remove(path);
        }
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    remove_stack(&s);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads),
        cmocka_unit_test(layers_may_change_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
