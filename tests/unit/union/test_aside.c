/* SPDX-License-Identifier: Apache-2.0 */
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
#include <unistd.h>

#include "scratch_dir.h"
#include "union/aside.h"

struct scene {
    struct scratch_dir s;
    struct branch b;
};

static void make(struct scene *c)
{
    *c = (struct scene){.b = {.aside_fd = -1}};
    scratch_make(&c->s);
    assert_int_equal(mkdirat(c->s.fd, "work", 0700), 0);
    c->b.config.base_fd = c->s.fd;
    c->b.config.work_fd = openat(c->s.fd, "work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(branch_open_beside(&c->b, "mica-marks", &c->b.aside_fd), 0);
    assert_int_equal(aside_tidy(&c->b), 0);
}

static void end(struct scene *c)
{
    close(c->b.aside_fd);
    close(c->b.config.work_fd);
    scratch_remove(&c->s);
}

static uint64_t ino_of(const struct scene *c, const char *name)
{
    struct stat st;

    assert_int_equal(fstatat(c->s.fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
    return st.st_ino;
}

static void test_marks(void **state)
{
    const char value[] = {0, 1, (char)0xff, 'a', 0, 6, 7, 8};
    char got[ASIDE_MAX];
    struct scene c;

    (void)state;
    make(&c);
    assert_int_equal(symlinkat("x", c.s.fd, "l"), 0);
    assert_int_equal(mkfifoat(c.s.fd, "p", 0600), 0);
    for (int i = 0; i < 2; i++) {
        struct where w = {c.s.fd, i ? "p" : "l"};

        assert_int_equal(aside_get(&c.b, w, MARK_INODE, got, sizeof got), -ENODATA);
        assert_int_equal(aside_set(&c.b, w, MARK_INODE, "12345678", 8), 0);
        assert_int_equal(aside_set(&c.b, w, MARK_INODE, value, 8), 0); /* takes its place */
        assert_int_equal(aside_set(&c.b, w, MARK_LINKS, "four", 4), 0);
        assert_int_equal(aside_get(&c.b, w, MARK_INODE, NULL, 0), 8);
        assert_int_equal(aside_get(&c.b, w, MARK_INODE, got, 7), -ERANGE);
        assert_int_equal(aside_get(&c.b, w, MARK_INODE, got, 8), 8);
        assert_memory_equal(got, value, 8);
        assert_int_equal(aside_get(&c.b, w, MARK_LINKS, got, 8), 4);
        assert_memory_equal(got, "four", 4);
        aside_forget(&c.b, ino_of(&c, w.name));
        assert_int_equal(aside_get(&c.b, w, MARK_INODE, got, sizeof got), -ENODATA);
        assert_int_equal(aside_get(&c.b, w, MARK_LINKS, got, sizeof got), -ENODATA);
        assert_int_equal(aside_set(&c.b, w, MARK_INODE, value, 0), -EINVAL);
        assert_int_equal(aside_set(&c.b, w, MARK_INODE, value, 9), -EINVAL);
    }
    end(&c);
}

/* They have their own. */
static void test_files_have_none(void **state)
{
    char got[ASIDE_MAX];
    struct scene c;

    (void)state;
    make(&c);
    scratch_write(c.s.fd, "f", "");
    assert_int_equal(aside_set(&c.b, (struct where){c.s.fd, "f"}, MARK_INODE, "x", 1), -EINVAL);
    assert_int_equal(aside_set(&c.b, (struct where){c.s.fd, "."}, MARK_INODE, "x", 1), -EINVAL);
    assert_int_equal(aside_get(&c.b, (struct where){c.s.fd, "f"}, MARK_INODE, got, sizeof got), -ENODATA);
    assert_int_equal(aside_get(&c.b, (struct where){c.s.fd, "gone"}, MARK_INODE, got, sizeof got), -ENOENT);
    end(&c);
}

/* A mark of another file that had the number, and what is no mark. */
static void test_left_behind(void **state)
{
    static const char *const texts[] = {"1.000000002:0000", "", ":", "12", "1.000000002:"};
    char name[32], text[64], got[ASIDE_MAX];
    struct scene c;
    struct where w;
    ssize_t n;

    (void)state;
    make(&c);
    assert_int_equal(symlinkat("x", c.s.fd, "l"), 0);
    w = (struct where){c.s.fd, "l"};
    assert_int_equal(aside_set(&c.b, w, MARK_INODE, "ab", 2), 0);
    snprintf(name, sizeof name, "%llx.%u", (unsigned long long)ino_of(&c, "l"), (unsigned)MARK_INODE);
    n = readlinkat(c.b.aside_fd, name, text, sizeof text - 1);
    assert_true(n > 4 && memcmp(text + n - 4, "6162", 4) == 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        unlinkat(c.b.aside_fd, name, 0);
        assert_int_equal(symlinkat(*texts[i] ? texts[i] : "?", c.b.aside_fd, name), 0);
        assert_int_equal(aside_get(&c.b, w, MARK_INODE, got, sizeof got), -ENODATA);
    }
    for (int i = 0; i < 2; i++) { /* the right file, and a value that is none */
        text[n - 1] = i ? 'x' : '\0';
        text[n] = '\0';
        unlinkat(c.b.aside_fd, name, 0);
        assert_int_equal(symlinkat(text, c.b.aside_fd, name), 0);
        assert_int_equal(aside_get(&c.b, w, MARK_INODE, got, sizeof got), -ENODATA);
    }
    /* They make room, as does what was on its way when a daemon died. */
    assert_int_equal(symlinkat("?", c.b.aside_fd, "new"), 0);
    assert_int_equal(aside_set(&c.b, w, MARK_INODE, "cd", 2), 0);
    assert_int_equal(aside_get(&c.b, w, MARK_INODE, got, sizeof got), 2);
    assert_memory_equal(got, "cd", 2);
    end(&c);
}

/* Marks go with the last name, and what was being made when a daemon was killed goes at the next opening. */
static void test_the_last_name(void **state)
{
    struct scene c;
    struct where w;

    (void)state;
    make(&c);
    w = (struct where){c.s.fd, "p"};
    assert_int_equal(mkfifoat(c.s.fd, "p", 0600), 0);
    assert_false(aside_has(&c.b, S_IFIFO, ino_of(&c, "p")));
    assert_int_equal(aside_set(&c.b, w, MARK_OWNER, "12345678", 8), 0);
    assert_true(aside_has(&c.b, S_IFIFO, ino_of(&c, "p")));
    assert_false(aside_has(&c.b, S_IFREG, ino_of(&c, "p")));
    assert_int_equal(linkat(c.s.fd, "p", c.s.fd, "q", 0), 0);
    assert_int_equal(aside_forget_last(&c.b, c.s.fd, "p"), 0);
    assert_true(aside_has(&c.b, S_IFIFO, ino_of(&c, "p")));
    assert_int_equal(unlinkat(c.s.fd, "q", 0), 0);
    assert_int_equal(aside_forget_last(&c.b, c.s.fd, "p"), 0);
    assert_false(aside_has(&c.b, S_IFIFO, ino_of(&c, "p")));
    assert_int_equal(aside_forget_last(&c.b, c.s.fd, "none"), 0);
    assert_int_equal(symlinkat("x", c.b.aside_fd, "new"), 0);
    assert_int_equal(aside_tidy(&c.b), 0);
    assert_int_equal(faccessat(c.b.aside_fd, "new", F_OK, AT_SYMLINK_NOFOLLOW), -1);
    end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_files_have_none),
        cmocka_unit_test(test_left_behind),
        cmocka_unit_test(test_the_last_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
