/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"

static int memory_file(const char *content)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(fd_write(fd, content, strlen(content)), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* A writer whose every write is one byte. */
static void *write_bytes(void *arg)
{
    int fd = *(int *)arg;

    for (const char *p = "0123456789"; *p; p++)
        if (write(fd, p, 1) != 1)
            abort();
    close(fd);
    return NULL;
}

static void read_goes_on_after_short_reads(void **state)
{
    int pipe_fds[2];
    pthread_t writer;
    char got[16] = "";

    (void)state;
    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_bytes, &pipe_fds[1]), 0);
    assert_int_equal(fd_read(pipe_fds[0], got, 4), 4);
    assert_memory_equal(got, "0123", 4);
    assert_int_equal(fd_read(pipe_fds[0], got, sizeof(got)), 6); /* less than asked for: only at the end */
    assert_memory_equal(got, "456789", 6);
    assert_int_equal(fd_read(pipe_fds[0], got, sizeof(got)), 0);
    pthread_join(writer, NULL);
    close(pipe_fds[0]);
}

static void reads_and_writes_at_places(void **state)
{
    cleanup_fd int fd = memory_file("hello world");
    char got[8] = "";

    (void)state;
    assert_int_equal(fd_pread(fd, got, 5, 6), 5);
    assert_memory_equal(got, "world", 5);
    assert_int_equal(fd_pread(fd, got, 8, 9), 2);
    assert_int_equal(fd_pread(fd, got, 8, 100), 0);
    assert_int_equal(fd_pwrite(fd, "W", 1, 6), 0);
    assert_int_equal(fd_pread(fd, got, 5, 6), 5);
    assert_memory_equal(got, "World", 5);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0); /* the position is nobody's business */
}

static void refuses_offsets_beyond_files(void **state)
{
    cleanup_fd int fd = memory_file("x");
    char got[8];

    (void)state;
    assert_int_equal(fd_pread(fd, got, 8, UINT64_MAX), -EOVERFLOW);
    assert_int_equal(fd_pread(fd, got, 8, INT64_MAX - 8), 0);
    assert_int_equal(fd_pread(fd, got, 8, INT64_MAX - 7), -EOVERFLOW);
    assert_int_equal(fd_pwrite(fd, got, 8, UINT64_MAX - 3), -EFBIG);
}

static void errors_come_back_negative(void **state)
{
    char byte = 0;

    (void)state;
    assert_int_equal(fd_read(-1, &byte, 1), -EBADF);
    assert_int_equal(fd_pread(-1, &byte, 1, 0), -EBADF);
    assert_int_equal(fd_write(-1, &byte, 1), -EBADF);
    assert_int_equal(fd_pwrite(-1, &byte, 1, 0), -EBADF);
}

static void a_full_device_is_an_error(void **state)
{
    cleanup_fd int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(fd_write(fd, "x", 1), -ENOSPC);
}

