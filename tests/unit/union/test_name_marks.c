/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch_dir.h"
#include "union/branch_marks.h"
#include "union/branch_whiteout.h"
#include "union/name_marks.h"

struct scene {
    struct scratch_dir s;
    int upper, work;
    struct branch *b;
};

static void make_scene(struct scene *c)
{
    struct branch_config config = {.marks_are_names = true, .redirect_dir = true, .metacopy = true};
    struct err err = {""};

    scratch_make(&c->s);
    config.base_fd = c->s.fd;
    config.upper_fd = c->upper = scratch_mkdir(&c->s, "u");
    config.work_fd = c->work = scratch_mkdir(&c->s, "w");
    if (branch_open(&config, &c->b, &err) < 0)
        fail_msg("%s", err.text);
    c->b->whiteouts_are_names = true;
}

static void remove_scene(struct scene *c)
{
    branch_free(c->b);
    scratch_remove(&c->s);
}

static void make_file(int dirfd, const char *name, mode_t mode, const char *text)
{
    int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static bool has(int dirfd, const char *name)
{
    return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What a mount says of its form is there for the next. */
static void test_form(void **state)
{
    struct scene c;
    struct branch_config config;
    struct err err = {""};
    bool names = false;

    (void)state;
    make_scene(&c);
    assert_true(name_marks_noted(c.upper));
    assert_false(c.b->config.redirect_dir || c.b->config.metacopy);
    config = c.b->config;
    assert_int_equal(name_marks_choose(&config, &names, &err), 0);
    assert_true(names);
    /* Elsewhere it depends on the file system, which takes attributes here. */
    assert_int_equal(unlinkat(c.upper, ".wh..wh.mica", 0), 0);
    assert_int_equal(name_marks_choose(&config, &names, &err), 0);
    assert_false(names);
    /* /proc takes none: without branches before that is what it takes. */
    config.upper_fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(name_marks_choose(&config, &names, &err), -EOPNOTSUPP);
    config.base_fd = c.upper;
    assert_int_equal(name_marks_choose(&config, &names, &err), 0);
    assert_true(names);
    close(config.upper_fd);
    remove_scene(&c);
}

/* Only what is made as whiteouts are is one. */
static void test_entries(void **state)
{
    static const struct {
        const char *name, *text;
        mode_t mode;
        int is;
        const char *removed;
    } cases[] = {
        {".wh.a", "", 0700, NAME_ENTRY_GONE, "a"},
        {".wh.b", "text", 0700, NAME_ENTRY_FILE, NULL},
        {".wh.c", "", 0600, NAME_ENTRY_FILE, NULL},
        {".wh.d", "", 02700, NAME_ENTRY_FILE, NULL},
        {"e", "", 0700, NAME_ENTRY_FILE, NULL},
        {".wh..wh..opq", "", 0700, NAME_ENTRY_UNSEEN, NULL},
        {".wh..wh.mica.ino", "", 0700, NAME_ENTRY_UNSEEN, NULL},
    };
    struct scene c;

    (void)state;
    make_scene(&c);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *removed = NULL;

        make_file(c.upper, cases[i].name, cases[i].mode, cases[i].text);
        assert_int_equal(name_entry(c.upper, cases[i].name, &removed), cases[i].is);
        if (cases[i].removed)
            assert_string_equal(removed, cases[i].removed);
    }
    /* Nor is one that has another name. */
    assert_int_equal(linkat(c.upper, ".wh.a", c.upper, "second", 0), 0);
    assert_int_equal(name_entry(c.upper, ".wh.a", &(const char *){NULL}), NAME_ENTRY_FILE);
    remove_scene(&c);
}

static void test_opaque(void **state)
{
    struct scene c;
    struct where d, root;
    struct stat before, after;
    int fd;

    (void)state;
    make_scene(&c);
    d = (struct where){c.upper, "d"};
    root = (struct where){c.upper, "."};
    assert_int_equal(mkdirat(c.upper, "d", 0755), 0);
    assert_int_equal(branch_mark_is(c.b, d, MARK_OPAQUE, 'y'), 0);
    assert_int_equal(fstatat(c.upper, "d", &before, 0), 0);
    assert_int_equal(branch_mark_set(c.b, d, MARK_OPAQUE, "y", 1), 0);
    assert_int_equal(branch_mark_set(c.b, d, MARK_OPAQUE, "y", 1), 0); /* again */
    assert_int_equal(fstatat(c.upper, "d", &after, 0), 0);
    assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim);
    assert_int_equal(branch_mark_is(c.b, d, MARK_OPAQUE, 'y'), 1);
    assert_true(has(c.upper, "d/.wh..wh..opq"));
    assert_int_equal(branch_mark_is(c.b, root, MARK_OPAQUE, 'y'), 0);
    /* Beside a whiteout of its name. */
    assert_int_equal(mkdirat(c.upper, "e", 0755), 0);
    make_file(c.upper, ".wh.e", 0700, "");
    assert_int_equal(branch_mark_is(c.b, (struct where){c.upper, "e"}, MARK_OPAQUE, 'y'), 1);
    /* A link is not followed to one. */
    assert_int_equal(symlinkat("d", c.upper, "link"), 0);
    assert_int_equal(branch_mark_is(c.b, (struct where){c.upper, "link"}, MARK_OPAQUE, 'y') > 0, 0);
    /* What there is no name for is neither kept nor wrong, but for what would be lost with it. */
    fd = openat(c.upper, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(branch_mark_set(c.b, (struct where){fd, NULL}, MARK_IMPURE, "y", 1), 0);
    assert_int_equal(branch_mark_set(c.b, (struct where){fd, NULL}, MARK_REDIRECT, "/a", 2), -EOPNOTSUPP);
    close(fd);
    remove_scene(&c);
}

static void test_whiteouts(void **state)
{
    char gone[BRANCH_TEMPORARY_MAX], longest[NAME_MAX + 1];
    struct scene c;

    (void)state;
    make_scene(&c);
    make_file(c.upper, "f", 0644, "text");
    assert_int_equal(branch_cover_by_whiteout(c.b, c.upper, "f"), 0);
    assert_true(has(c.upper, ".wh.f") && !has(c.upper, "f"));
    assert_int_equal(branch_whiteout(c.b, c.upper, "f"), 0); /* there already */
    make_file(c.work, "#f", 0644, "new");
    assert_int_equal(branch_take_whiteout(c.b, c.work, "#f", false, c.upper, "f"), 0);
    assert_true(!has(c.upper, ".wh.f") && has(c.upper, "f"));
    assert_int_equal(mkdirat(c.upper, "d", 0755), 0);
    assert_int_equal(branch_replace_by_whiteout(c.b, c.upper, "d", gone), 0);
    assert_true(has(c.upper, ".wh.d") && !has(c.upper, "d") && has(c.work, gone));
    branch_discard(c.b, gone);
    /* Whatever somebody has called so stays, and so does the name. */
    make_file(c.upper, ".wh.g", 0644, "text");
    make_file(c.upper, "g", 0644, "text");
    assert_int_equal(branch_cover_by_whiteout(c.b, c.upper, "g"), -EEXIST);
    assert_true(has(c.upper, ".wh.g") && has(c.upper, "g"));
    memset(longest, 'n', NAME_MAX);
    longest[NAME_MAX] = 0;
    make_file(c.upper, longest, 0644, "text");
    assert_int_equal(branch_cover_by_whiteout(c.b, c.upper, longest), -ENAMETOOLONG);
    assert_true(has(c.upper, longest));
    assert_int_equal(branch_takes_name(c.b, ".wh.x"), -EPERM);
    assert_int_equal(branch_takes_name(c.b, ".whx"), 0);
    remove_scene(&c);
}

/* Even an empty directory may hold a mark. */
static void test_directories_move(void **state)
{
    char left[BRANCH_TEMPORARY_MAX] = "";
    struct scene c;
    struct branch_move m;

    (void)state;
    make_scene(&c);
    assert_int_equal(mkdirat(c.upper, "a", 0755), 0);
    assert_int_equal(mkdirat(c.upper, "b", 0755), 0);
    make_file(c.upper, "a/in", 0644, "text");
    assert_int_equal(branch_mark_set(c.b, (struct where){c.upper, "b"}, MARK_OPAQUE, "y", 1), 0);
    m = (struct branch_move){c.upper, "a", c.upper, "b", TARGET_TAKEN, true};
    assert_int_equal(branch_move_leaving_whiteout(c.b, &m, left), 0);
    assert_true(has(c.upper, "b/in") && has(c.upper, ".wh.a") && !has(c.upper, "a") && has(c.work, left));
    branch_discard(c.b, left);
    /* Over a whiteout, and to a name that is free. */
    m = (struct branch_move){c.upper, "b", c.upper, "a", TARGET_WHITEOUT, true};
    assert_int_equal(branch_move_leaving_whiteout(c.b, &m, left), 0);
    assert_true(has(c.upper, "a/in") && has(c.upper, ".wh.b") && !has(c.upper, "b"));
    /* What fails leaves no whiteout. */
    m = (struct branch_move){c.upper, "none", c.upper, "b", TARGET_FREE, true};
    assert_int_equal(branch_move_leaving_whiteout(c.b, &m, left), -ENOENT);
    assert_false(has(c.upper, ".wh.none"));
    remove_scene(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_opaque),
        cmocka_unit_test(test_whiteouts),
        cmocka_unit_test(test_directories_move),
    };

    umask(0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
