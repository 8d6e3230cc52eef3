/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "glue/content_copy.h"
#include "glue/scratch.h"

#define SIZE (1u << 20)

/* On the file system of the temporary directory, or in memory: two file systems between which the kernel does
 * not copy. */
static int new_file(bool in_memory)
{
    const char *dir = getenv("TMPDIR");
    int fd = in_memory ? memfd_create("test", MFD_CLOEXEC)
                       : open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    return fd;
}

static char *pattern(void)
{
    char *data = malloc(SIZE);

    assert_non_null(data);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (char)(i * 31 + (i >> 8));
    return data;
}

static void check(bool from_memory, bool to_memory, uint64_t from_off, uint64_t to_off, size_t len)
{
    int from = new_file(from_memory), to = new_file(to_memory);
    size_t there = from_off < SIZE ? SIZE - (size_t)from_off : 0;
    size_t expected = len < there ? len : there;
    char *data = pattern(), *got = malloc(SIZE);

    assert_non_null(got);
    assert_int_equal(pwrite(from, data, SIZE, 0), SIZE);
    assert_int_equal(content_copy(from, from_off, to, to_off, len), expected);
    assert_int_equal(lseek(to, 0, SEEK_END), expected ? to_off + expected : 0);
    assert_int_equal(pread(to, got, SIZE, (off_t)to_off), expected);
    assert_memory_equal(got, data + (there ? from_off : 0), expected);
    free(got);
    free(data);
    close(from);
    close(to);
}

static void test_copies(void **state)
{
    static const struct {
        uint64_t from, to;
        size_t len;
    } cases[] = {{0, 0, SIZE}, {0, 0, 0},        {1, 0, 1},     {4096, 8192, 4096}, {777, 13, 300000},
                 {0, 7, SIZE}, {SIZE - 1, 5, 9}, {SIZE, 0, 10}, {SIZE + 5, 0, SIZE}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int kind = 0; kind < 4; kind++)
            check(kind & 1, kind & 2, cases[i].from, cases[i].to, cases[i].len);
    }
    scratch_release();
}

static void test_errors(void **state)
{
    int from = new_file(false), to = open("/dev/full", O_RDWR | O_CLOEXEC);

    (void)state;
    assert_true(to >= 0);
    assert_int_equal(pwrite(from, "text", 4, 0), 4);
    assert_int_equal(content_copy(from, 0, to, 0, 4), -ENOSPC);
    assert_int_equal(content_copy(-1, 0, to, 0, 4), -EBADF);
    close(from);
    close(to);
    scratch_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
