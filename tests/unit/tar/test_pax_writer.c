/* SPDX-License-Identifier: Apache-2.0 */
/* Archives as the writer makes them, read by libarchive; and the bytes themselves, which must never change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/buf.h"
#include "os/cleanup.h"
#include "tar/pax_writer.h"

static int keep(void *ctx, const void *data, size_t len)
{
    return buf_append(ctx, data, len);
}

/* The archive of an entry, with what `fd` has when it is not negative. */
static void write_one(const struct pax_entry *e, int fd, struct buf *ret)
{
    struct pax_writer *w = pax_writer_new(keep, ret);

    assert_non_null(w);
    assert_int_equal(fd < 0 ? pax_writer_add(w, e) : pax_writer_add_file(w, e, fd, 0), 0);
    assert_int_equal(pax_writer_end(w), 0);
    pax_writer_free(w);
    assert_int_equal(ret->len % 512, 0);
}

static struct archive *read_one(const struct buf *b, struct archive_entry **ret)
{
    struct archive *a = archive_read_new();

    archive_read_support_format_tar(a);
    assert_int_equal(archive_read_open_memory(a, b->data, b->len), ARCHIVE_OK);
    assert_true(archive_read_next_header(a, ret) >= ARCHIVE_WARN); /* of names that are no text */
    return a;
}

static void end_one(struct archive *a)
{
    struct archive_entry *e;

    assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_EOF);
    archive_read_free(a);
}

static int scratch_file(void)
{
    FILE *f = tmpfile();
    int fd = f ? fcntl(fileno(f), F_DUPFD_CLOEXEC, 3) : -1;

    assert_true(fd >= 0);
    fclose(f);
    return fd;
}

/* ---- what an entry says */

static void the_kinds(void **state)
{
    static const struct {
        struct pax_entry e;
        mode_t mode;
    } kinds[] = {
        {{.path = "f", .mode = S_IFREG | 04755}, S_IFREG | 04755},
        {{.path = "d/", .mode = S_IFDIR | 01777}, S_IFDIR | 01777},
        {{.path = "l", .mode = S_IFLNK | 0777, .target = "to"}, S_IFLNK | 0777},
        {{.path = "p", .mode = S_IFIFO | 0600}, S_IFIFO | 0600},
        {{.path = "c", .mode = S_IFCHR | 0620, .rdev_major = 240, .rdev_minor = 70000}, S_IFCHR | 0620},
        {{.path = "b", .mode = S_IFBLK | 0660, .rdev_major = 4095, .rdev_minor = 1}, S_IFBLK | 0660},
    };

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        cleanup_buf struct buf b = BUF_INIT;
        struct archive_entry *got;

        write_one(&kinds[i].e, -1, &b);
        struct archive *a = read_one(&b, &got);
        assert_string_equal(archive_entry_pathname(got), kinds[i].e.path);
        assert_int_equal(archive_entry_mode(got), kinds[i].mode);
        if (kinds[i].e.target)
            assert_string_equal(archive_entry_symlink(got), "to");
        assert_int_equal(archive_entry_rdevmajor(got), kinds[i].e.rdev_major);
        assert_int_equal(archive_entry_rdevminor(got), kinds[i].e.rdev_minor);
        end_one(a);
    }
}

static void a_socket_is_refused(void **state)
{
    cleanup_buf struct buf b = BUF_INIT;
    struct pax_writer *w = pax_writer_new(keep, &b);

    (void)state;
    assert_int_equal(pax_writer_add(w, &(struct pax_entry){.path = "s", .mode = S_IFSOCK}), -EINVAL);
    assert_int_equal(b.len, 0);
    pax_writer_free(w);
}

/* Numbers on both sides of where the header has no room. */
static void owners(void **state)
{
    static const uint32_t ids[] = {0, 1000, 07777777, 010000000, UINT32_MAX - 1};

    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        cleanup_buf struct buf b = BUF_INIT;
        struct pax_entry e = {.path = "f", .mode = S_IFREG, .uid = ids[i], .gid = ids[i] / 2};
        struct archive_entry *got;

        write_one(&e, -1, &b);
        struct archive *a = read_one(&b, &got);
        assert_int_equal(archive_entry_uid(got), ids[i]);
        assert_int_equal(archive_entry_gid(got), ids[i] / 2);
        end_one(a);
    }
}

