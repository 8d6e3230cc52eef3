/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/cleanup.h"
#include "os/file_buf.h"

static void fill(struct file_buf *b, size_t words)
{
    for (uint32_t i = 0; i < words; i++)
        assert_int_equal(file_buf_append(b, &i, sizeof(i)), 0);
    assert_int_equal(b->len, words * sizeof(uint32_t));
    for (uint32_t i = 0; i < words; i++)
        assert_memory_equal(b->data + i * sizeof(i), &i, sizeof(i));
}

static void keeps_bytes_in_memory_and_in_a_file(void **state)
{
    cleanup_fd int dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct file_buf memory = FILE_BUF_INIT(-1), file = FILE_BUF_INIT(dir);

    (void)state;
    fill(&file, 1000);
    assert_true(file.fd < 0); /* what is small makes no file */
    file_buf_free(&file);
    fill(&memory, 3000000);
    assert_true(memory.fd < 0);
    fill(&file, 3000000);
    assert_true(file.fd >= 0);
    assert_true(file.given_back > 0);
    file_buf_free(&memory);
    file_buf_free(&file);
    assert_null(file.data);
    fill(&file, 10);
    file_buf_free(&file);
}

/* A file that may not grow stands for a disk that is full. */
static void says_when_there_is_no_room(void **state)
{
    cleanup_fd int dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct file_buf b = FILE_BUF_INIT(dir);
    struct rlimit before, small = {4 << 20, 4 << 20};
    char chunk[65536] = {1};
    int r = 0;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    while (r == 0 && b.len < (16u << 20))
        r = file_buf_append(&b, chunk, sizeof(chunk));
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(r, -EFBIG);
    assert_in_range(b.len, 2 << 20, 4 << 20);
    assert_int_equal(b.data[b.len - sizeof(chunk)], 1);
    file_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_bytes_in_memory_and_in_a_file),
        cmocka_unit_test(says_when_there_is_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
