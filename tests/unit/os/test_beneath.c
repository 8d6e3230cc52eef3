/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/beneath.h"
#include "os/cleanup.h"

/* Every test has a directory of its own:  inside/{dir/{file,deep/file},out -> ..,up -> dir/..,abs -> /,self
 * -> self, link -> dir/file} beside a file that must stay out of reach. */
struct place {
    char path[40];
    int top, inside;
};

static void write_file(int dirfd, const char *name, const char *text)
{
    cleanup_fd int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int make_place(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    assert_non_null(p);
    strcpy(p->path, "/tmp/mica-test-beneath.XXXXXX");
    assert_non_null(mkdtemp(p->path));
    p->top = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(p->top, "inside", 0755), 0);
    p->inside = openat(p->top, "inside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    write_file(p->top, "secret", "secret");
    assert_int_equal(mkdirat(p->inside, "dir", 0755), 0);
    assert_int_equal(mkdirat(p->inside, "dir/deep", 0755), 0);
    write_file(p->inside, "dir/file", "file");
    write_file(p->inside, "dir/deep/file", "deep");
    assert_int_equal(symlinkat("..", p->inside, "out"), 0);
    assert_int_equal(symlinkat("dir/..", p->inside, "up"), 0);
    assert_int_equal(symlinkat("/", p->inside, "abs"), 0);
    assert_int_equal(symlinkat("self", p->inside, "self"), 0);
    assert_int_equal(symlinkat("dir/file", p->inside, "link"), 0);
    *state = p;
    return 0;
}

static int remove_place(void **state)
{
    struct place *p = *state;
    int r = beneath_remove(AT_FDCWD, p->path);

    close(p->inside);
    close(p->top);
    free(p);
    return r;
}

static const struct open_case {
    const char *path;
    int flags, expected; /* 0: a descriptor */
} open_cases[] = {
    {"dir/file", O_RDONLY, 0},
    {"./dir//deep/./file", O_RDONLY, 0},
    {"dir", O_RDONLY | O_DIRECTORY, 0},
    {"dir/", O_RDONLY, 0},
    {".", O_RDONLY | O_DIRECTORY, 0},
    {"dir/file", O_PATH, 0},
    {"nothing", O_RDONLY, -ENOENT},
    {"dir/nothing/file", O_RDONLY, -ENOENT},
    {"", O_RDONLY, -ENOENT},
    {"dir/file/x", O_RDONLY, -ENOTDIR},
    {"dir/file", O_RDONLY | O_DIRECTORY, -ENOTDIR},
    {"../secret", O_RDONLY, -EXDEV},
    {"..", O_RDONLY, -EXDEV},
    {"/etc", O_RDONLY, -EXDEV},
    {"link", O_RDONLY, -ELOOP},
    {"link", O_PATH, -ELOOP},
    {"self", O_RDONLY, -ELOOP},
    {"out/secret", O_RDONLY, -ELOOP},
    {"out", O_RDONLY | O_DIRECTORY, -ELOOP},
    {"up/dir/file", O_RDONLY, -ELOOP},
    {"abs/etc", O_RDONLY, -ELOOP},
};

static void check_open(int (*open_fn)(int, const char *, int, mode_t), const struct place *p)
{
    for (size_t i = 0; i < sizeof(open_cases) / sizeof(open_cases[0]); i++) {
        const struct open_case *c = &open_cases[i];
        cleanup_fd int fd = open_fn(p->inside, c->path, c->flags, 0);

        if (c->expected == 0 ? fd < 0 : fd != c->expected)
            fail_msg("\"%s\" flags %#o: got %d", c->path, (unsigned)c->flags, fd);
        if (fd >= 0)
            assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    }
}

static void opens_only_what_lies_beneath(void **state)
{
    check_open(beneath_open, *state);
}

static void the_walk_agrees_with_the_kernel(void **state)
{
    check_open(beneath_open_by_walk, *state);
}

static void creates_with_the_mode_asked_for(void **state)
{
    struct place *p = *state;
    mode_t mask = umask(0);
    struct stat st;
    cleanup_fd int a = beneath_open(p->inside, "dir/new", O_WRONLY | O_CREAT | O_EXCL, 0640);
    cleanup_fd int b = beneath_open_by_walk(p->inside, "dir/new2", O_WRONLY | O_CREAT | O_EXCL, 0604);
    cleanup_fd int dir = beneath_open(p->inside, "dir", O_RDONLY | O_DIRECTORY, 0644);

    umask(mask);
    assert_int_equal(fstat(a, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(fstat(b, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0604);
    assert_true(dir >= 0); /* a mode that is not needed is no error, as with open(2) */
    /* A link in the way is not created through. */
    assert_int_equal(symlinkat("../made", p->inside, "plant"), 0);
    assert_true(beneath_open(p->inside, "plant", O_WRONLY | O_CREAT, 0644) < 0);
    assert_int_equal(faccessat(p->top, "made", F_OK, 0), -1);
}

static void removes_everything_but_what_links_lead_to(void **state)
{
    struct place *p = *state;
    struct stat st;

    assert_int_equal(linkat(p->top, "secret", p->inside, "dir/hard", 0), 0);
    assert_int_equal(beneath_remove(p->top, "inside"), 0);
    assert_int_equal(fstatat(p->top, "inside", &st, AT_SYMLINK_NOFOLLOW), -1);
    assert_int_equal(fstatat(p->top, "secret", &st, 0), 0);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(beneath_remove(p->top, "inside"), 0); /* what never was is gone as well */
}

static void removes_links_and_files_themselves(void **state)
{
    struct place *p = *state;

    assert_int_equal(beneath_remove(p->inside, "out"), 0);
    assert_int_equal(beneath_remove(p->inside, "dir/file"), 0);
    assert_int_equal(faccessat(p->top, "secret", F_OK, 0), 0);
    assert_int_equal(faccessat(p->inside, "dir/deep/file", F_OK, 0), 0);
}

static void removes_whatever_the_depth(void **state)
{
    struct place *p = *state;
    cleanup_fd int at = dup(p->inside);

    for (int i = 0; i < 5000; i++) { /* far beyond PATH_MAX, and more than descriptors are to be had */
        int next;

        assert_int_equal(mkdirat(at, "d", 0755), 0);
        next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        close(at);
        at = next;
    }
    write_file(at, "bottom", "x");
    assert_int_equal(beneath_remove(p->inside, "d"), 0);
    assert_int_equal(faccessat(p->inside, "d", F_OK, 0), -1);
}

/* Somebody moves the directory that is being emptied out of the tree, and that is done just when the code
 * under test removes "bottom" from it. */
static const struct place *to_move;

int unlinkat(int dirfd, const char *name, int flags)
{
    const struct place *p = to_move;

    if (p && strcmp(name, "bottom") == 0) {
        to_move = NULL;
        assert_int_equal(renameat(p->inside, "dir/x/y", p->top, "away/y"), 0);
    }
    return (int)syscall(SYS_unlinkat, dirfd, name, flags);
}

static void a_directory_that_is_moved_does_not_lead_out(void **state)
{
    struct place *p = *state;
    static const char *const dirs[] = {"dir/x", "dir/x/y", "dir/x/y/z"};

    assert_int_equal(mkdirat(p->top, "away", 0755), 0);
    write_file(p->top, "away/mine", "to stay");
    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
        assert_int_equal(mkdirat(p->inside, dirs[i], 0755), 0);
    write_file(p->inside, "dir/x/y/z/bottom", "");
    to_move = p;
    assert_int_equal(beneath_remove(p->inside, "dir"), 0);
    assert_null(to_move);
    assert_int_equal(faccessat(p->inside, "dir", F_OK, 0), -1);
    assert_int_equal(faccessat(p->top, "away/mine", F_OK, 0), 0);
    assert_int_equal(faccessat(p->top, "secret", F_OK, 0), 0);
    assert_int_equal(faccessat(p->inside, "link", F_OK, AT_SYMLINK_NOFOLLOW), 0);
}

/* The owner can remove what its modes forbid even to read. Done as an ordinary user, since root is above
 * modes. */
static int remove_forbidden(const struct place *p)
{
    static const mode_t modes[] = {0, 0100, 0200, 0300, 0400, 0500, 0555};
    char name[8] = "m0";

    if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0))
        return 1;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++, name[1]++) {
        char file[16] = "", dir[16] = "";

        strcat(strcat(file, name), "/file");
        strcat(strcat(dir, name), "/dir");
        if (mkdirat(p->inside, name, 0700) < 0 || mkdirat(p->inside, dir, 0700) < 0 ||
            mknodat(p->inside, file, S_IFREG, 0) < 0 || fchmodat(p->inside, dir, modes[i], 0) < 0 ||
            fchmodat(p->inside, name, modes[i], 0) < 0)
            return 2;
        if (beneath_remove(p->inside, name) < 0 || faccessat(p->inside, name, F_OK, 0) == 0)
            return 10 + (int)i;
    }
    return 0;
}

static void removes_its_own_whatever_the_modes(void **state)
{
    struct place *p = *state;
    int status;
    pid_t child;

    assert_int_equal(fchmod(p->top, 0755), 0);
    assert_int_equal(fchmod(p->inside, 0777), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(remove_forbidden(p));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A directory that is empty and yet cannot be removed: something is mounted on it, here of the same file
 * system.
 */
static int remove_mount(const struct place *p)
{
    if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return 77;
    if (mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0 || chdir(p->path) < 0 ||
        unlink("inside/dir/deep/file") < 0 ||
        mount("inside/dir/deep", "inside/dir/deep", NULL, MS_BIND, NULL) < 0)
        return 77;
    alarm(20);
    return beneath_remove(AT_FDCWD, "inside") == -EBUSY ? 0 : 1;
}

static void ends_at_what_cannot_be_removed(void **state)
{
    struct place *p = *state;
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(remove_mount(p));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_only_what_lies_beneath, make_place, remove_place),
        cmocka_unit_test_setup_teardown(the_walk_agrees_with_the_kernel, make_place, remove_place),
        cmocka_unit_test_setup_teardown(creates_with_the_mode_asked_for, make_place, remove_place),
        cmocka_unit_test_setup_teardown(removes_everything_but_what_links_lead_to, make_place, remove_place),
        cmocka_unit_test_setup_teardown(removes_links_and_files_themselves, make_place, remove_place),
        cmocka_unit_test_setup_teardown(removes_whatever_the_depth, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_directory_that_is_moved_does_not_lead_out, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(removes_its_own_whatever_the_modes, make_place, remove_place),
        cmocka_unit_test_setup_teardown(ends_at_what_cannot_be_removed, make_place, remove_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
