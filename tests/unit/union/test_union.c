/* SPDX-License-Identifier: Apache-2.0 */
/* The union over a tree of a few nodes that lives in this file: what it adds to a tree, and that it gives
 * back what it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "union/union.h"

/* Node 1: the root, with "a" (node 2, a file) and "d" (node 3, an empty directory). */
struct fake {
    struct tree tree;
    int references, freed;
    bool lost;         /* lists a third name, which is not found */
    const char *names; /* of node 2's attributes */
    size_t names_len;
};

static const struct tree_attr attrs[] = {
    {0},
    {.ino = 100, .mode = S_IFDIR | 0755, .nlink = 3},
    {.ino = 200,
     .mode = S_IFREG | 04711,
     .nlink = 2,
     .uid = 70000,
     .gid = 5,
     .rdev_major = 8,
     .rdev_minor = 300,
     .size = 5ull << 40,
     .blocks = 17,
     .atime = {1, 2},
     .mtime = {-3, 4},
     .ctime = {5, 6}},
    {.ino = 300, .mode = S_IFDIR | 0700, .nlink = 2},
};

static int fake_lookup(struct tree *t, uint64_t dir, const char *name, size_t len, uint64_t *ret,
                       struct tree_attr *attr)
{
    uint64_t node = len == 1 && dir == 1 ? (*name == 'a' ? 2 : *name == 'd' ? 3 : 0) : 0;

    if (!node)
        return -ENOENT;
    ((struct fake *)t)->references++;
    *ret = node;
    *attr = attrs[node];
    return 0;
}

static void fake_forget(struct tree *t, uint64_t node, uint64_t n)
{
    (void)node;
    ((struct fake *)t)->references -= (int)n;
}

static int fake_getattr(struct tree *t, uint64_t node, struct tree_attr *ret)
{
    (void)t;
    *ret = attrs[node];
    return 0;
}

static int fake_parent(struct tree *t, uint64_t node, uint64_t *ret_parent, uint64_t *ret_ino)
{
    (void)t, (void)node;
    *ret_parent = 1;
    *ret_ino = attrs[1].ino;
    return 0;
}

static int fake_entry(struct tree *t, uint64_t dir, const struct tree_list *list, uint64_t position,
                      struct tree_entry *ret, char scratch[256])
{
    (void)list;
    if (dir == 1 && position == 2 && ((struct fake *)t)->lost) {
        *ret = (struct tree_entry){strcpy(scratch, "lost"), 4, 400, DT_REG, position};
        return 1;
    }
    if (dir != 1 || position >= 2)
        return 0;
    strcpy(scratch, position ? "d" : "a");
    *ret = (struct tree_entry){scratch, 1, position ? 300 : 200, position ? DT_DIR : DT_REG, position};
    return 1;
}

static ssize_t fake_getxattr(struct tree *t, uint64_t node, const char *name, void *value, size_t size)
{
    (void)t, (void)node, (void)name;
    if (size > 0)
        memcpy(value, "v", 1);
    return 1;
}

static ssize_t fake_listxattr(struct tree *t, uint64_t node, char *list, size_t size)
{
    struct fake *f = (struct fake *)t;

    (void)node;
    if (size > 0 && size < f->names_len)
        return -ERANGE;
    if (size > 0)
        memcpy(list, f->names, f->names_len);
    return (ssize_t)f->names_len;
}

static int fake_statfs(struct tree *t, struct statvfs *ret)
{
    (void)t;
    *ret = (struct statvfs){.f_bsize = 4096};
    return 0;
}

static void fake_free(struct tree *t)
{
    ((struct fake *)t)->freed++;
}

static const struct tree_ops fake_ops = {
    .lookup = fake_lookup,
    .forget = fake_forget,
    .getattr = fake_getattr,
    .parent = fake_parent,
    .entry = fake_entry,
    .getxattr = fake_getxattr,
    .listxattr = fake_listxattr,
    .statfs = fake_statfs,
    .free = fake_free,
};

