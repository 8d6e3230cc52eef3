/* SPDX-License-Identifier: Apache-2.0 */
/* A layer's table of places: what was written is found, and damaged or hostile tables are refused. */
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
#include <xxhash.h>

#include "indexing/places_writer.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tree/places_format.h"

static char path[200];
static int dir = -1;

static int begin(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(path, sizeof path, "%.100s/test-places-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(path))
        return -1;
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir < 0 ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    close(dir);
    return beneath_remove(AT_FDCWD, path);
}

static void put(const void *data, size_t len)
{
    cleanup_fd int fd = openat(dir, PLACES_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_int_equal(fd_pwrite(fd, data, len, 0), 0);
}

static int write_table(const struct place *all, size_t n)
{
    cleanup_fd int fd = openat(dir, PLACES_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    return places_write(fd, all, n);
}

static char *read_table(size_t *ret)
{
    cleanup_fd int fd = openat(dir, PLACES_NAME, O_RDONLY | O_CLOEXEC);
    char *data;

    assert_int_equal(fd_slurp(fd, 64u << 20, &data, ret), 0);
    return data;
}

static struct place *many(size_t n)
{
    struct place *all = calloc(n, sizeof *all);

    assert_non_null(all);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct place){
            .from = 8 * i * i, .at = 4096 * i, .size = (uint32_t)(1 + i), .pack = (uint32_t)(i % 7)};
    return all;
}

static void all_are_found(void **state)
{
    static const size_t counts[] = {0, 1, 2, 2724, 2725, 10000}; /* with one block of checksums, and more */

    (void)state;
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        size_t n = counts[k];
        cleanup_free struct place *all = many(n ? n : 1);
        struct places *p;
        struct place found;

        assert_int_equal(write_table(all, n), 0);
        assert_int_equal(places_open(dir, &p, NULL), 0);
        assert_non_null(p);
        assert_true(places_is_of(p, dir));
        assert_false(places_is_of(NULL, dir));
        assert_int_equal(places_count(p), n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(places_find(p, all[i].from, all[i].size, &found), 0);
            assert_int_equal(found.at, all[i].at);
            assert_int_equal(found.pack, all[i].pack);
            assert_int_equal(places_find(p, all[i].from, all[i].size + 1, &found), -EUCLEAN);
            /* An empty file has the place of what follows it. */
            assert_int_equal(places_find(p, all[i].from, 0, &found), 0);
        }
        assert_int_equal(places_find(p, 3, 5, &found), 0);
        assert_true(found.pack == PLACES_OWN_PACK && found.at == 3);
        places_free(p);
    }
}

static void none(void **state)
{
    struct places *p = (struct places *)path;
    struct place found;
    char buf[PLACES_PATH_MAX];
    uint32_t number;

    (void)state;
    assert_int_equal(places_open(dir, &p, NULL), 0);
    assert_null(p);
    assert_true(places_is_of(NULL, dir));
    assert_int_equal(places_find(NULL, 80, 5, &found), 0);
    assert_true(found.pack == PLACES_OWN_PACK && found.at == 80);
    assert_string_equal(places_pack_path(NULL, 0, buf), "pack");
    assert_true(places_is_pack_name("0", &number) && places_is_pack_name("65535", &number));
    assert_int_equal(number, 65535);
    assert_false(places_is_pack_name("65536", &number) || places_is_pack_name("01", &number) ||
                 places_is_pack_name("", &number) || places_is_pack_name("1x", &number) ||
                 places_is_pack_name("-1", &number) || places_is_pack_name("99999999999999999999", &number));
}

static void what_no_reader_takes_is_not_written(void **state)
{
    static const struct place bad[][2] = {
        {{.from = 8, .size = 0}, {.from = 16, .size = 1}},
        {{.from = 8, .size = 1}, {.from = 8, .size = 1}},
        {{.from = 16, .size = 1}, {.from = 8, .size = 1}},
        {{.from = 8, .size = PLACES_SIZE_MAX + 1}, {.from = 16, .size = 1}},
        {{.from = 8, .size = 1, .pack = PLACES_PACK_MAX + 1}, {.from = 16, .size = 1}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(write_table(bad[i], 2), -EINVAL);
}

/* Reads all of the table: an error, or what was written. */
static void use(const struct place *all, size_t n)
{
    struct places *p = NULL;
    struct err err = {""};

    if (places_open(dir, &p, &err) < 0) {
        assert_true(err.text[0]);
        return;
    }
    for (uint64_t i = 0; i < places_count(p); i++) {
        struct place one;

        if (places_get(p, i, &one) < 0)
            continue;
        assert_true(i < n && one.from == all[i].from && one.at == all[i].at && one.size == all[i].size &&
                    one.pack == all[i].pack);
    }
    places_free(p);
}

static void every_flipped_byte_and_every_cut(void **state)
{
    cleanup_free struct place *all = many(20);
    size_t len;

    (void)state;
    assert_int_equal(write_table(all, 20), 0);
    cleanup_free char *data = read_table(&len);
    for (size_t i = 0; i < len; i++) {
        data[i] ^= 0x10;
        put(data, len);
        use(all, 20);
        data[i] ^= 0x10;
    }
    for (size_t i = 0; i < len; i++) {
        struct places *p;

        put(data, i);
        assert_int_equal(places_open(dir, &p, NULL), -EUCLEAN);
    }
    put(data, len);
    use(all, 20);
}

/* Puts a table with these records and right checksums. */
static void put_made(const struct places_record *records, uint64_t count, uint64_t said)
{
    uint8_t data[2048] = {0};
    size_t records_end = sizeof(struct places_header) + count * sizeof *records, len = records_end + 8;
    struct places_header h = {.magic = PLACES_MAGIC,
                              .version = htole32(PLACES_VERSION),
                              .file_size = htole64(len),
                              .count = htole64(said)};
    uint64_t sum;

    memcpy(data + sizeof h, records, count * sizeof *records);
    sum = htole64(XXH3_64bits(data + sizeof h, count * sizeof *records));
    memcpy(data + records_end, &sum, 8);
    h.sums_sum = htole64(XXH3_64bits(data + records_end, 8));
    h.header_sum = htole64(XXH3_64bits(&h, offsetof(struct places_header, header_sum)));
    memcpy(data, &h, sizeof h);
    put(data, len);
}

static void made_to_do_harm(void **state)
{
    const struct places_record good = {
        .from = htole64(8), .at = htole64(16), .size = htole32(5), .pack = htole32(1)};
    struct places_record bad[] = {good, good, good, good, good};
    struct places *p;
    struct place found;

    (void)state;
    put_made(&good, 1, 1);
    assert_int_equal(places_open(dir, &p, NULL), 0);
    assert_int_equal(places_find(p, 8, 5, &found), 0);
    places_free(p);
    bad[0].size = 0;
    bad[1].size = htole32(PLACES_SIZE_MAX + 1);
    bad[2].pack = htole32(PLACES_PACK_MAX + 1);
    bad[3].at = htole64(INT64_MAX);
    bad[4].at = htole64(UINT64_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_made(&bad[i], 1, 1);
        assert_int_equal(places_open(dir, &p, NULL), 0);
        assert_int_equal(places_find(p, 8, le32toh(bad[i].size) ? le32toh(bad[i].size) : 5, &found),
                         -EUCLEAN);
        places_free(p);
    }
    static const uint64_t counts[] = {
        0, 2, UINT64_MAX, UINT64_MAX / 24, UINT64_MAX / 24 + 1, UINT64_C(1) << 61};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        put_made(&good, 1, counts[i]);
        assert_int_equal(places_open(dir, &p, NULL), -EUCLEAN);
    }
}

static void files_of_other_kinds(void **state)
{
    cleanup_free struct place *all = many(1);
    struct places *p;

    (void)state;
    assert_int_equal(write_table(all, 1), 0);
    assert_int_equal(fchmodat(dir, PLACES_NAME, 0620, 0), 0);
    assert_int_equal(places_open(dir, &p, NULL), -EUCLEAN);
    assert_int_equal(unlinkat(dir, PLACES_NAME, 0), 0);
    assert_int_equal(symlinkat("elsewhere", dir, PLACES_NAME), 0);
    assert_int_equal(places_open(dir, &p, NULL), -EUCLEAN);
    assert_false(places_is_of(NULL, dir));
    assert_int_equal(unlinkat(dir, PLACES_NAME, 0), 0);
    assert_int_equal(mkdirat(dir, PLACES_NAME, 0700), 0);
    assert_int_equal(places_open(dir, &p, NULL), -EUCLEAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_are_found, begin, end),
        cmocka_unit_test_setup_teardown(none, begin, end),
        cmocka_unit_test_setup_teardown(what_no_reader_takes_is_not_written, begin, end),
        cmocka_unit_test_setup_teardown(every_flipped_byte_and_every_cut, begin, end),
        cmocka_unit_test_setup_teardown(made_to_do_harm, begin, end),
        cmocka_unit_test_setup_teardown(files_of_other_kinds, begin, end),
    };
    return cmocka_run_group_tests_name("places", tests, NULL, NULL);
}
