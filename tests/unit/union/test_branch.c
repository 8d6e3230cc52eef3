/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "scratch_dir.h"
#include "union/branch.h"
#include "union/branch_marks.h"
#include "union/branch_whiteout.h"
#include "union/order.h"

struct scene {
    struct scratch_dir s;
    int upper, work; /* the branch's */
    struct branch *b;
};

static void open_scene(struct scene *c, const struct branch_config *config)
{
    struct branch_config full = *config;
    struct err err = {""};

    full.upper_fd = c->upper = openat(c->s.fd, "u", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    full.base_fd = c->s.fd;
    full.work_fd = c->work = openat(c->s.fd, "w", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    full.user_xattrs |= geteuid() != 0;
    if (branch_open(&full, &c->b, &err) < 0)
        fail_msg("%s", err.text);
}

static void make_scene(struct scene *c, const struct branch_config *config)
{
    scratch_make(&c->s);
    close(scratch_mkdir(&c->s, "u"));
    close(scratch_mkdir(&c->s, "w"));
    open_scene(c, config);
}

/* Nothing of it stays in the work directory. */
static void close_scene(struct scene *c)
{
    int work;

    branch_free(c->b);
    work = openat(c->s.fd, "w", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(scratch_is_empty(work));
    close(work);
}

static void remove_scene(struct scene *c)
{
    close_scene(c);
    scratch_remove(&c->s);
}

static bool is_whiteout(int dirfd, const char *name)
{
    struct stat st;

    return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == 0;
}

/* The attributes are called as kernel overlayfs calls them. */
static void test_marks(void **state)
{
    static const struct {
        enum branch_mark mark;
        const char *name;
    } cases[] = {
        {MARK_OPAQUE, "opaque"},    {MARK_REDIRECT, "redirect"}, {MARK_METACOPY, "metacopy"},
        {MARK_IMPURE, "impure"},    {MARK_WHITEOUT, "whiteout"}, {MARK_INODE, "mica.ino"},
        {MARK_LINKS, "mica.links"},
    };

    (void)state;
    for (int user = geteuid() != 0; user < 2; user++) {
        struct scene c;
        struct where w;

        make_scene(&c, &(struct branch_config){.user_xattrs = user});
        scratch_write(c.upper, "f", "");
        w = (struct where){c.upper, "f"};
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            char name[64], value[16];

            snprintf(name, sizeof name, "%s.overlay.%s", user ? "user" : "trusted", cases[i].name);
            assert_int_equal(branch_mark_get(c.b, w, cases[i].mark, value, sizeof value), -ENODATA);
            assert_int_equal(branch_mark_remove(c.b, w, cases[i].mark), 0); /* not there: fine */
            assert_int_equal(branch_mark_set(c.b, w, cases[i].mark, "one", 3), 0);
            assert_int_equal(branch_mark_set(c.b, w, cases[i].mark, "four", 4), 0);
            assert_int_equal(where_getxattr(w, name, value, sizeof value), 4);
            assert_int_equal(branch_mark_get(c.b, w, cases[i].mark, value, sizeof value), 4);
            assert_memory_equal(value, "four", 4);
            assert_int_equal(branch_mark_remove(c.b, w, cases[i].mark), 0);
            assert_int_equal(where_getxattr(w, name, value, sizeof value), -ENODATA);
        }
        remove_scene(&c);
    }
}

static void test_kept_ino(void **state)
{
    const uint64_t ino = htole64(0x0123456789abcdef);
    struct scene c;
    struct where w;
    uint64_t kept = 1;

    (void)state;
    make_scene(&c, &(struct branch_config){0});
    scratch_write(c.upper, "f", "");
    w = (struct where){c.upper, "f"};
    assert_int_equal(branch_kept_ino(c.b, w, &kept), 0);
    assert_true(kept == 0);
    assert_int_equal(branch_mark_set(c.b, w, MARK_INODE, &ino, 7), 0);
    assert_int_equal(branch_kept_ino(c.b, w, &kept), 0);
    assert_true(kept == 0); /* not what we write */
    assert_int_equal(branch_mark_set(c.b, w, MARK_INODE, &ino, 8), 0);
    assert_int_equal(branch_kept_ino(c.b, w, &kept), 0);
    assert_true(kept == 0x0123456789abcdef);
    assert_int_equal(branch_kept_ino(c.b, (struct where){c.upper, "none"}, &kept), -ENOENT);
    remove_scene(&c);
}

static void check_whiteouts(struct scene *c)
{
    char temporary[BRANCH_TEMPORARY_MAX];

    assert_int_equal(branch_whiteout(c->b, c->upper, "free"), 0);
    assert_true(is_whiteout(c->upper, "free"));
    assert_int_equal(branch_whiteout(c->b, c->upper, "free"), -EEXIST);

    scratch_write(c->upper, "f", "content");
    assert_int_equal(branch_replace_by_whiteout(c->b, c->upper, "f", temporary), 0);
    assert_true(is_whiteout(c->upper, "f"));
    assert_int_equal(faccessat(c->work, temporary, F_OK, 0), 0);
    branch_discard(c->b, temporary);

    /* A directory with all that is in it. */
    close(scratch_mkdir(&c->s, "u/d"));
    scratch_write(c->upper, "d/f", "content");
    assert_int_equal(mkdirat(c->upper, "d/e", 0), 0);
    assert_int_equal(branch_whiteout(c->b, c->upper, "d/hidden"), 0);
    assert_int_equal(branch_replace_by_whiteout(c->b, c->upper, "d", temporary), 0);
    assert_true(is_whiteout(c->upper, "d"));
    branch_discard(c->b, temporary);
    assert_int_equal(branch_replace_by_whiteout(c->b, c->upper, "none", temporary), -ENOENT);
    assert_int_equal(faccessat(c->upper, "none", F_OK, 0), -1);
}

static void test_whiteouts(void **state)
{
    (void)state;
    /* The second time as if the file system knew no RENAME_WHITEOUT. */
    for (int without = 0; without < 2; without++) {
        struct scene c;

        make_scene(&c, &(struct branch_config){0});
        c.b->lacks_rename_whiteout = without;
        check_whiteouts(&c);
        remove_scene(&c);
    }
}

static ino_t whiteout_ino(struct scene *c, const char *name)
{
    struct stat st;

    assert_int_equal(branch_whiteout(c->b, c->upper, name), 0);
    assert_true(is_whiteout(c->upper, name));
    assert_int_equal(fstatat(c->upper, name, &st, AT_SYMLINK_NOFOLLOW), 0);
    return st.st_ino;
}

/* They cost no inodes. Where a file has as many links as it can have (65,000 on ext4) the next ones are links
 * of another; where the shared one has gone they are alone. */
static void test_whiteouts_are_links(void **state)
{
    enum { MANY = 66000 };
    struct scene c;
    ino_t last, now;
    unsigned changes = 0;
    char name[16];

    (void)state;
    make_scene(&c, &(struct branch_config){0});
    last = whiteout_ino(&c, "first");
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%u", i);
        now = whiteout_ino(&c, name);
        changes += now != last;
        last = now;
    }
    assert_in_range(changes, 0, 1);
    close_scene(&c);
    open_scene(&c, &(struct branch_config){0});
    assert_int_equal(unlinkat(c.work, c.b->whiteout, 0), 0);
    assert_true(whiteout_ino(&c, "lost") != whiteout_ino(&c, "lost too"));
    remove_scene(&c);
}

/* What was in the work directory is nothing of ours, but what is beside it stays. */
static void test_work_is_emptied(void **state)
{
    struct scene c;
    int fd;

    (void)state;
    make_scene(&c, &(struct branch_config){0});
    branch_free(c.b);
    fd = openat(c.s.fd, "w", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scratch_write(fd, "#1", "left over");
    close(scratch_mkdir(&c.s, "w/#2"));
    scratch_write(fd, "#2/f", "deep");
    assert_int_equal(mkdirat(fd, "#2/closed", 0), 0);
    assert_int_equal(symlinkat("../u", fd, "#3"), 0);
    assert_int_equal(mknodat(fd, "#4", S_IFCHR, 0), 0);
    close(fd);
    scratch_write(c.s.fd, "u/kept", "");
    scratch_write(c.s.fd, "mica-links/1f", "");
    open_scene(&c, &(struct branch_config){0});
    assert_int_equal(unlinkat(c.work, c.b->whiteout, 0), 0);
    assert_true(scratch_is_empty(c.work));
    assert_int_equal(faccessat(c.s.fd, "u/kept", F_OK, 0), 0);
    assert_int_equal(faccessat(c.s.fd, "mica-links/1f", F_OK, 0), 0);
    remove_scene(&c);
}

static void test_temporary_names(void **state)
{
    char a[BRANCH_TEMPORARY_MAX], b[BRANCH_TEMPORARY_MAX];
    struct scene c;

    (void)state;
    make_scene(&c, &(struct branch_config){0});
    branch_temporary(c.b, a);
    assert_string_not_equal(a, branch_temporary(c.b, b));
    c.b->next_temporary = UINT64_MAX - 1;
    assert_true(strlen(branch_temporary(c.b, a)) < BRANCH_TEMPORARY_MAX);
    branch_discard(c.b, a); /* not there: fine */
    remove_scene(&c);
}

static void test_settle(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        struct scene c;
        int fd;

        make_scene(&c, &(struct branch_config){.volatile_ = kind & 1});
        c.b->orders_writes &= kind < 2;
        c.b->needs_no_order = false;
        scratch_write(c.work, "f", "content");
        fd = openat(c.work, "f", O_RDWR | O_CLOEXEC);
        assert_int_equal(branch_settle(c.b, fd), 0);
        close(fd);
        unlinkat(c.work, "f", 0);
        remove_scene(&c);
    }
}

/* What ext4 says of how it is mounted. */
static void test_order(void **state)
{
    static const struct {
        const char *text;
        bool ordered;
    } cases[] = {
        {"rw\ndelalloc\ndata=ordered\nstripe=0\n", true},
        {"data=ordered", true},
        {"rw\ndata=writeback\n", false},
        {"rw\ndata=journal\n", false},
        {"rw\nuser_xattr\nacl\n", false}, /* without a journal */
        {"rw\nxdata=ordered\ndata=ordered2\n", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(order_is_said(cases[i].text), cases[i].ordered);
}

static void test_refusals(void **state)
{
    struct scratch_dir s;
    struct branch_config config = {.user_xattrs = geteuid() != 0};
    struct branch *b = NULL;
    struct err err = {""};

    (void)state;
    scratch_make(&s);
    config.base_fd = s.fd;
    /* On two file systems. */
    config.upper_fd = scratch_mkdir(&s, "u");
    config.work_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(branch_open(&config, &b, &err), -EXDEV);
    assert_non_null(strstr(err.text, "on different file systems"));
    close(config.work_fd);
    close(config.upper_fd);
    /* On one that takes nothing. */
    config.upper_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    config.work_fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    err.text[0] = 0;
    assert_true(branch_open(&config, &b, &err) < 0);
    assert_non_null(strstr(err.text, "workdir"));
    assert_int_equal(close(config.work_fd), 0); /* still ours */
    assert_int_equal(close(config.upper_fd), 0);
    /* A link where the links directory belongs. */
    config.upper_fd = openat(s.fd, "u", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    config.work_fd = scratch_mkdir(&s, "w");
    assert_int_equal(symlinkat("u", s.fd, "mica-links"), 0);
    assert_true(branch_open(&config, &b, &err) < 0);
    close(config.work_fd);
    close(config.upper_fd);
    scratch_remove(&s);
}

/* Only what has the names that mica and the kernel give is taken out of the work directory. */
static void test_work_of_others_stays(void **state)
{
    struct scene c;

    (void)state;
    make_scene(&c, &(struct branch_config){0});
    branch_free(c.b);
    c.work = openat(c.s.fd, "w", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scratch_write(c.work, "#1f", "left by a daemon");
    scratch_write(c.work, "#note#", "somebody's");
    scratch_write(c.work, "note", "somebody's");
    assert_int_equal(mkdirat(c.work, "dir", 0700), 0);
    close(c.work);
    open_scene(&c, &(struct branch_config){0});
    assert_int_equal(faccessat(c.work, "#1f", F_OK, 0), -1);
    assert_int_equal(unlinkat(c.work, "#note#", 0), 0);
    assert_int_equal(unlinkat(c.work, "note", 0), 0);
    assert_int_equal(unlinkat(c.work, "dir", AT_REMOVEDIR), 0);
    remove_scene(&c);
}

/* Whoever may not give files away keeps their owners beside them. */
static void test_override_is_found_out(void **state)
{
    struct scene c;

    (void)state;
    make_scene(&c, &(struct branch_config){0});
    assert_int_equal(c.b->config.override, geteuid() != 0);
    remove_scene(&c);
}

/* What a branch is stays, whoever opens it, and its root says it to layers' readers. */
static void test_owners_stay(void **state)
{
    static const char attr[] = "user.containers.override_stat";
    struct branch_config config = {.override = true}, own = {.own_files = true};
    struct scene c;
    struct branch *b;
    struct err err = {""};
    char text[64] = "";

    (void)state;
    make_scene(&c, &config);
    assert_true(fgetxattr(c.upper, attr, text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, ":0755:dir"));
    branch_free(c.b);
    /* It is seen from then on. */
    open_scene(&c, &(struct branch_config){0});
    assert_true(c.b->config.override);
    branch_free(c.b);
    /* Of somebody else's it has to be said. */
    if (geteuid() == 0) {
        assert_int_equal(fchownat(c.s.fd, "u", 1, 1, 0), 0);
        own.upper_fd = openat(c.s.fd, "u", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        own.base_fd = c.s.fd;
        own.work_fd = openat(c.s.fd, "w", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        own.own_files = false;
        assert_int_equal(branch_open(&own, &b, &err), -EPERM);
        assert_non_null(strstr(err.text, "belongs to user 1"));
        close(own.upper_fd);
        close(own.work_fd);
        open_scene(&c, &config);
        assert_true(c.b->config.override);
    } else {
        own.user_xattrs = true;
        own.upper_fd = openat(c.s.fd, "u", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        own.base_fd = c.s.fd;
        own.work_fd = openat(c.s.fd, "w", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(branch_open(&own, &b, &err), -EPERM);
        assert_non_null(strstr(err.text, "may not give files away"));
        close(own.upper_fd);
        close(own.work_fd);
        open_scene(&c, &config);
    }
    remove_scene(&c);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),           cmocka_unit_test(test_kept_ino),
        cmocka_unit_test(test_whiteouts),       cmocka_unit_test(test_whiteouts_are_links),
        cmocka_unit_test(test_work_is_emptied), cmocka_unit_test(test_temporary_names),
        cmocka_unit_test(test_settle),          cmocka_unit_test(test_order),
        cmocka_unit_test(test_refusals),        cmocka_unit_test(test_override_is_found_out),
        cmocka_unit_test(test_owners_stay),     cmocka_unit_test(test_work_of_others_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
