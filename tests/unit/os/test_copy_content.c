/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/copy_content.h"
#include "scratch_dir.h"

#define MIB (1u << 20)

static int open_new(const struct scratch_dir *s, const char *name)
{
    int fd = openat(s->fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    return fd;
}

/* A file of `size` bytes with data at the given places only: `where` is pairs of offset and length. */
static void fill(int fd, off_t size, const off_t *where, size_t n)
{
    assert_int_equal(ftruncate(fd, size), 0);
    for (size_t i = 0; i < n; i++)
        for (off_t at = where[2 * i], end = at + where[2 * i + 1]; at < end; at++) {
            char c = (char)('a' + at % 26);

            assert_int_equal(pwrite(fd, &c, 1, at), 1);
        }
}

static void assert_same(int from, off_t offset, off_t size, int to)
{
    static char a[65536], b[65536];
    struct stat st;

    assert_int_equal(fstat(to, &st), 0);
    assert_true(st.st_size == size);
    for (off_t at = 0; at < size;) {
        size_t len = size - at < (off_t)sizeof a ? (size_t)(size - at) : sizeof a;

        assert_int_equal(pread(from, a, len, offset + at), (ssize_t)len);
        assert_int_equal(pread(to, b, len, at), (ssize_t)len);
        assert_memory_equal(a, b, len);
        at += (off_t)len;
    }
}

static void test_content(void **state)
{
    static const struct test_case {
        off_t size, where[8];
        size_t n;
        uint64_t offset, len; /* the part that is copied */
    } cases[] = {
        {0, {0}, 0, 0, 0},
        {1, {0, 1}, 1, 0, 1},
        {100, {0, 100}, 1, 0, 100},
        {100, {0, 100}, 1, 7, 50},
        {MIB, {0}, 0, 0, MIB},                              /* nothing but a hole */
        {MIB, {0, 10, MIB - 10, 10}, 2, 0, MIB},            /* data at both ends */
        {MIB, {65536, 4096, 300000, 10}, 2, 0, MIB},        /* in the middle */
        {MIB, {65536, 4096, 300000, 10}, 2, 66000, 300},    /* within data */
        {MIB, {65536, 4096, 300000, 10}, 2, 4096, 61440},   /* only a hole, data right behind */
        {MIB, {65536, 4096, 300000, 10}, 2, 67584, 232424}, /* from data over a hole */
        {MIB, {0, 300000}, 1, 4096, 5000},                  /* one of many in a pack */
        {MIB, {0, MIB}, 1, 8, MIB - 8},                     /* at an odd offset: no sharing of blocks */
        {16384, {0, 16384}, 1, 0, 16384},                   /* the largest that is copied in one go */
        {16385, {0, 16385}, 1, 0, 16385},                   /* and one more */
        {12288, {4096, 4096}, 1, 0, 12288},                 /* small, between holes */
        {12288, {0, 4096}, 1, 0, 12288},                    /* and one at the end */
    };
    struct scratch_dir s;

    (void)state;
    scratch_make(&s);
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof cases[0]); i++) {
        /* Between different file systems the kernel may leave it to us. */
        const struct test_case *c = &cases[i / 2];
        int from = i % 2 ? memfd_create("from", MFD_CLOEXEC) : open_new(&s, "from"), to = open_new(&s, "to");

        fill(from, c->size, c->where, c->n);
        assert_int_equal(copy_content(from, c->offset, c->len, 0, to, 0), 0);
        assert_same(from, (off_t)c->offset, (off_t)c->len, to);
        close(from);
        close(to);
    }
    scratch_remove(&s);
}

static void test_holes_stay(void **state)
{
    static const off_t where[] = {0, 100, 512ll << 20, 4096};
    struct scratch_dir s;
    struct stat st;
    char a[100], b[100];
    int from, to;

    (void)state;
    scratch_make(&s);
    from = open_new(&s, "from");
    to = open_new(&s, "to");
    fill(from, 1ll << 30, where, 2);
    assert_int_equal(copy_content(from, 0, 1 << 30, 0, to, 0), 0);
    assert_int_equal(fstat(to, &st), 0);
    assert_true(st.st_size == 1 << 30);
    assert_true(st.st_blocks <= 64);
    assert_true(lseek(to, 4096, SEEK_DATA) == 512ll << 20);
    assert_true(lseek(to, 0, SEEK_HOLE) <= 65536);
    assert_int_equal(pread(from, a, sizeof a, (512ll << 20) + 4000), sizeof a);
    assert_int_equal(pread(to, b, sizeof b, (512ll << 20) + 4000), sizeof b);
    assert_memory_equal(a, b, sizeof a);
    /* A small one as well. */
    assert_int_equal(ftruncate(from, 0), 0);
    fill(from, 16384, (const off_t[]){12288, 4096}, 1);
    assert_int_equal(ftruncate(to, 0), 0);
    assert_int_equal(copy_content(from, 0, 16384, 0, to, 0), 0);
    assert_true(lseek(to, 0, SEEK_DATA) == 12288);
    close(from);
    close(to);
    scratch_remove(&s);
}

/* A copy of metadata only has the size already; whatever it is, it comes right. */
static void test_size_of_the_target(void **state)
{
    static const off_t sizes[] = {0, 50, 100, 5000}, data[] = {0, 100};
    struct scratch_dir s;

    (void)state;
    scratch_make(&s);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int from = open_new(&s, "from"), to = open_new(&s, "to");

        fill(from, 100, data, 1);
        assert_int_equal(ftruncate(to, sizes[i]), 0);
        assert_int_equal(copy_content(from, 0, 100, 0, to, (uint64_t)sizes[i]), 0);
        assert_same(from, 0, 100, to);
        close(from);
        close(to);
    }
    scratch_remove(&s);
}

/* A file that has become shorter than it was said to be is not made up with zeros. */
static void test_short_source(void **state)
{
    static const struct {
        off_t size;
        uint64_t offset, len;
    } cases[] = {{100, 0, 101}, {100, 90, 11}, {100, 200, 1}, {0, 0, 1}, {4096, 0, 8192}};
    struct scratch_dir s;

    (void)state;
    scratch_make(&s);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const off_t where[] = {0, cases[i].size};
        int from = open_new(&s, "from"), to = open_new(&s, "to");

        fill(from, cases[i].size, where, 1);
        assert_int_equal(copy_content(from, cases[i].offset, cases[i].len, 0, to, 0), -EIO);
        close(from);
        close(to);
    }
    scratch_remove(&s);
}

static void test_errors(void **state)
{
    struct scratch_dir s;
    int from, to;

    (void)state;
    scratch_make(&s);
    scratch_write(s.fd, "from", "content");
    from = openat(s.fd, "from", O_RDONLY | O_CLOEXEC);
    to = openat(s.fd, "from", O_RDONLY | O_CLOEXEC);
    assert_true(copy_content(from, 0, 7, 0, to, 0) < 0); /* not open for writing */
    close(to);
    to = open("/dev/full", O_RDWR | O_CLOEXEC);
    assert_true(copy_content(from, 0, 7, 0, to, 0) < 0);
    close(to);
    close(from);
    scratch_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content),
        cmocka_unit_test(test_holes_stay),
        cmocka_unit_test(test_size_of_the_target),
        cmocka_unit_test(test_short_source),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