static struct un *new_union(struct fake *f)
{
    struct un *u;

    *f = (struct fake){.tree = {.ops = &fake_ops, .immutable = true, .marks = TREE_MARKS_USER}};
    assert_int_equal(un_new(&f->tree, NULL, &u, NULL), 0);
    return u;
}

static void end_union(struct un *u, struct fake *f)
{
    un_free(u);
    assert_int_equal(f->freed, 1);
}

/* The end of a mount brings no RELEASEDIR for a directory that is open then. */
static void test_listings_open_at_the_end(void **state)
{
    struct fake f;
    struct un *u = new_union(&f);
    struct un_list *lists[3];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(un_list_open(u, &lists[i]), 0);
    un_list_close(u, lists[1]);
    end_union(u, &f); /* LeakSanitizer finds what is left */
}

static void test_lookup(void **state)
{
    char name[UN_NAME_MAX + 2];
    struct fake f;
    struct un *u = new_union(&f);
    struct stat st;
    uint64_t node;

    (void)state;
    assert_int_equal(un_lookup(u, UN_ROOT, "a", &node, &st), 0);
    assert_int_equal(node, 2);
    assert_int_equal(f.references, 1);
    un_forget(u, node, 1);
    assert_int_equal(f.references, 0);
    assert_int_equal(un_lookup(u, UN_ROOT, "b", &node, &st), -ENOENT);
    memset(name, 'n', sizeof name);
    name[UN_NAME_MAX] = '\0';
    assert_int_equal(un_lookup(u, UN_ROOT, name, &node, &st), -ENOENT);
    name[UN_NAME_MAX] = 'n';
    name[UN_NAME_MAX + 1] = '\0';
    assert_int_equal(un_lookup(u, UN_ROOT, name, &node, &st), -ENAMETOOLONG);
    end_union(u, &f);
}

static void test_stat(void **state)
{
    struct fake f;
    struct un *u = new_union(&f);
    struct stat st;

    (void)state;
    assert_int_equal(un_getattr(u, 2, &st), 0);
    assert_int_equal(st.st_ino, 200);
    assert_int_equal(st.st_mode, S_IFREG | 04711);
    assert_int_equal(st.st_nlink, 2);
    assert_int_equal(st.st_uid, 70000);
    assert_int_equal(st.st_gid, 5);
    assert_int_equal(st.st_rdev, makedev(8, 300));
    assert_true(st.st_size == 5ll << 40);
    assert_int_equal(st.st_blocks, 17);
    assert_int_equal(st.st_blksize, 4096);
    assert_int_equal(st.st_atim.tv_sec, 1);
    assert_int_equal(st.st_mtim.tv_sec, -3);
    assert_int_equal(st.st_mtim.tv_nsec, 4);
    assert_int_equal(st.st_ctim.tv_nsec, 6);
    end_union(u, &f);
}

static void test_listing(void **state)
{
    static const struct {
        const char *name;
        uint64_t ino;
        uint32_t mode;
        bool is_dot;
    } expected[] = {{".", 100, S_IFDIR, true},
                    {"..", 100, S_IFDIR, true},
                    {"a", 200, S_IFREG, false},
                    {"d", 300, S_IFDIR, false}};
    struct fake f;
    struct un *u = new_union(&f);
    struct un_entry e;
    char scratch[256];
    uint64_t cookie = 0;

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(un_entry(u, UN_ROOT, cookie, &e, scratch), 1);
        assert_string_equal(e.name, expected[i].name);
        assert_int_equal(e.ino, expected[i].ino);
        assert_int_equal(e.mode, expected[i].mode);
        assert_int_equal(e.is_dot, expected[i].is_dot);
        assert_true(e.next > cookie);
        cookie = e.next;
    }
    assert_int_equal(un_entry(u, UN_ROOT, cookie, &e, scratch), 0);
    assert_int_equal(un_entry(u, UN_ROOT, UINT64_MAX, &e, scratch), 0);
    assert_int_equal(un_entry(u, 3, 0, &e, scratch), 1);
    assert_int_equal(e.ino, 300);
    assert_int_equal(un_entry(u, 2, 0, &e, scratch), -ENOTDIR);
    assert_int_equal(f.references, 0);
    end_union(u, &f);
}

