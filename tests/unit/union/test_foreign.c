/* SPDX-License-Identifier: Apache-2.0 */
/* Taking an upper over from fuse-overlayfs loses nothing that somebody else has put there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "scratch_dir.h"
#include "union/foreign.h"
#include "union/foreign_form.h"

static const char proof[] = "user.fuseoverlayfs.origin";

/* ---- the form */

static void test_form(void **state)
{
    static const struct {
        const char *name;
        mode_t mode;
        off_t size;
        nlink_t nlink;
        enum foreign_name is;
    } cases[] = {
        {".wh.a", S_IFREG | 0700, 0, 1, FOREIGN_REMOVES},
        {".wh..a", S_IFREG | 0700, 0, 1, FOREIGN_REMOVES},
        {".wh..wh..opq", S_IFREG | 0700, 0, 1, FOREIGN_OPAQUE},
        {"a", S_IFREG | 0700, 0, 1, FOREIGN_NONE},
        {".wh.a", S_IFREG | 0700, 1, 1, FOREIGN_NONE},
        {".wh.a", S_IFREG | 0700, 0, 2, FOREIGN_NONE},
        {".wh.a", S_IFREG | 0644, 0, 1, FOREIGN_NONE},
        {".wh.a", S_IFREG | 0600, 0, 1, FOREIGN_NONE},
        {".wh.a", S_IFREG | 04700, 0, 1, FOREIGN_NONE},
        {".wh.a", S_IFLNK | 0777, 0, 1, FOREIGN_NONE},
        {".wh.a", S_IFIFO | 0700, 0, 1, FOREIGN_NONE},
        {".wh.a", S_IFDIR | 0700, 0, 1, FOREIGN_NONE},
        {".wh..wh..opq", S_IFREG | 0644, 0, 1, FOREIGN_NONE},
        {".wh..wh.plnk", S_IFREG | 0700, 0, 1, FOREIGN_NONE},
        {".wh.", S_IFREG | 0700, 0, 1, FOREIGN_NONE},
        {".wh...", S_IFREG | 0700, 0, 1, FOREIGN_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stat st = {.st_mode = cases[i].mode, .st_size = cases[i].size, .st_nlink = cases[i].nlink};

        assert_int_equal(foreign_form(cases[i].name, &st, NULL), cases[i].is);
    }
}

static void test_attributes(void **state)
{
    static const char own[] = "user.fuseoverlayfs.origin",
                      label[] = "security.selinux\0system.posix_acl_access",
                      mark[] = "user.overlay.mica.name", cut[] = "security.x\0user.fuseoverlayfs.";

    (void)state;
    assert_true(foreign_attributes_prove(own, sizeof own));
    assert_false(foreign_attributes_prove(cut, sizeof cut - 1));
    assert_false(foreign_attributes_prove(mark, sizeof mark));
    assert_true(foreign_attributes_none(NULL, 0));
    assert_true(foreign_attributes_none(label, sizeof label));
    assert_false(foreign_attributes_none(mark, sizeof mark));
}

/* ---- taking over */

struct scene {
    struct scratch_dir s;
    int upper, work;
};

static void make_scene(struct scene *c)
{
    scratch_make(&c->s);
    c->upper = scratch_mkdir(&c->s, "u");
    c->work = scratch_mkdir(&c->s, "w");
}

static void remove_scene(struct scene *c)
{
    close(c->upper);
    close(c->work);
    scratch_remove(&c->s);
}

static void make_file(int dirfd, const char *name, mode_t mode, const char *text)
{
    scratch_write(dirfd, name, text);
    assert_int_equal(fchmodat(dirfd, name, mode, 0), 0);
}

/* 1: something is left that nothing proves. */
static int take_over(const struct scene *c)
{
    char *unproved = NULL;
    int r = foreign_take_over(c->upper, c->work, true, &unproved);

    assert_int_equal(r, 0);
    r = unproved != NULL;
    free(unproved);
    return r;
}

static bool is_there(int dirfd, const char *name)
{
    return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_whiteout(int dirfd, const char *name)
{
    struct stat st;

    return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == 0;
}

static void test_what_is_somebodys_stays(void **state)
{
    struct scene c;

    (void)state;
    make_scene(&c);
    assert_int_equal(fsetxattr(c.upper, proof, "x", 1, 0), 0);
    make_file(c.upper, ".wh.notes", 0644, "text");
    make_file(c.upper, ".wh.secret", 0700, "text");
    make_file(c.upper, ".wh.empty", 0644, "");
    make_file(c.upper, ".wh.twice", 0700, "");
    assert_int_equal(linkat(c.upper, ".wh.twice", c.upper, "second", 0), 0);
    assert_int_equal(symlinkat("x", c.upper, ".wh.link"), 0);
    assert_int_equal(mkfifoat(c.upper, ".wh.fifo", 0700), 0);
    assert_int_equal(mkdirat(c.upper, ".wh.dir", 0700), 0);
    assert_int_equal(take_over(&c), 0);
    static const char *const names[] = {"notes", "secret", "empty", "twice", "link", "fifo", "dir"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char hidden[32];

        stpcpy(stpcpy(hidden, ".wh."), names[i]);
        assert_true(is_there(c.upper, hidden));
        assert_false(is_there(c.upper, names[i]));
    }
    remove_scene(&c);
}

/* Each kind of proof, one at a time; without any, nothing is touched, and it is looked for again. */
static void test_proof(void **state)
{
    static const char *const kinds[] = {"root", "directory", "file", "opaque"};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct scene c;
        int d, f;

        make_scene(&c);
        assert_int_equal(mkdirat(c.upper, "d", 0755), 0);
        d = openat(c.upper, "d", O_RDONLY | O_CLOEXEC);
        make_file(d, "f", 0644, "x");
        make_file(d, ".wh.gone", 0700, "");
        f = openat(d, "f", O_RDONLY | O_CLOEXEC);
        assert_int_equal(take_over(&c), 1);
        assert_true(is_there(d, ".wh.gone"));
        assert_false(is_there(c.work, FOREIGN_NOTE));
        if (i < 3) {
            assert_int_equal(fsetxattr(i == 0 ? c.upper : i == 1 ? d : f, proof, "x", 1, 0), 0);
        } else {
            make_file(d, ".wh..wh..opq", 0700, "");
            assert_int_equal(take_over(&c), 1);
            assert_int_equal(fsetxattr(d, "user.overlay.opaque", "y", 1, 0), 0);
        }
        assert_int_equal(take_over(&c), 0);
        assert_true(is_whiteout(d, "gone"));
        assert_false(is_there(d, ".wh.gone"));
        assert_false(is_there(d, ".wh..wh..opq"));
        assert_true(is_there(c.work, FOREIGN_NOTE));
        close(d);
        close(f);
        remove_scene(&c);
    }
}

/* Its mark of an opaque directory needs no other proof. */
static void test_opaque_mark(void **state)
{
    struct scene c;
    char value = 0;
    int d;

    (void)state;
    make_scene(&c);
    assert_int_equal(mkdirat(c.upper, "d", 0755), 0);
    d = openat(c.upper, "d", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fsetxattr(d, "user.fuseoverlayfs.opaque", "y", 1, 0), 0);
    assert_int_equal(take_over(&c), 0);
    assert_int_equal(fgetxattr(d, "user.overlay.opaque", &value, 1), 1);
    assert_int_equal(value, 'y');
    close(d);
    remove_scene(&c);
}

/* Neither an emptied work directory nor an upper that is exchanged makes it go by a note of another one. */
static void test_notes(void **state)
{
    struct scene c;

    (void)state;
    make_scene(&c);
    assert_int_equal(fsetxattr(c.upper, proof, "x", 1, 0), 0);
    assert_int_equal(take_over(&c), 0);
    /* A name that was given through a mount. */
    make_file(c.upper, ".wh.name", 0700, "");
    int name = openat(c.upper, ".wh.name", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fsetxattr(name, "user.overlay.mica.name", "y", 1, 0), 0);
    close(name);
    make_file(c.upper, ".wh.late", 0700, "");
    assert_int_equal(take_over(&c), 0);
    assert_true(is_there(c.upper, ".wh.late"));
    /* fuse-overlayfs has been there again: it empties the work directory. */
    assert_int_equal(unlinkat(c.work, FOREIGN_NOTE, 0), 0);
    assert_int_equal(take_over(&c), 0);
    assert_true(is_whiteout(c.upper, "late"));
    assert_true(is_there(c.upper, ".wh.name"));
    /* Another upper with the same work directory. */
    close(c.upper);
    c.upper = scratch_mkdir(&c.s, "u2");
    assert_int_equal(fsetxattr(c.upper, proof, "x", 1, 0), 0);
    make_file(c.upper, ".wh.gone", 0700, "");
    assert_int_equal(take_over(&c), 0);
    assert_true(is_whiteout(c.upper, "gone"));
    remove_scene(&c);
}

/* ---- order */

static bool watches;
static unsigned synced, removals;

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_unlinkat(int dirfd, const char *name, int flags);
int __wrap_unlinkat(int dirfd, const char *name, int flags);

int __wrap_fsync(int fd)
{
    synced++;
    return __real_fsync(fd);
}

int __wrap_unlinkat(int dirfd, const char *name, int flags)
{
    if (watches && strncmp(name, ".wh.", 4) == 0) {
        removals++;
        assert_true(synced > 0);
        if (strcmp(name, ".wh..wh..opq") != 0)
            assert_true(is_whiteout(dirfd, name + 4));
        else
            assert_true(fgetxattr(dirfd, "user.overlay.opaque", NULL, 0) == 1);
    }
    return __real_unlinkat(dirfd, name, flags);
}

static void test_replaced_before_removed(void **state)
{
    struct scene c;

    (void)state;
    make_scene(&c);
    assert_int_equal(fsetxattr(c.upper, proof, "x", 1, 0), 0);
    make_file(c.upper, ".wh.a", 0700, "");
    make_file(c.upper, ".wh.b", 0700, "");
    make_file(c.upper, ".wh..wh..opq", 0700, "");
    watches = true;
    assert_int_equal(take_over(&c), 0);
    watches = false;
    assert_int_equal(removals, 3);
    remove_scene(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_proof),
        cmocka_unit_test(test_what_is_somebodys_stays),
        cmocka_unit_test(test_opaque_mark),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_replaced_before_removed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