static void slurps_up_to_a_limit(void **state)
{
    static const struct {
        const char *content;
        size_t limit;
        int expected;
    } cases[] = {
        {"", 0, 0}, {"", 10, 0}, {"abc", 3, 0}, {"abc", 4, 0}, {"abc", 2, -EFBIG}, {"abc", 0, -EFBIG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_fd int fd = memory_file(cases[i].content);
        cleanup_free char *got = NULL;
        size_t len = 99;

        assert_int_equal(fd_slurp(fd, cases[i].limit, &got, &len), cases[i].expected);
        if (cases[i].expected == 0) {
            assert_int_equal(len, strlen(cases[i].content));
            assert_string_equal(got, cases[i].content);
        } else {
            assert_null(got);
            assert_int_equal(len, 99);
        }
    }
}

static void slurps_files_that_do_not_know_their_size(void **state)
{
    cleanup_fd int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    cleanup_free char *got = NULL;
    size_t len;

    (void)state;
    assert_int_equal(fd_slurp(fd, 4u << 20, &got, &len), 0);
    assert_true(len > 0);
    assert_int_equal(got[len], 0);
}

static void slurps_files_by_name(void **state)
{
    char dir[] = "/tmp/mica-test-fd.XXXXXX";
    cleanup_free char *got = NULL, *beneath = NULL, *outside = NULL;
    size_t len = 99;

    (void)state;
    assert_non_null(mkdtemp(dir));
    cleanup_fd int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(fd_slurp_at(dirfd, "name", 10, &got, &len), -ENOENT);
    assert_int_equal(fd_replace_file(dirfd, "name", "abc", 3, 0600), 0);
    assert_int_equal(fd_slurp_at(dirfd, "name", 2, &got, NULL), -EFBIG);
    assert_int_equal(len, 99);
    assert_int_equal(fd_slurp_at(dirfd, "name", 3, &got, &len), 0);
    assert_true(len == 3 && strcmp(got, "abc") == 0);
    assert_int_equal(beneath_slurp(dirfd, "name", 3, &beneath, &len), 0);
    assert_string_equal(beneath, "abc");
    assert_int_equal(symlinkat("/etc/passwd", dirfd, "out"), 0);
    assert_true(beneath_slurp(dirfd, "out", 1 << 20, &outside, &len) < 0 && !outside);
    /* Nobody writes to the fifo, and nobody waits for it. */
    assert_int_equal(mkfifoat(dirfd, "fifo", 0600), 0);
    (void)beneath_slurp(dirfd, "fifo", 3, &outside, &len);
    for (int i = 0; i < 3; i++)
        assert_int_equal(unlinkat(dirfd, ((const char *const[]){"name", "out", "fifo"})[i], 0), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void replaces_a_file_whole(void **state)
{
    char dir[] = "/tmp/mica-test-fd.XXXXXX";
    cleanup_fd int dirfd = -1, file = -1;
    struct stat st;
    char got[16] = "";
    int listed = 0;

    (void)state;
    assert_non_null(mkdtemp(dir));
    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(fd_replace_file(dirfd, "name", "old old", 7, 0644), 0);
    assert_int_equal(fd_replace_file(dirfd, "name", "new", 3, 0600), 0);
    assert_int_equal(fstatat(dirfd, "name", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    file = openat(dirfd, "name", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fd_read(file, got, sizeof(got)), 3);
    assert_memory_equal(got, "new", 3);
    /* A name that is taken by a directory cannot be replaced, and no temporary stays behind. */
    assert_int_equal(mkdirat(dirfd, "dir", 0755), 0);
    assert_true(fd_replace_file(dirfd, "dir", "x", 1, 0600) < 0);
    {
        cleanup_dir DIR *d = opendir(dir);

        while (readdir(d))
            listed++;
    }
    assert_int_equal(listed, 4); /* . .. name dir */
    assert_int_equal(unlinkat(dirfd, "name", 0), 0);
    assert_int_equal(unlinkat(dirfd, "dir", AT_REMOVEDIR), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void makes_files_without_names(void **state)
{
    char dir[] = "/tmp/mica-test-unnamed.XXXXXX", byte = 0;
    cleanup_fd int dirfd = -1, fd = -1;

    (void)state;
    assert_non_null(mkdtemp(dir));
    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fd = fd_unnamed(dirfd);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(rmdir(dir), 0); /* it is empty */
    assert_int_equal(fd_pwrite(fd, "x", 1, 5), 0);
    assert_int_equal(fd_pread(fd, &byte, 1, 5), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(fd_unnamed(-1), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_goes_on_after_short_reads),
        cmocka_unit_test(reads_and_writes_at_places),
        cmocka_unit_test(refuses_offsets_beyond_files),
        cmocka_unit_test(errors_come_back_negative),
        cmocka_unit_test(a_full_device_is_an_error),
        cmocka_unit_test(slurps_up_to_a_limit),
        cmocka_unit_test(slurps_files_by_name),
        cmocka_unit_test(replaces_a_file_whole),
        cmocka_unit_test(slurps_files_that_do_not_know_their_size),
        cmocka_unit_test(makes_files_without_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