/* Entries are listed with their files, each with one reference; one whose file cannot be found without. */
static void test_listing_with_files(void **state)
{
    static const uint64_t expected[] = {0, 0, 2, 3, 0};
    struct fake f;
    struct un *u = new_union(&f);
    struct un_entry e;
    struct stat st, looked_up;
    char scratch[256];
    uint64_t cookie = 0, node, same;

    (void)state;
    f.lost = true;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++, cookie = e.next) {
        assert_int_equal(un_entry_found(u, UN_ROOT, NULL, cookie, &e, scratch, &node, &st), 1);
        assert_int_equal(node, expected[i]);
        assert_int_equal(f.references, node ? 1 : 0);
        if (!node)
            continue;
        assert_int_equal(un_lookup(u, UN_ROOT, e.name, &same, &looked_up), 0);
        assert_int_equal(node, same);
        assert_memory_equal(&st, &looked_up, sizeof st);
        un_forget(u, node, 2);
    }
    assert_int_equal(un_entry_found(u, UN_ROOT, NULL, cookie, &e, scratch, &node, &st), 0);
    f.lost = false;
    end_union(u, &f);
}

static void test_xattrs(void **state)
{
    struct fake f;
    struct un *u = new_union(&f);
    char value[8], list[32];

    (void)state;
    assert_int_equal(un_getxattr(u, 2, "user.a", value, sizeof value, false), 1);
    assert_int_equal(un_getxattr(u, 2, "user.fuseoverlayfs.opaque", value, sizeof value, true), -ENODATA);
    assert_int_equal(un_getxattr(u, 2, "trusted.a", value, sizeof value, false), -ENODATA);
    f.names = "user.overlay.x\0user.a\0";
    f.names_len = 22;
    assert_int_equal(un_listxattr(u, 2, NULL, 0, false), 7);
    assert_int_equal(un_listxattr(u, 2, list, 6, false), -ERANGE);
    assert_int_equal(un_listxattr(u, 2, list, 7, false), 7);
    assert_memory_equal(list, "user.a", 7);
    end_union(u, &f);
}

/* More names than fit where the first try puts them, and more than any list can have. */
static void test_long_lists(void **state)
{
    static char names[70000];
    struct fake f;
    struct un *u = new_union(&f);

    (void)state;
    memset(names, 'n', sizeof names);
    names[4999] = names[65535] = names[69999] = '\0';
    f.names = names;
    f.names_len = 5000;
    assert_int_equal(un_listxattr(u, 2, NULL, 0, false), 5000);
    f.names_len = 65536;
    assert_int_equal(un_listxattr(u, 2, NULL, 0, false), 65536);
    f.names_len = 70000;
    assert_int_equal(un_listxattr(u, 2, NULL, 0, false), -E2BIG);
    end_union(u, &f);
}

static void test_statfs(void **state)
{
    struct fake f;
    struct un *u = new_union(&f);
    struct statvfs st;

    (void)state;
    assert_int_equal(un_statfs(u, &st), 0);
    assert_int_equal(st.f_namemax, 255);
    assert_true(st.f_flag & ST_RDONLY);
    assert_int_equal(st.f_bsize, 4096);
    assert_true(un_is_coherent(u));
    end_union(u, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listings_open_at_the_end),
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_stat),
        cmocka_unit_test(test_listing),
        cmocka_unit_test(test_listing_with_files),
        cmocka_unit_test(test_xattrs),
        cmocka_unit_test(test_long_lists),
        cmocka_unit_test(test_statfs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
