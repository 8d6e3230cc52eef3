/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/cleanup.h"
#include "os/dir.h"

static const char *const names[] = {"a", ".hidden", "...", "..x", "sub"};

#define N (sizeof names / sizeof names[0])

static int make_directory(char path[64])
{
    const char *tmp = getenv("TMPDIR");
    int fd;

    snprintf(path, 64, "%s/mica-dir-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    assert_non_null(mkdtemp(path));
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(mkdirat(fd, names[i], 0700), 0);
    return fd;
}

/* By name: emptying a directory by what is read of it would trust what is tested here, and lead out of it by
 * ".." when that is wrong. */
static void remove_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(unlinkat(fd, names[i], AT_REMOVEDIR), 0);
    close(fd);
    assert_int_equal(rmdir(path), 0);
}

/* All names but the directory's own two, hidden ones and ones like them too; errno of before is no error. */
static void tells_every_name_once(void **state)
{
    unsigned seen[N] = {0};
    const struct dirent *e;
    char path[64];
    DIR *d;
    int r;

    (void)state;
    assert_int_equal(dir_of(make_directory(path), &d), 0);
    errno = EIO;
    for (unsigned n = 0; (e = dir_next(d, &r)); n++) {
        assert_int_equal(r, 0);
        assert_true(n < N);
        for (size_t i = 0; i < N; i++)
            seen[i] += strcmp(e->d_name, names[i]) == 0;
        errno = EIO;
    }
    assert_int_equal(r, 0);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
    closedir(d);
    remove_directory(path);
}

/* Twice from the beginning, by a descriptor that cannot itself be read. */
static void reopens_a_place(void **state)
{
    char path[64];
    int r, place;

    (void)state;
    close(make_directory(path));
    place = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int round = 0; round < 2; round++) {
        cleanup_dir DIR *d = NULL;
        size_t n = 0;

        assert_int_equal(dir_reopen(place, &d), 0);
        while (dir_next(d, &r))
            n++;
        assert_int_equal(r, 0);
        assert_int_equal(n, N);
    }
    close(place);
    assert_int_equal(dir_reopen(place, &(DIR *){NULL}), -EBADF);
    remove_directory(path);
}

static void an_error_is_not_the_end(void **state)
{
    char path[64];
    int fd = make_directory(path), other = open("/dev/null", O_RDONLY | O_CLOEXEC), r = 1;
    cleanup_dir DIR *d = NULL;

    (void)state;
    assert_int_equal(dir_of(fd, &d), 0);
    assert_int_equal(dup3(other, fd, O_CLOEXEC), fd); /* no directory any more */
    assert_null(dir_next(d, &r));
    assert_int_equal(r, -ENOTDIR);
    close(other);
    remove_directory(path);
}

/* The descriptor is closed also when nothing comes of it. */
static void takes_the_descriptor_over(void **state)
{
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    DIR *d = NULL;

    (void)state;
    assert_int_equal(dir_of(file, &d), -ENOTDIR);
    assert_int_equal(fcntl(file, F_GETFD), -1);
    assert_int_equal(dir_of(-ELOOP, &d), -ELOOP);
    assert_null(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_every_name_once),
        cmocka_unit_test(reopens_a_place),
        cmocka_unit_test(an_error_is_not_the_end),
        cmocka_unit_test(takes_the_descriptor_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
