/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "union/nodes.h"

/* Frees a chain and says how long it was. */
static unsigned bury(struct node *dead)
{
    unsigned n = 0;

    while (dead) {
        struct node *next = dead->next_id;

        node_free(dead);
        dead = next;
        n++;
    }
    return n;
}

static void test_numbers(void **state)
{
    struct nodes *t = nodes_new();
    struct node *of_tree = node_new(t, 7, S_IFREG), *born = node_new(t, 0, S_IFDIR);

    (void)state;
    assert_int_equal(of_tree->id, 7);
    assert_true(born->id >= NODE_BORN);
    assert_true(node_new(t, 0, S_IFREG)->id != born->id);
    assert_ptr_equal(node_by_id(t, 7), of_tree);
    assert_ptr_equal(node_by_id(t, born->id), born);
    assert_null(node_by_id(t, 8));
    assert_int_equal(born->held_fd, -1);
    assert_int_equal(born->pins, 1);
    nodes_free(t);
    nodes_free(NULL);
}

static void test_upper(void **state)
{
    struct nodes *t = nodes_new();
    struct node *a = node_new(t, 1, S_IFREG), *b = node_new(t, 2, S_IFREG);

    (void)state;
    assert_null(node_by_upper(t, 100));
    node_set_upper(t, a, 100);
    assert_ptr_equal(node_by_upper(t, 100), a);
    node_set_upper(t, a, 200);
    assert_null(node_by_upper(t, 100));
    node_set_upper(t, b, 100);
    assert_ptr_equal(node_by_upper(t, 100), b);
    assert_ptr_equal(node_by_upper(t, 200), a);
    node_set_upper(t, a, 0);
    assert_null(node_by_upper(t, 200));
    assert_int_equal(bury(node_unpin(t, b, 0)), 1);
    assert_null(node_by_upper(t, 100));
    assert_null(node_by_id(t, 2));
    nodes_free(t);
}

/* A node holds those above it; the last one that goes takes them along. */
static void test_life(void **state)
{
    struct nodes *t = nodes_new();
    struct node *top = node_new(t, 1, S_IFDIR), *dir = node_new(t, 2, S_IFDIR),
                *file = node_new(t, 3, S_IFREG);

    (void)state;
    assert_int_equal(node_set_name(dir, top, "d"), 0);
    assert_int_equal(node_set_name(file, dir, "f"), 0);
    assert_string_equal(file->name, "f");
    file->lookups = 3;
    assert_int_equal(bury(node_unpin(t, file, 0)), 0); /* the kernel holds it */
    assert_int_equal(bury(node_unpin(t, dir, 0)), 0);  /* and so its directory */
    node_pin(file);
    assert_int_equal(bury(node_unpin(t, file, 2)), 0);
    node_pin(file);
    assert_int_equal(bury(node_unpin(t, file, 99)), 2); /* more than there is: the file and its directory */
    assert_ptr_equal(node_by_id(t, 1), top);
    assert_null(node_by_id(t, 2));
    assert_null(node_by_id(t, 3));
    assert_int_equal(top->pins, 1);
    assert_int_equal(bury(node_unpin(t, top, 0)), 1);
    nodes_free(t);
}

static void test_names(void **state)
{
    struct nodes *t = nodes_new();
    struct node *a = node_new(t, 1, S_IFDIR), *b = node_new(t, 2, S_IFDIR), *n = node_new(t, 3, S_IFREG);

    (void)state;
    node_set_name(n, a, "first");
    assert_int_equal(a->pins, 2);
    node_set_name(n, b, "second");
    assert_int_equal(a->pins, 1);
    assert_int_equal(b->pins, 2);
    node_take_name(n, b, strdup("third"));
    assert_int_equal(b->pins, 2);
    assert_string_equal(n->name, "third");
    node_set_name(n, NULL, NULL);
    assert_int_equal(b->pins, 1);
    assert_null(n->name);
    nodes_free(t);
}

