/* SPDX-License-Identifier: Apache-2.0 */
/* The same calls on a file by its name and by a descriptor of it, and on a link that must not be followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "scratch_dir.h"
#include "union/where.h"

/* A file "f" with a descriptor, a directory "d", and links "l" to the file and "away" to nothing. */
struct scene {
    struct scratch_dir s;
    int file, dir;
};

static void make_scene(struct scene *c, int file_flags)
{
    scratch_make(&c->s);
    scratch_write(c->s.fd, "f", "content");
    c->dir = scratch_mkdir(&c->s, "d");
    assert_int_equal(symlinkat("f", c->s.fd, "l"), 0);
    assert_int_equal(symlinkat("/nowhere", c->s.fd, "away"), 0);
    c->file = openat(c->s.fd, "f", file_flags | O_CLOEXEC);
    assert_true(c->file >= 0);
}

static void remove_scene(struct scene *c)
{
    close(c->file);
    close(c->dir);
    scratch_remove(&c->s);
}

static void check_metadata(struct where w, struct where by_name)
{
    const struct timespec times[2] = {{-5, 7}, {1ll << 32, 999999999}};
    const struct timespec omit[2] = {{0, UTIME_OMIT}, {3, 4}};
    struct stat st;

    assert_int_equal(where_chmod(w, 04751), 0);
    assert_int_equal(where_utimens(w, times), 0);
    assert_int_equal(where_stat(by_name, &st), 0);
    assert_int_equal(st.st_mode & 07777, 04751);
    assert_true(st.st_mtim.tv_nsec == 999999999);
    assert_int_equal(st.st_atim.tv_sec, -5);
    assert_int_equal(where_utimens(w, omit), 0);
    assert_int_equal(where_stat(w, &st), 0);
    assert_int_equal(st.st_atim.tv_sec, -5);
    assert_int_equal(st.st_mtim.tv_sec, 3);
    assert_int_equal(where_chown(w, geteuid(), (gid_t)-1), 0);
    if (geteuid() == 0) {
        assert_int_equal(where_chown(w, 7, 8), 0);
        assert_int_equal(where_stat(by_name, &st), 0);
        assert_int_equal(st.st_uid, 7);
        assert_int_equal(st.st_gid, 8);
    }
}

static void check_xattrs(struct where w, struct where by_name)
{
    char text[256];

    assert_int_equal(where_getxattr(w, "user.k", text, sizeof text), -ENODATA);
    assert_int_equal(where_setxattr(w, "user.k", "value", 5, XATTR_REPLACE), -ENODATA);
    assert_int_equal(where_setxattr(w, "user.k", "value", 5, XATTR_CREATE), 0);
    assert_int_equal(where_setxattr(by_name, "user.k", "value", 5, XATTR_CREATE), -EEXIST);
    assert_int_equal(where_getxattr(by_name, "user.k", NULL, 0), 5);
    assert_int_equal(where_getxattr(w, "user.k", text, 2), -ERANGE);
    assert_int_equal(where_getxattr(w, "user.k", text, sizeof text), 5);
    assert_memory_equal(text, "value", 5);
    assert_int_equal(where_listxattr(w, text, sizeof text), 7);
    assert_string_equal(text, "user.k");
    assert_int_equal(where_removexattr(w, "user.k"), 0);
    assert_int_equal(where_removexattr(by_name, "user.k"), -ENODATA);
}

static void test_name_and_descriptor(void **state)
{
    static const int flags[] = {O_RDWR, O_PATH};

    (void)state;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        struct scene c;
        struct where by_name, by_fd, open, dir, itself;
        int fd;

        make_scene(&c, flags[i]);
        by_name = (struct where){c.s.fd, "f"};
        by_fd = (struct where){c.file, ""};
        open = flags[i] == O_PATH ? by_fd : (struct where){c.file, NULL};
        dir = (struct where){c.s.fd, "d"};
        itself = (struct where){c.dir, "."};
        /* Attributes first: the owner changes. */
        check_xattrs(by_name, by_fd);
        check_xattrs(by_fd, by_name);
        check_xattrs(open, by_name);
        check_xattrs(dir, itself);
        check_xattrs(itself, dir);
        check_metadata(by_name, by_fd);
        check_metadata(by_fd, by_name);
        check_metadata(open, by_name);
        check_metadata(dir, itself);
        check_metadata(itself, dir);
        fd = where_open(by_name, O_RDONLY);
        assert_true(fd >= 0);
        close(fd);
        fd = where_open(open, O_RDONLY);
        assert_true(fd >= 0);
        close(fd);
        remove_scene(&c);
    }
}

