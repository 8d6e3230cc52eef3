/* SPDX-License-Identifier: Apache-2.0 */
/* Hard links of a layer under a branch: all names of a file show what is written under one of them. */
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
#include <sys/xattr.h>
#include <unistd.h>

#include "made_stack.h"
#include "scratch_dir.h"
#include "union/branch.h"
#include "union/links.h"
#include "union/union.h"

/* A layer with a file of three names ("a", "b", "d/c"), one of one name, and a link of two. */
struct scene {
    struct stack stack;
    struct scratch_dir s;
    struct un *u;
};

static bool try_mount(struct scene *c, bool metacopy, struct err *err)
{
    struct branch_config config = {
        .user_xattrs = geteuid() != 0, .redirect_dir = metacopy, .metacopy = metacopy};
    struct branch *branch;

    config.upper_fd = openat(c->s.fd, "u", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    config.base_fd = c->s.fd;
    config.work_fd = openat(c->s.fd, "w", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    open_tree_with(&c->stack, 1, 8);
    if (branch_open(&config, &branch, err) < 0)
        fail_msg("%s", err->text);
    if (un_new(c->stack.tree, branch, &c->u, err) < 0) {
        branch_free(branch);
        return false;
    }
    c->stack.tree = NULL; /* the union's now */
    return true;
}

static void mount_scene(struct scene *c, bool metacopy)
{
    struct err err = {""};

    if (!try_mount(c, metacopy, &err))
        fail_msg("%s", err.text);
}

static void remount(struct scene *c, bool metacopy)
{
    un_free(c->u);
    mount_scene(c, metacopy);
}

static void make_scene(struct scene *c, bool metacopy)
{
    static const struct thing things[] = {
        {0, 'f', "a", "old"}, {0, 'h', "b", "a"},      {0, 'd', "d", 0},   {0, 'h', "d/c", "a"},
        {0, 'f', "one", "1"}, {0, 'l', "l", "target"}, {0, 'h', "m", "l"},
    };

    *c = (struct scene){0};
    make_base(&c->stack);
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++)
        make_thing(&c->stack, &things[i]);
    scratch_make(&c->s);
    close(scratch_mkdir(&c->s, "u"));
    close(scratch_mkdir(&c->s, "w"));
    mount_scene(c, metacopy);
}

static void remove_scene(struct scene *c)
{
    un_free(c->u);
    scratch_remove(&c->s);
    remove_stack(&c->stack);
}

/* The node at "NAME" or "d/NAME"; the reference stays, as with a kernel that forgets nothing. */
static int find_node(struct scene *c, const char *path, uint64_t *ret, struct stat *st)
{
    uint64_t dir = UN_ROOT;

    if (strncmp(path, "d/", 2) == 0) {
        assert_int_equal(un_lookup(c->u, UN_ROOT, "d", &dir, st), 0);
        path += 2;
    }
    return un_lookup(c->u, dir, path, ret, st);
}

static uint64_t dir_of(struct scene *c)
{
    struct stat st;
    uint64_t dir;

    assert_int_equal(un_lookup(c->u, UN_ROOT, "d", &dir, &st), 0);
    return dir;
}

static void write_into(struct scene *c, const char *path, const char *text)
{
    struct tree_content content;
    struct stat st;
    uint64_t node;

    assert_int_equal(find_node(c, path, &node, &st), 0);
    assert_int_equal(un_content_write(c->u, node, false, &content), 0);
    assert_int_equal(pwrite(content.fd, text, strlen(text), (off_t)content.offset), (ssize_t)strlen(text));
    un_content_put(c->u, &content);
}

/* Each of the names shows this content, the same node, one number and this count; NULL ends the names. */
static void assert_one_file(struct scene *c, const char *const *names, const char *text, ino_t ino,
                            nlink_t links)
{
    uint64_t first = 0;

    for (; *names; names++) {
        struct tree_content content;
        struct stat st;
        uint64_t node;
        char buf[16] = "";

        assert_int_equal(find_node(c, *names, &node, &st), 0);
        if (first)
            assert_true(node == first);
        first = node;
        assert_true(st.st_ino == ino);
        assert_int_equal(st.st_nlink, links);
        assert_int_equal(un_content(c->u, node, &content), 0);
        assert_true(pread(content.fd, buf, sizeof buf - 1, (off_t)content.offset) >= 0);
        assert_string_equal(buf, text);
        un_content_put(c->u, &content);
    }
}

static const char *const three[] = {"a", "b", "d/c", NULL};

static void test_all_follow(void **state)
{
    (void)state;
    for (int metacopy = 0; metacopy < 2; metacopy++) {
        for (unsigned which = 0; which < 3; which++) {
            struct scene c;
            struct stat st;
            uint64_t node;

            make_scene(&c, metacopy);
            assert_int_equal(find_node(&c, "b", &node, &st), 0); /* known before */
            assert_one_file(&c, three, "old", st.st_ino, 3);
            write_into(&c, three[which], "new");
            assert_one_file(&c, three, "new", st.st_ino, 3);
            remount(&c, metacopy);
            assert_one_file(&c, three, "new", st.st_ino, 3);
            write_into(&c, three[(which + 1) % 3], "NEW");
            assert_one_file(&c, three, "NEW", st.st_ino, 3);
            remove_scene(&c);
        }
    }
}

/* Only the metadata in the branch: the content is the layer's under each name. */
static void test_metadata_only(void **state)
{
    struct un_change change = {.what = UN_MODE, .mode = 0600};
    struct scene c;
    struct stat st;
    uint64_t node;

    (void)state;
    make_scene(&c, true);
    assert_int_equal(find_node(&c, "d/c", &node, &st), 0);
    assert_int_equal(un_setattr(c.u, node, &change, &st), 0);
    assert_one_file(&c, three, "old", st.st_ino, 3);
    remount(&c, true);
    assert_one_file(&c, three, "old", st.st_ino, 3);
    assert_int_equal(find_node(&c, "a", &node, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    write_into(&c, "a", "new");
    remount(&c, true);
    assert_one_file(&c, three, "new", st.st_ino, 3);
    remove_scene(&c);
}

static void test_names_go(void **state)
{
    static const char *const left[] = {"b", "d/c", NULL}, *const last[] = {"d/c", NULL};
    struct scene c;
    struct stat st;
    uint64_t node;
    int links;

    (void)state;
    make_scene(&c, false);
    assert_int_equal(find_node(&c, "a", &node, &st), 0);
    assert_int_equal(un_unlink(c.u, UN_ROOT, "a"), 0);
    assert_one_file(&c, left, "old", st.st_ino, 2);
    remount(&c, false);
    assert_one_file(&c, left, "old", st.st_ino, 2);
    write_into(&c, "b", "new");
    assert_int_equal(un_unlink(c.u, UN_ROOT, "b"), 0);
    assert_one_file(&c, last, "new", st.st_ino, 1);
    remount(&c, false);
    assert_one_file(&c, last, "new", st.st_ino, 1);
    links = openat(c.s.fd, "mica-links", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_false(scratch_is_empty(links));
    /* With the last name the entry goes, and what was open works on. */
    assert_int_equal(find_node(&c, "d/c", &node, &st), 0);
    assert_int_equal(un_unlink(c.u, dir_of(&c), "c"), 0);
    assert_int_equal(un_getattr(c.u, node, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(find_node(&c, "a", &node, &st), -ENOENT);
    remount(&c, false);
    assert_true(scratch_is_empty(links));
    close(links);
    assert_int_equal(find_node(&c, "d/c", &node, &st), -ENOENT);
    remove_scene(&c);
}

static void test_names_come(void **state)
{
    static const char *const four[] = {"a", "b", "d/c", "new", NULL};
    struct scene c;
    struct stat st;
    uint64_t node;

    (void)state;
    make_scene(&c, false);
    assert_int_equal(find_node(&c, "b", &node, &st), 0);
    assert_int_equal(un_link(c.u, node, UN_ROOT, "new", &st), 0);
    assert_int_equal(st.st_nlink, 4);
    assert_one_file(&c, four, "old", st.st_ino, 4);
    remount(&c, false);
    assert_one_file(&c, four, "old", st.st_ino, 4);
    /* Over a whiteout: the same file again. */
    assert_int_equal(un_unlink(c.u, UN_ROOT, "a"), 0);
    assert_int_equal(find_node(&c, "new", &node, &st), 0);
    assert_int_equal(un_link(c.u, node, UN_ROOT, "a", &st), 0);
    assert_one_file(&c, four, "old", st.st_ino, 4);
    remount(&c, false);
    assert_one_file(&c, four, "old", st.st_ino, 4);
    remove_scene(&c);
}

static void test_renames(void **state)
{
    static const char *const moved[] = {"z", "b", "d/c", NULL}, *const two[] = {"z", "d/c", NULL};
    struct scene c;
    struct stat st;
    uint64_t node;

    (void)state;
    make_scene(&c, false);
    assert_int_equal(find_node(&c, "a", &node, &st), 0);
    /* Two names of one file: nothing happens. */
    assert_int_equal(un_rename(c.u, UN_ROOT, "a", UN_ROOT, "b", 0), 0);
    assert_one_file(&c, three, "old", st.st_ino, 3);
    assert_int_equal(un_rename(c.u, UN_ROOT, "a", UN_ROOT, "z", 0), 0);
    assert_one_file(&c, moved, "old", st.st_ino, 3);
    remount(&c, false);
    assert_one_file(&c, moved, "old", st.st_ino, 3);
    /* Something else takes one of the names. */
    assert_int_equal(un_rename(c.u, UN_ROOT, "one", UN_ROOT, "b", 0), 0);
    assert_one_file(&c, two, "old", st.st_ino, 2);
    remount(&c, false);
    assert_one_file(&c, two, "old", st.st_ino, 2);
    remove_scene(&c);
}

/* What is in the links directory and not ours, or of no use any more, does no harm. */
static void test_odd_entries(void **state)
{
    struct scene c;
    struct stat st;
    uint64_t node;
    int links;

    (void)state;
    make_scene(&c, false);
    assert_int_equal(find_node(&c, "a", &node, &st), 0);
    write_into(&c, "a", "new");
    links = openat(c.s.fd, "mica-links", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scratch_write(links, "xyz", "");
    scratch_write(links, "1f", "");
    assert_int_equal(mkdirat(links, "dir", 0), 0);
    assert_int_equal(symlinkat("/", links, "2f"), 0);
    close(links);
    remount(&c, false);
    assert_one_file(&c, three, "new", st.st_ino, 3);
    remove_scene(&c);
}

/* How many names a file has is four bytes: what has no four is named, and is no reason to show the wrong
 * file. */
static void test_counts_of_a_wrong_size(void **state)
{
    static const size_t sizes[] = {0, 1, 3, 5, 8, 300};
    static const char value[300];
    const char *attr = geteuid() ? "user.overlay.mica.links" : "trusted.overlay.mica.links";
    struct scene c;
    struct stat st;
    uint64_t node;
    char path[64], name[32];
    int links;

    (void)state;
    make_scene(&c, false);
    assert_int_equal(find_node(&c, "a", &node, &st), 0);
    write_into(&c, "a", "new");
    snprintf(name, sizeof name, "%llx", (unsigned long long)st.st_ino);
    links = openat(c.s.fd, "mica-links", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", links, name);
    un_free(c.u);
    c.u = NULL;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct err err = {""};

        assert_int_equal(setxattr(path, attr, value, sizes[i], 0), 0);
        assert_false(try_mount(&c, false, &err));
        if (!strstr(err.text, name) || !strstr(err.text, "mica.links"))
            fail_msg("%zu bytes: %s", sizes[i], err.text);
        tree_free(c.stack.tree);
        c.stack.tree = NULL;
    }
    assert_int_equal(unlinkat(links, name, 0), 0); /* as the message says */
    close(links);
    mount_scene(&c, false);
    assert_int_equal(find_node(&c, "b", &node, &st), 0);
    assert_int_equal(st.st_size, 3);
    remove_scene(&c);
}

/* The upper's `path` has the mark: the union is there or an error is named, and other files are to be seen.
 */
static void try_mark(const char *mark, const char *path, const void *value, size_t len)
{
    struct un_change change = {.what = UN_TIMES, .times = {{1, 0}, {2, 0}}};
    char attr[64], at[64];
    struct err err = {""};
    struct scene c;
    struct stat st;
    uint64_t node, dir;
    int upper;

    make_scene(&c, true);
    write_into(&c, "a", "new");
    assert_int_equal(un_setattr(c.u, dir_of(&c), &change, &st), 0);
    un_free(c.u);
    c.u = NULL;
    upper = openat(c.s.fd, "u", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(at, sizeof at, "/proc/self/fd/%d/%s", upper, path);
    snprintf(attr, sizeof attr, "%s.overlay.%s", geteuid() ? "user" : "trusted", mark);
    assert_int_equal(setxattr(at, attr, value, len, 0), 0);
    close(upper);
    if (try_mount(&c, true, &err)) {
        (void)find_node(&c, "a", &node, &st);
        if (un_lookup(c.u, UN_ROOT, "d", &dir, &st) == 0)
            (void)un_lookup(c.u, dir, "c", &node, &st);
        if (strcmp(path, ".") != 0 && find_node(&c, "one", &node, &st) != 0)
            fail_msg("%s on %s hides another file", attr, path);
        un_free(c.u);
    } else {
        assert_true(err.text[0]);
        tree_free(c.stack.tree);
        c.stack.tree = NULL;
    }
    scratch_remove(&c.s);
    remove_stack(&c.stack);
}

static void test_hostile_marks(void **state)
{
    static const char *const marks[] = {"mica.ino", "opaque", "redirect", "origin",
                                        "metacopy", "impure", "nlink"};
    static const char large[4000];
    static const struct {
        const void *bytes;
        size_t len;
    } values[] = {{"", 0},
                  {"\0", 1},
                  {"y", 1},
                  {"x", 1},
                  {"/", 1},
                  {"..", 2},
                  {"/../x", 5},
                  {"a/b", 3},
                  {"/a", 2},
                  {"a\0b", 3},
                  {large, sizeof large},
                  {"\377\377\377\377\377\377\377\377", 8}};

    (void)state;
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
        for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
            try_mark(marks[m], "a", values[v].bytes, values[v].len);
            try_mark(marks[m], "d", values[v].bytes, values[v].len);
            try_mark(marks[m], ".", values[v].bytes, values[v].len);
        }
}

static void test_links_of_links(void **state)
{
    struct un_change change = {.what = UN_TIMES, .times = {{1, 0}, {2, 0}}};
    struct scene c;
    struct stat st, other;
    uint64_t l, m;

    (void)state;
    if (geteuid() != 0)
        skip(); /* a link takes no user attributes, so the count cannot be kept */
    make_scene(&c, false);
    assert_int_equal(find_node(&c, "l", &l, &st), 0);
    assert_int_equal(st.st_nlink, 2);
    assert_int_equal(un_setattr(c.u, l, &change, &st), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(find_node(&c, "m", &m, &other), 0);
        assert_true(other.st_ino == st.st_ino);
        assert_int_equal(other.st_nlink, 2);
        assert_int_equal(other.st_mtim.tv_sec, 2);
        remount(&c, false);
    }
    remove_scene(&c);
}

static bool stat_fails;
int __real_owner_stat(const struct branch *b, struct where w, struct stat *ret);
int __wrap_owner_stat(const struct branch *b, struct where w, struct stat *ret);

int __wrap_owner_stat(const struct branch *b, struct where w, struct stat *ret)
{
    return stat_fails ? -EIO : __real_owner_stat(b, w, ret);
}

/* A lookup that finds the file, and then no attributes, gives the kernel no reference, and counts none: the
 * kernel will not give it back. */
static void test_a_failed_lookup_counts_nothing(void **state)
{
    struct scene c;
    struct stat st;
    struct node *n;
    uint64_t node, before;

    (void)state;
    make_scene(&c, false);
    write_into(&c, "a", "new");
    assert_int_equal(find_node(&c, "b", &node, &st), 0);
    n = node_by_id(c.u->nodes, node);
    before = n->lookups;
    stat_fails = true;
    assert_int_equal(un_lookup(c.u, UN_ROOT, "b", &node, &st), -EIO);
    assert_int_equal(un_lookup(c.u, UN_ROOT, "a", &node, &st), -EIO);
    stat_fails = false;
    assert_int_equal(n->lookups, before);
    remove_scene(&c);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_follow),
        cmocka_unit_test(test_metadata_only),
        cmocka_unit_test(test_names_go),
        cmocka_unit_test(test_names_come),
        cmocka_unit_test(test_renames),
        cmocka_unit_test(test_odd_entries),
        cmocka_unit_test(test_counts_of_a_wrong_size),
        cmocka_unit_test(test_hostile_marks),
        cmocka_unit_test(test_links_of_links),
        cmocka_unit_test(test_a_failed_lookup_counts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
