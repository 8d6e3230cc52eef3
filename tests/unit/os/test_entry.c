/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of entry, opened and changed as it is. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/entry.h"

struct place {
    char path[40];
    int fd;
};

static void set_up(struct place *p)
{
    strcpy(p->path, "/tmp/mica-test-entry.XXXXXX");
    assert_non_null(mkdtemp(p->path));
    p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(p->fd >= 0);
    assert_int_equal(mknodat(p->fd, "file", S_IFREG | 0640, 0), 0);
    assert_int_equal(mknodat(p->fd, "fifo", S_IFIFO | 0640, 0), 0);
    assert_int_equal(mkdirat(p->fd, "dir", 0750), 0);
    assert_int_equal(symlinkat("file", p->fd, "link"), 0);
    assert_int_equal(symlinkat("dir", p->fd, "dirlink"), 0);
}

static void tear_down(struct place *p)
{
    close(p->fd);
    assert_int_equal(beneath_remove(AT_FDCWD, p->path), 0);
}

static mode_t mode_of(int dirfd, const char *name)
{
    struct stat st;

    assert_int_equal(fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
    return st.st_mode;
}

static void check_chmod(int (*change)(int, const char *, mode_t), const struct place *p)
{
    static const char *const names[] = {"file", "fifo", "dir"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(change(p->fd, names[i], 0711), 0);
        assert_int_equal(mode_of(p->fd, names[i]) & 07777, 0711);
    }
    assert_true(change(p->fd, "link", 0777) < 0);
    assert_true(change(p->fd, "dirlink", 0777) < 0);
    assert_int_equal(mode_of(p->fd, "file") & 07777, 0711);
    assert_int_equal(mode_of(p->fd, "dir") & 07777, 0711);
    assert_int_equal(change(p->fd, "nothing", 0777), -ENOENT);
}

static void modes_of_what_links_lead_to_stay(void **state)
{
    struct place p;

    (void)state;
    set_up(&p);
    check_chmod(entry_chmod, &p);
    check_chmod(entry_chmod_by_proc, &p);
    tear_down(&p);
}

static void what_is_opened_is_the_entry(void **state)
{
    static const char *const all[] = {"file", "fifo", "dir", "link", "dirlink"};
    struct stat st, named;
    struct place p;
    int fd, again;

    (void)state;
    set_up(&p);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        fd = entry_open(p.fd, all[i], O_PATH);
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(fstatat(p.fd, all[i], &named, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(st.st_ino, named.st_ino);
        close(fd);
    }
    assert_true(entry_open(p.fd, "dirlink", O_RDONLY | O_DIRECTORY) < 0);
    assert_true(entry_open(p.fd, "link", O_RDONLY) < 0);
    assert_true(entry_open(p.fd, "../", O_PATH) < 0);
    fd = entry_open(p.fd, "file", O_PATH);
    again = entry_reopen(fd, O_RDWR | O_NOFOLLOW);
    assert_true(again >= 0);
    assert_int_equal(write(again, "x", 1), 1);
    close(again);
    close(fd);
    fd = entry_open(p.fd, "link", O_PATH);
    assert_int_equal(entry_reopen(fd, O_RDONLY), -ELOOP);
    close(fd);
    tear_down(&p);
}

static int try_mounted(const struct place *p)
{
    int fd;

    if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return 77;
    if (mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0 || chdir(p->path) < 0 ||
        mount("dir", "dir", NULL, MS_BIND, NULL) < 0 || mount("fifo", "file", NULL, MS_BIND, NULL) < 0)
        return 77;
    fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC); /* in this namespace */
    if (entry_open(fd, "dir", O_RDONLY | O_DIRECTORY) != -EXDEV)
        return 1;
    return entry_open(fd, "file", O_PATH) == -EXDEV ? 0 : 2;
}

static void what_is_mounted_is_not_entered(void **state)
{
    struct place p;
    int status;
    pid_t child;

    (void)state;
    set_up(&p);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(try_mounted(&p));
    assert_int_equal(waitpid(child, &status, 0), child);
    tear_down(&p);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_of_what_links_lead_to_stay),
        cmocka_unit_test(what_is_opened_is_the_entry),
        cmocka_unit_test(what_is_mounted_is_not_entered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