/* What has no name any more is reached by its descriptor, also for another way of opening. */
static void test_without_name(void **state)
{
    struct scene c;
    struct where w;
    struct stat st;
    char text[16];
    int fd;

    (void)state;
    make_scene(&c, O_PATH);
    assert_int_equal(unlinkat(c.s.fd, "f", 0), 0);
    w = (struct where){c.file, ""};
    assert_int_equal(where_stat(w, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    fd = where_open(w, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, sizeof text), 7);
    close(fd);
    check_xattrs(w, w);
    check_metadata(w, w);
    remove_scene(&c);
}

/* By any way to it: one more name, not of the name that a link leads to. */
static void test_linking(void **state)
{
    struct scene c;
    struct stat st;

    (void)state;
    make_scene(&c, O_RDWR);
    assert_int_equal(where_link((struct where){c.s.fd, "f"}, c.dir, "by_name"), 0);
    assert_int_equal(where_link((struct where){c.file, ""}, c.dir, "by_fd"), 0);
    assert_int_equal(where_link((struct where){c.file, NULL}, c.dir, "open"), 0);
    assert_int_equal(where_link((struct where){c.file, NULL}, c.dir, "by_fd"), -EEXIST);
    assert_int_equal(fstat(c.file, &st), 0);
    assert_int_equal(st.st_nlink, 4);
    assert_int_equal(where_link((struct where){c.s.fd, "away"}, c.dir, "link"), 0);
    assert_int_equal(where_stat((struct where){c.dir, "link"}, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(where_link((struct where){c.s.fd, "nothing"}, c.dir, "x"), -ENOENT);
    remove_scene(&c);
}

/* A file gets its first name, but none once it has lost the last. */
static void test_linking_without_name(void **state)
{
    struct scene c;
    struct where w;

    (void)state;
    make_scene(&c, O_RDWR);
    assert_int_equal(unlinkat(c.s.fd, "f", 0), 0);
    assert_int_equal(where_link((struct where){c.file, ""}, c.dir, "again"), -ENOENT);
    w = (struct where){openat(c.s.fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), ""};
    if (w.fd >= 0) { /* where the file system has such files */
        assert_int_equal(where_link(w, c.dir, "first"), 0);
        assert_int_equal(faccessat(c.dir, "first", F_OK, 0), 0);
        close(w.fd);
    }
    remove_scene(&c);
}

static void test_links_are_not_followed(void **state)
{
    const struct timespec times[2] = {{1, 0}, {2, 0}};
    struct scene c;
    struct where l, away;
    struct stat st;
    char text[64];

    (void)state;
    make_scene(&c, O_RDWR);
    l = (struct where){c.s.fd, "l"};
    away = (struct where){c.s.fd, "away"};
    assert_int_equal(where_readlink(away, text, sizeof text), 8);
    assert_memory_equal(text, "/nowhere", 8);
    assert_int_equal(where_readlink((struct where){c.s.fd, "f"}, text, sizeof text), -EINVAL);
    assert_int_equal(where_stat(l, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(where_utimens(l, times), 0);
    assert_int_equal(where_utimens(away, times), 0);
    assert_int_equal(where_stat(away, &st), 0);
    assert_int_equal(st.st_mtim.tv_sec, 2);
    assert_int_equal(fstat(c.file, &st), 0);
    assert_true(st.st_mtim.tv_sec != 2);
    assert_int_equal(where_open(l, O_RDONLY), -ELOOP);
    assert_int_equal(where_open(away, O_WRONLY), -ELOOP);
    assert_int_equal(where_setxattr(l, "user.k", "v", 1, 0), -EPERM);
    assert_int_equal(where_getxattr(away, "user.k", text, sizeof text), -ENODATA);
    assert_int_equal(where_getxattr((struct where){c.file, ""}, "user.k", text, sizeof text), -ENODATA);
    if (geteuid() == 0) {
        assert_int_equal(where_chown(l, 7, 8), 0);
        assert_int_equal(fstat(c.file, &st), 0);
        assert_int_equal(st.st_uid, 0);
        assert_int_equal(where_setxattr(away, "trusted.k", "v", 1, 0), 0);
        assert_int_equal(where_listxattr(away, text, sizeof text), 10);
        assert_int_equal(where_removexattr(away, "trusted.k"), 0);
    }
    remove_scene(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_and_descriptor),
        cmocka_unit_test(test_without_name),
        cmocka_unit_test(test_linking),
        cmocka_unit_test(test_linking_without_name),
        cmocka_unit_test(test_links_are_not_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
