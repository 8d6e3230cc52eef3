/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/copy.h"

static const char text[] = "some bytes to copy";

#define LEN (sizeof text - 1)

static int new_file(void)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static int source(void)
{
    int fd = new_file();

    assert_int_equal(pwrite(fd, text, LEN, 0), LEN);
    return fd;
}

static ssize_t by_hand(int from, uint64_t from_off, int to, uint64_t to_off, size_t len)
{
    char buf[64];

    assert_true(len <= sizeof buf);
    return copy_by_hand(from, from_off, to, to_off, buf, len);
}

/* As much as there is, at its place; positions of the descriptors do not count and stay. */
static void check(ssize_t (*copy)(int, uint64_t, int, uint64_t, size_t))
{
    static const struct {
        uint64_t from, to;
        size_t len, expected;
    } cases[] = {{0, 0, LEN, LEN}, {0, 0, 64, LEN}, {5, 3, 4, 4},        {LEN - 1, 9, 64, 1},
                 {LEN, 0, 64, 0},  {99, 0, 64, 0},  {0, 100000, 64, LEN}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int from = source(), to = new_file();
        char got[64];

        assert_int_equal(copy(from, cases[i].from, to, cases[i].to, cases[i].len), cases[i].expected);
        assert_int_equal(pread(to, got, sizeof got, (off_t)cases[i].to), cases[i].expected);
        if (cases[i].expected)
            assert_memory_equal(got, text + cases[i].from, cases[i].expected);
        assert_int_equal(lseek(from, 0, SEEK_CUR), 0);
        assert_int_equal(lseek(to, 0, SEEK_CUR), 0);
        close(from);
        close(to);
    }
}

static void test_both_ways(void **state)
{
    (void)state;
    check(copy_by_kernel);
    check(by_hand);
}

/* A pipe, a target that is appended to, a device: the kernel says three different things. */
static void test_refusals(void **state)
{
    int from = source(), appended = new_file(), device = open("/dev/null", O_WRONLY | O_CLOEXEC), ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(appended, F_SETFL, O_APPEND), 0);
    assert_int_equal(copy_by_kernel(from, 0, ends[1], 0, LEN), -EXDEV);
    assert_int_equal(copy_by_kernel(from, 0, appended, 0, LEN), -EXDEV);
    assert_int_equal(copy_by_kernel(from, 0, device, 0, LEN), -EXDEV);
    close(from);
    close(appended);
    close(device);
    close(ends[0]);
    close(ends[1]);
}

static void test_errors(void **state)
{
    int from = source(), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_int_equal(copy_by_kernel(dir, 0, from, 0, LEN), -EISDIR);
    assert_int_equal(by_hand(dir, 0, from, 0, LEN), -EISDIR);
    assert_int_equal(by_hand(from, 0, full, 0, LEN), -ENOSPC);
    assert_int_equal(by_hand(from, LEN, full, 0, LEN), 0); /* nothing to write */
    close(from);
    close(full);
    close(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