static void times(void **state)
{
    static const struct {
        struct timespec time;
        const char *record; /* NULL: in the header */
    } times[] = {
        {{0, 0}, NULL},
        {{1500000000, 0}, NULL},
        {{077777777777, 0}, NULL},
        {{0100000000000, 0}, " mtime=8589934592\n"},
        {{1500000000, 1}, " mtime=1500000000.000000001\n"},
        {{1500000000, 120000000}, " mtime=1500000000.12\n"},
        {{-1, 0}, " mtime=-1\n"},
        {{-2, 500000000}, " mtime=-1.5\n"},
        {{-1, 999999999}, " mtime=-0.000000001\n"},
        {{INT64_MIN + 1, 0}, " mtime=-9223372036854775807\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        cleanup_buf struct buf b = BUF_INIT;
        struct pax_entry e = {.path = "f", .mode = S_IFREG, .mtime = times[i].time};

        write_one(&e, -1, &b);
        if (times[i].record)
            assert_non_null(memmem(b.data, b.len, times[i].record, strlen(times[i].record)));
        else
            assert_int_equal(b.len, 3 * 512);
    }
}

/* Each length, so that the lengths of records that count their own digits are all met; and bytes that are no
 * text. */
static void names_of_any_length(void **state)
{
    char name[300], target[300];

    (void)state;
    for (size_t len = 1; len < sizeof name; len++) {
        cleanup_buf struct buf b = BUF_INIT;
        struct pax_entry e = {.path = name, .mode = S_IFLNK | 0777, .target = target};
        struct archive_entry *got;

        memset(name, 'n', len);
        memset(target, 't', len);
        name[len] = target[len] = '\0';
        if (len % 7 == 0)
            name[len / 2] = target[len / 2] = '\xff';
        write_one(&e, -1, &b);
        struct archive *a = read_one(&b, &got);
        assert_string_equal(archive_entry_pathname(got), name);
        assert_string_equal(archive_entry_symlink(got), target);
        end_one(a);
    }
}

static void hard_links(void **state)
{
    cleanup_buf struct buf b = BUF_INIT;
    char far[200];
    struct pax_entry e = {.path = "link", .mode = S_IFREG | 0644, .hardlink = far};
    struct archive_entry *got;

    (void)state;
    memset(far, 'f', sizeof far);
    far[sizeof far - 1] = '\0';
    write_one(&e, -1, &b);
    struct archive *a = read_one(&b, &got);
    assert_string_equal(archive_entry_hardlink(got), far);
    end_one(a);
}

/* ---- attributes */

static void attributes(void **state)
{
    static const struct pax_xattr xattrs[] = {
        {"security.capability", "\1\0\0\2\0 \0\0", 8},
        {"trusted.new\nline", "a\nb=c", 5},
        {"user.%3D", "percent", 7},
        {"user.\xff=", "\0odd\xff", 5},
        {"user.a=b", "x", 1},
        {"user.a=b=c", "xy", 2},
        {"user.empty", "", 0},
    };
    struct pax_entry e = {.path = "f", .mode = S_IFREG, .xattrs = xattrs, .n_xattrs = 7};
    cleanup_buf struct buf b = BUF_INIT;
    struct archive_entry *got;
    const char *name;
    const void *value;
    size_t len, found = 0;

    (void)state;
    write_one(&e, -1, &b);
    struct archive *a = read_one(&b, &got);
    assert_int_equal(archive_entry_xattr_reset(got), 7);
    while (archive_entry_xattr_next(got, &name, &value, &len) == ARCHIVE_OK)
        for (size_t i = 0; i < 7; i++)
            if (strcmp(name, xattrs[i].name) == 0) {
                assert_int_equal(len, xattrs[i].len);
                assert_memory_equal(value, xattrs[i].value, len);
                found++;
            }
    assert_int_equal(found, 7);
    end_one(a);
}

/* ---- contents */

static void check_content(int fd, uint64_t size, size_t most)
{
    struct pax_entry e = {.path = "dir/f", .mode = S_IFREG | 0644, .size = size};
    cleanup_free char *all = calloc(1, size + 1), *want = calloc(1, size + 1);
    cleanup_buf struct buf b = BUF_INIT;
    struct archive_entry *got;
    const void *block;
    size_t len;
    la_int64_t at;

    write_one(&e, fd, &b);
    assert_true(b.len <= most);
    struct archive *a = read_one(&b, &got);
    assert_string_equal(archive_entry_pathname(got), "dir/f");
    assert_int_equal(archive_entry_size(got), size);
    while (archive_read_data_block(a, &block, &len, &at) == ARCHIVE_OK) {
        assert_true((uint64_t)at + len <= size);
        memcpy(all + at, block, len);
    }
    assert_int_equal(pread(fd, want, size, 0), size);
    assert_memory_equal(all, want, size);
    end_one(a);
}

static void contents(void **state)
{
    static const size_t sizes[] = {1, 511, 512, 513, 131072, 131073, 400000};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        cleanup_fd int fd = scratch_file();

        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(pwrite(fd, &"0123456789"[k % 10], 1, (off_t)k), 1);
        check_content(fd, sizes[i], sizes[i] + 4 * 512);
    }
}

