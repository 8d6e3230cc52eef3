/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

/* How many KiB of a run's mapping are resident. */
static size_t resident_kib(const struct file_buf *b)
{
    size_t kib = 0;
    FILE *f = fopen("/proc/self/smaps", "re");
    char line[512];
    bool here = false;

    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        unsigned long from, to;

        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            here = from <= (uintptr_t)b->data && (uintptr_t)b->data < to;
        else if (here && sscanf(line, "Rss: %zu", &kib) == 1)
            break;
    }
    fclose(f);
    return kib;
}

/* Wherever it is looked at and in whatever way, the bytes are right and few of them resident. */
static void gives_back_what_is_looked_at(void **state)
{
    enum { WORDS = 8 << 20 };
    cleanup_fd int dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct file_buf b = FILE_BUF_INIT(dir);
    size_t limit = (FILE_BUF_RECENT + 1) * FILE_BUF_BLOCK / 1024 + 2048; /* and what was appended last */

    (void)state;
    for (uint32_t i = 0; i < WORDS; i++)
        assert_int_equal(file_buf_append(&b, &i, sizeof(i)), 0);
    for (unsigned round = 0; round < 3; round++) {
        uint32_t at = 1, got = 0;

        for (unsigned i = 0; i < 5000; i++) {
            at = round == 2 ? (at + 1000) % WORDS : (at * 1664525u + 1013904223u) % WORDS;
            if (round == 0)
                got = *(uint32_t *)file_buf_at(&b, at * sizeof(at));
            else
                file_buf_copy(&b, at * sizeof(at), &got, sizeof(got));
            assert_int_equal(got, at);
            if (i % 500 == 0)
                assert_true(resident_kib(&b) <= limit);
        }
    }
    file_buf_free(&b);
}

static void compares_with_any_length(void **state)
{
    static char bytes[100000];
    cleanup_fd int dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct file_buf b = FILE_BUF_INIT(dir);

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * i / 7);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(file_buf_append(&b, bytes, sizeof(bytes)), 0);
    assert_true(b.fd >= 0);
    for (size_t len = 0; len < sizeof(bytes); len += len / 2 + 1) {
        size_t at = len * 37 % (b.len - sizeof(bytes)) / sizeof(bytes) * sizeof(bytes);

        assert_true(file_buf_equals(&b, at, bytes, len));
        if (len == 0)
            continue;
        bytes[len - 1]++;
        assert_false(file_buf_equals(&b, at, bytes, len));
        bytes[len - 1]--;
    }
    file_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_bytes_in_memory_and_in_a_file),
        cmocka_unit_test(gives_back_what_is_looked_at),
        cmocka_unit_test(compares_with_any_length),
        cmocka_unit_test(says_when_there_is_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