/* Freeing a node frees what it has. */
static void test_held(void **state)
{
    struct nodes *t = nodes_new();
    struct node *n = node_new(t, 1, S_IFDIR);
    int fd = open("/", O_PATH | O_CLOEXEC);

    (void)state;
    n->held_fd = fd;
    n->names = names_new();
    names_add(n->names, "x");
    bury(node_unpin(t, n, 0));
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    nodes_free(t);
}

/* Another number, before anybody knows the first. */
static void test_renumbered(void **state)
{
    struct nodes *t = nodes_new();
    struct node *n = node_new(t, 0, S_IFREG);
    uint64_t counted = n->id;

    (void)state;
    assert_true(counted >= NODE_COUNTED);
    node_set_id(t, n, NODE_BORN | 5);
    assert_null(node_by_id(t, counted));
    assert_ptr_equal(node_by_id(t, NODE_BORN | 5), n);
    assert_int_equal(bury(node_unpin(t, n, 0)), 1);
    assert_null(node_by_id(t, NODE_BORN | 5));
    nodes_free(t);
}

/* What has a name in the upper is kept as long as the name, and so is what it is in. */
static void test_kept(void **state)
{
    struct nodes *t = nodes_new();
    struct node *dir = node_new(t, 1, S_IFDIR), *n = node_new(t, 2, S_IFREG),
                *other = node_new(t, 3, S_IFREG);

    (void)state;
    assert_false(nodes_keeps_all(t));
    nodes_keep(t);
    node_set_upper(t, n, 10);
    node_set_name(n, dir, "n");
    assert_null(node_unpin(t, n, 0));
    assert_null(node_unpin(t, dir, 0));
    assert_int_equal(bury(node_unpin(t, other, 0)), 1); /* not in the upper */
    assert_true(nodes_keeps_all(t));
    node_pin(n);
    n->dead = true;
    node_set_name(n, NULL, NULL);
    assert_int_equal(bury(node_unpin(t, n, 0)), 1);
    assert_true(nodes_keeps_all(t));
    node_pin(dir);
    assert_int_equal(bury(node_unpin(t, dir, 0)), 1);
    /* It has other names, which nobody knows. */
    n = node_new(t, 4, S_IFREG);
    node_set_upper(t, n, 11);
    assert_int_equal(bury(node_unpin(t, n, 0)), 1);
    assert_false(nodes_keeps_all(t));
    nodes_keep(t);
    assert_true(nodes_keeps_all(t));
    nodes_free(t);
}

static void test_many(void **state)
{
    enum { MANY = 50000 };
    static struct node *all[MANY];
    struct nodes *t = nodes_new();

    (void)state;
    for (uint64_t i = 0; i < MANY; i++) {
        all[i] = node_new(t, i + 1, S_IFREG);
        node_set_upper(t, all[i], i * 4096 + 1);
    }
    for (uint64_t i = 0; i < MANY; i++) {
        assert_ptr_equal(node_by_id(t, i + 1), all[i]);
        assert_ptr_equal(node_by_upper(t, i * 4096 + 1), all[i]);
    }
    for (uint64_t i = 0; i < MANY; i++)
        if (i % 1000 != 7)
            assert_int_equal(bury(node_unpin(t, all[i], 0)), 1);
    for (uint64_t i = 7; i < MANY; i += 1000) {
        assert_ptr_equal(node_by_id(t, i + 1), all[i]);
        assert_ptr_equal(node_by_upper(t, i * 4096 + 1), all[i]);
        assert_null(node_by_id(t, i + 2));
    }
    nodes_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),    cmocka_unit_test(test_upper), cmocka_unit_test(test_life),
        cmocka_unit_test(test_names),      cmocka_unit_test(test_held),  cmocka_unit_test(test_many),
        cmocka_unit_test(test_renumbered), cmocka_unit_test(test_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