static void holes(void **state)
{
    cleanup_fd int fd = scratch_file();

    (void)state;
    assert_int_equal(ftruncate(fd, 3 << 20), 0);
    check_content(fd, 3 << 20, 10240); /* nothing but a hole */
    assert_int_equal(pwrite(fd, "middle", 6, 1 << 20), 6);
    check_content(fd, 3 << 20, 1 << 17);
    assert_int_equal(pwrite(fd, "end", 3, (3 << 20) - 3), 3);
    check_content(fd, 3 << 20, 1 << 18);
}

/* What is not there is no hole. */
static void a_file_that_is_too_short(void **state)
{
    static const off_t offsets[] = {0, 4096, 1 << 20};
    cleanup_fd int fd = scratch_file();

    (void)state;
    assert_int_equal(pwrite(fd, "content", 7, 0), 7);
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        cleanup_buf struct buf b = BUF_INIT;
        struct pax_writer *w = pax_writer_new(keep, &b);

        assert_int_equal(pax_writer_add_file(w, &(struct pax_entry){.path = "f", .mode = S_IFREG, .size = 8},
                                             fd, (uint64_t)offsets[i]),
                         -EIO);
        pax_writer_free(w);
    }
}

static void bytes_by_and_by(void **state)
{
    cleanup_buf struct buf b = BUF_INIT;
    struct pax_writer *w = pax_writer_new(keep, &b);
    const struct pax_entry e = {.path = "f", .mode = S_IFREG, .size = 6};

    (void)state;
    assert_int_equal(pax_writer_begin(w, &e), 0);
    assert_int_equal(pax_writer_more(w, "abc", 3), 0);
    assert_int_equal(pax_writer_finish(w), -EIO);
    assert_int_equal(pax_writer_more(w, "defg", 4), -EIO);
    assert_int_equal(pax_writer_more(w, "def", 3), 0);
    assert_int_equal(pax_writer_finish(w), 0);
    assert_int_equal(b.len, 1024);
    assert_memory_equal(b.data + 512, "abcdef\0", 7);
    pax_writer_free(w);
}

/* A layer is named by its bytes. */
static void the_bytes(void **state)
{
    static const char header[] = "d/f\0";
    struct pax_entry e = {.path = "d/f", .mode = S_IFREG | 0640, .uid = 1, .gid = 2, .mtime = {3, 0}};
    cleanup_buf struct buf b = BUF_INIT;

    (void)state;
    write_one(&e, -1, &b);
    assert_memory_equal(b.data, header, sizeof header);
    assert_memory_equal(b.data + 100,
                        "0000640\0"
                        "0000001\0"
                        "0000002\0"
                        "00000000000\0"
                        "00000000003\0"
                        "007570\0 0\0",
                        58);
    assert_memory_equal(b.data + 257,
                        "ustar\0"
                        "00\0",
                        9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kinds),
        cmocka_unit_test(a_socket_is_refused),
        cmocka_unit_test(owners),
        cmocka_unit_test(times),
        cmocka_unit_test(names_of_any_length),
        cmocka_unit_test(hard_links),
        cmocka_unit_test(attributes),
        cmocka_unit_test(contents),
        cmocka_unit_test(holes),
        cmocka_unit_test(a_file_that_is_too_short),
        cmocka_unit_test(bytes_by_and_by),
        cmocka_unit_test(the_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
