/* SPDX-License-Identifier: Apache-2.0 */
/* What an image tree tells a branch on it; the rest is tested with stores and mounts. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "indexing/index_writer.h"
#include "os/cleanup.h"
#include "tree/image_tree.h"

/* / { d { f, g }, e -> g } */
static struct tree *make_tree(void)
{
    static const struct {
        struct index_inode inode;
        const char *name;
    } inodes[] = {
        {{.mode = S_IFDIR, .nlink = 3, .parent = 1, .entries = 2}, NULL},
        {{.mode = S_IFDIR, .nlink = 2, .parent = 1, .first = 2, .entries = 2}, "d"},
        {{.mode = S_IFIFO, .nlink = 2, .parent = 1}, "e"},
        {{.mode = S_IFIFO, .nlink = 1, .parent = 2}, "f"},
    };
    struct index_writer *w = index_writer_new(INDEX_TREE, -1);
    cleanup_fd int fd = memfd_create("index", MFD_CLOEXEC);
    struct index *ix;
    struct tree *t;
    uint32_t ino;

    assert_int_equal(fchmod(fd, 0600), 0);
    for (size_t i = 0; i < sizeof(inodes) / sizeof(*inodes); i++) {
        struct index_name name = {
            inodes[i].name, 1, (uint32_t)i + 1, (uint8_t)IFTODT(inodes[i].inode.mode), 0, 0};

        assert_int_equal(index_writer_inode(w, &inodes[i].inode, &ino), 0);
        if (name.name)
            assert_int_equal(index_writer_name(w, &name, NULL), 0);
    }
    assert_int_equal(index_writer_name(w, &(struct index_name){"g", 1, 3, DT_FIFO, 0, 0}, NULL), 0);
    assert_int_equal(index_writer_finish(w, fd), 0);
    index_writer_free(w);
    assert_int_equal(index_open(fd, "tree", INDEX_TREE, &ix, NULL), 0);
    assert_int_equal(image_tree_new(ix, open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), 1, &t), 0);
    return t;
}

static void a_name_leads_back_to_its_node(void **state)
{
    static const struct {
        uint64_t node;
        int expected;
        uint64_t dir;
        const char *name;
    } rows[] = {
        {1, -EINVAL, 0, NULL}, {2, 0, 1, "d"},         {3, 0, 1, "e"},
        {4, 0, 2, "f"},        {5, -EUCLEAN, 0, NULL}, {UINT64_MAX, -EUCLEAN, 0, NULL},
    };
    struct tree *t = make_tree();
    struct tree_attr attr;
    uint64_t dir, node;
    char name[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(tree_name(t, rows[i].node, &dir, name), rows[i].expected);
        if (rows[i].expected < 0)
            continue;
        assert_int_equal(dir, rows[i].dir);
        assert_string_equal(name, rows[i].name);
        assert_int_equal(tree_lookup(t, dir, name, strlen(name), &node, &attr), 0);
        assert_int_equal(node, rows[i].node);
        tree_ref(t, node, 2);
        tree_forget(t, node, 3);
    }
    tree_free(t);
}

/* An entry leads to what a lookup of its name finds, and not to a node that the directory does not have under
 * it. */
static void entries_lead_to_their_nodes(void **state)
{
    struct tree *t = make_tree();
    struct tree_entry e;
    char scratch[256];
    unsigned n = 0;

    (void)state;
    for (uint64_t dir = 1; dir <= 2; dir++) {
        for (uint64_t i = 0; tree_entry(t, dir, i, &e, scratch) > 0; i++) {
            struct tree_attr attr, expected;
            uint64_t node, looked_up;

            assert_int_equal(tree_entry_lookup(t, dir, &e, &node, &attr), 0);
            assert_int_equal(tree_lookup(t, dir, e.name, e.name_len, &looked_up, &expected), 0);
            assert_int_equal(node, looked_up);
            assert_memory_equal(&attr, &expected, sizeof(attr));
            n++;
        }
    }
    assert_int_equal(n, 4);
    assert_int_equal(tree_entry(t, 1, 0, &e, scratch), 1);
    e.type = DT_REG;
    assert_int_equal(tree_entry_lookup(t, 1, &e, &(uint64_t){0}, &(struct tree_attr){0}), -EUCLEAN);
    e.type = DT_DIR;
    assert_int_equal(tree_entry_lookup(t, 2, &e, &(uint64_t){0}, &(struct tree_attr){0}), -EUCLEAN);
    tree_free(t);
}

static void files_outside_have_numbers_apart(void **state)
{
    static const ino_t inos[] = {0, 1, 2, UINT32_MAX, INT64_MAX - (1ull << 40), INT64_MAX, UINT64_MAX};
    enum { N = sizeof(inos) / sizeof(*inos) };
    struct tree *t = make_tree(), *again = make_tree();
    uint64_t shown[N];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        shown[i] = tree_outside_ino(t, 1, inos[i]);
        assert_true(shown[i] > UINT32_MAX);
        assert_true(shown[i] == tree_outside_ino(again, 2, inos[i])); /* st_dev changes over a reboot */
        for (size_t k = 0; k < i; k++)
            assert_true(shown[i] != shown[k]);
    }
    /* Programs see those that fit behind the tree's four, the others as they are. */
    for (uint64_t ino = 1; ino <= 4; ino++)
        assert_true(tree_shown_ino(t, ino) == ino);
    assert_true(tree_shown_ino(t, shown[1]) == 5);
    assert_true(tree_shown_ino(t, tree_outside_ino(t, 1, UINT32_MAX - 4)) == UINT32_MAX);
    assert_true(tree_shown_ino(t, tree_outside_ino(t, 1, UINT32_MAX - 3)) > UINT32_MAX);
    for (size_t i = 3; i < N; i++)
        assert_true(tree_shown_ino(t, shown[i]) == shown[i]);
    assert_true(shown[1] == (UINT64_C(1) << 40 | 1));
    assert_true(shown[4] == INT64_MAX);
    assert_true(shown[N - 1] >> 63);
    tree_free(t);
    tree_free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_leads_back_to_its_node),
        cmocka_unit_test(entries_lead_to_their_nodes),
        cmocka_unit_test(files_outside_have_numbers_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
