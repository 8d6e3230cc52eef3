/* SPDX-License-Identifier: Apache-2.0 */
/* Writing an index and reading it back; damage of every byte; malice behind right checksums; pages that
 * vanish. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <xxhash.h>

#include "indexing/index_writer.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tree/index_format.h"
#include "tree/index_verify.h"

static int fresh_fd(void)
{
    int fd = memfd_create("index", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0600), 0);
    return fd;
}

/* A tree: / { a -> file with xattrs, b -> directory { l -> symlink }, c -> the same inode as a, d -> device }
 */
static void write_small(int fd)
{
    struct index_writer *w = index_writer_new(INDEX_TREE, -1);
    const struct index_xattr attrs[] = {{"security.capability", 19, "\1\0\0\2", 4}, {"user.e", 6, "", 0}};
    struct index_inode root = {.mode = S_IFDIR | 0755, .nlink = 3, .parent = 1, .size = 4096};
    struct index_inode file = {.mode = S_IFREG | 04711,
                               .uid = 4294967294u,
                               .gid = 7,
                               .nlink = 2,
                               .parent = 1,
                               .size = 5,
                               .place = 8192,
                               .mtime = {-2, 999999999},
                               .blocks = 8,
                               .content_hash = 42};
    struct index_inode dir = {.mode = S_IFDIR | 01777, .nlink = 2, .parent = 1};
    struct index_inode dev = {
        .mode = S_IFCHR | 0600, .nlink = 1, .parent = 1, .rdev_major = 4095, .rdev_minor = 1048575};
    struct index_inode link = {.mode = S_IFLNK | 0777, .nlink = 1, .parent = 3, .size = 6};
    uint8_t digest[32] = {1, 2, 3};
    uint32_t ino;

    assert_non_null(w);
    assert_int_equal(index_writer_layer(w, digest, 32), 0);
    assert_int_equal(index_writer_xattrs(w, attrs, 2, &file.xattrs), 0);
    assert_int_equal(index_writer_text(w, "target", 6, &link.target), 0);
    assert_int_equal(index_writer_inode(w, &root, &ino), 0);
    assert_int_equal(ino, 1);
    assert_int_equal(index_writer_inode(w, &file, &ino), 0);
    assert_int_equal(index_writer_inode(w, &dir, &ino), 0);
    assert_int_equal(index_writer_inode(w, &dev, &ino), 0);
    assert_int_equal(index_writer_inode(w, &link, &ino), 0);
    index_writer_name(w, &(struct index_name){"a", 1, 2, DT_REG, 0, 0}, NULL);
    index_writer_name(w, &(struct index_name){"b", 1, 3, DT_DIR, 0, 0}, NULL);
    index_writer_name(w, &(struct index_name){"c", 1, 2, DT_REG, 0, 0}, NULL);
    index_writer_name(w, &(struct index_name){"d\xff", 2, 4, DT_CHR, 0, 0}, NULL);
    index_writer_name(w, &(struct index_name){"l", 1, 5, DT_LNK, 0, 0}, NULL);
    assert_int_equal(index_writer_set_names(w, 1, 0, 4), 0);
    assert_int_equal(index_writer_set_names(w, 3, 4, 1), 0);
    assert_int_equal(index_writer_finish(w, fd), 0);
    index_writer_free(w);
}

static struct index *open_ok(int fd)
{
    struct index *ix = NULL;
    struct err err;

    if (index_open(fd, "x", INDEX_TREE, &ix, &err) < 0)
        fail_msg("%s", err.text);
    return ix;
}

static void reads_what_was_written(void **state)
{
    cleanup_fd int fd = fresh_fd();
    struct index *ix;
    struct index_inode in;
    struct index_name name;
    struct index_xattr attr;
    const uint8_t *digest;
    const char *target;
    uint64_t cursor = 0;
    size_t len;
    struct err err;

    (void)state;
    write_small(fd);
    ix = open_ok(fd);
    assert_int_equal(index_verify(ix, &err), 0);
    assert_int_equal(index_inodes(ix), 5);
    assert_int_equal(index_names(ix), 5);
    assert_int_equal(index_content_size(ix), 5);
    assert_int_equal(index_layer(ix, 0, &digest, &len), 0);
    assert_int_equal(len, 32);
    assert_int_equal(digest[2], 3);
    assert_int_equal(index_layer(ix, 1, &digest, &len), -EUCLEAN);
    assert_int_equal(index_find(ix, 1, "c", 1, &name, NULL), 0);
    assert_int_equal(name.inode, 2);
    assert_int_equal(index_inode(ix, 2, &in), 0);
    assert_int_equal(in.mode, S_IFREG | 04711);
    assert_int_equal(in.uid, 4294967294u);
    assert_int_equal(in.mtime.tv_sec, -2);
    assert_int_equal(in.mtime.tv_nsec, 999999999);
    assert_int_equal(in.place, 8192);
    assert_int_equal(in.content_hash, 42);
    assert_int_equal(index_xattr_next(ix, &in, &cursor, &attr), 1);
    assert_int_equal(attr.name_len, 19);
    assert_int_equal(attr.value_len, 4);
    assert_int_equal(index_xattr_next(ix, &in, &cursor, &attr), 1);
    assert_int_equal(attr.value_len, 0);
    assert_int_equal(index_xattr_next(ix, &in, &cursor, &attr), 0);
    assert_int_equal(index_find(ix, 1, "d\xff", 2, &name, NULL), 0);
    assert_int_equal(index_inode(ix, name.inode, &in), 0);
    assert_int_equal(in.rdev_major, 4095);
    assert_int_equal(in.rdev_minor, 1048575);
    assert_int_equal(index_find(ix, 3, "l", 1, &name, NULL), 0);
    assert_int_equal(index_inode(ix, name.inode, &in), 0);
    assert_int_equal(index_target(ix, &in, &target, &len), 0);
    assert_memory_equal(target, "target", 6);
    assert_int_equal(index_find(ix, 1, "bb", 2, &name, NULL), -ENOENT);
    assert_int_equal(index_find(ix, 1, "", 0, &name, NULL), -ENOENT);
    assert_int_equal(index_find(ix, 2, "a", 1, &name, NULL), -ENOTDIR);
    assert_int_equal(index_inode(ix, 0, &in), -EUCLEAN);
    assert_int_equal(index_inode(ix, 6, &in), -EUCLEAN);
    index_free(ix);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
    cleanup_fd int a = fresh_fd(), b = fresh_fd();
    cleanup_free char *da = NULL, *db = NULL;
    size_t la, lb;

    (void)state;
    write_small(a);
    write_small(b);
    lseek(a, 0, SEEK_SET);
    lseek(b, 0, SEEK_SET);
    assert_int_equal(fd_slurp(a, 1 << 20, &da, &la), 0);
    assert_int_equal(fd_slurp(b, 1 << 20, &db, &lb), 0);
    assert_int_equal(la, lb);
    assert_memory_equal(da, db, la);
}

static void finds_any_damaged_byte(void **state)
{
    cleanup_fd int fd = fresh_fd();
    struct stat st;

    (void)state;
    write_small(fd);
    fstat(fd, &st);
    for (off_t at = 0; at < st.st_size; at++) {
        struct index *ix = NULL;
        struct err err = {""};
        uint8_t byte, bad;

        assert_int_equal(pread(fd, &byte, 1, at), 1);
        bad = byte ^ 0x40;
        assert_int_equal(pwrite(fd, &bad, 1, at), 1);
        if (index_open(fd, "x", INDEX_TREE, &ix, &err) == 0 && index_verify(ix, &err) == 0)
            fail_msg("a changed byte at %lld was not found", (long long)at);
        assert_true(strlen(err.text) > 3);
        index_free(ix);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
}

static void finds_any_cut(void **state)
{
    (void)state;
    for (off_t cut = 1;; cut++) {
        cleanup_fd int fd = fresh_fd();
        struct index *ix = NULL;
        struct err err;
        struct stat st;

        write_small(fd);
        fstat(fd, &st);
        if (cut > st.st_size)
            break;
        assert_int_equal(ftruncate(fd, st.st_size - cut), 0);
        assert_int_equal(index_open(fd, "x", INDEX_TREE, &ix, &err), -EUCLEAN);
    }
}

static void walk(const struct index *ix, uint64_t dir, unsigned depth)
{
    struct index_inode in;
    char text[64];

    if (depth > 4 || index_inode(ix, dir, &in) < 0 || !S_ISDIR(in.mode))
        return;
    for (uint64_t i = 0; i < in.entries; i++) {
        struct index_name name, again;
        struct index_inode child;
        struct index_xattr attr;
        const char *target;
        uint64_t cursor = 0;
        size_t len;

        if (index_name(ix, in.first + i, &name) < 0)
            continue;
        memcpy(text, name.name, name.len < sizeof(text) ? name.len : sizeof(text));
        index_find(ix, dir, name.name, name.len, &again, NULL);
        if (index_inode(ix, name.inode, &child) < 0)
            continue;
        while (index_xattr_next(ix, &child, &cursor, &attr) > 0)
            if (attr.value_len)
                memcpy(text, attr.value, 1);
        if (S_ISLNK(child.mode))
            index_target(ix, &child, &target, &len);
        walk(ix, name.inode, depth + 1);
    }
}

static void make_sums_right(uint8_t *p, size_t len)
{
    struct index_header *h = (void *)p;
    uint64_t covered = h->sums.offset, sum;

    if (covered > len - 8 || covered < sizeof(*h))
        return;
    sum = XXH3_64bits(p + sizeof(*h), covered - sizeof(*h));
    memcpy(p + covered, &sum, sizeof(sum));
    h->sums_sum = XXH3_64bits(p + covered, sizeof(sum));
    h->header_sum = XXH3_64bits(p, offsetof(struct index_header, header_sum));
}

/* Bytes changed by someone who can compute checksums: any answer is right but a crash. */
static void survives_malice(void **state)
{
    const char *given = getenv("MICA_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL);
    cleanup_fd int good = fresh_fd();
    cleanup_free char *data = NULL;
    size_t len;

    (void)state;
    print_message("MICA_TEST_SEED=%u\n", seed);
    srand(seed);
    write_small(good);
    lseek(good, 0, SEEK_SET);
    assert_int_equal(fd_slurp(good, 1 << 20, &data, &len), 0);
    for (int round = 0; round < 20000; round++) {
        cleanup_free char *bad = malloc(len);
        cleanup_fd int fd = fresh_fd();
        struct index *ix = NULL;
        struct err err;

        memcpy(bad, data, len);
        for (int changes = 1 + rand() % 3; changes; changes--)
            bad[8 + (size_t)rand() % (len - 8)] = (char)(rand() % 3 ? rand() % 8 : 255);
        make_sums_right((uint8_t *)bad, len);
        assert_int_equal(fd_write(fd, bad, len), 0);
        if (index_open(fd, "x", INDEX_TREE, &ix, &err) == 0) {
            index_verify(ix, &err);
            walk(ix, INDEX_ROOT, 0);
        }
        index_free(ix);
    }
}

/* A size that a file of its own can have (it is sparse) and a place in the pack that no file can have. */
static void knows_the_largest_sizes(void **state)
{
    struct index_writer *w = index_writer_new(INDEX_LAYER, -1);
    cleanup_fd int fd = fresh_fd();
    struct index_inode root = {.mode = S_IFDIR, .nlink = 2, .parent = 1}, in;
    struct index_inode own = {
        .mode = S_IFREG, .nlink = 1, .size = INT64_MAX, .place = 9, .flags = INODE_OWN_FILE};
    struct index_inode packed = {.mode = S_IFREG, .nlink = 1, .size = INT64_MAX, .place = 4096};
    struct index *ix;
    struct err err;
    uint32_t ino;

    (void)state;
    assert_int_equal(index_writer_inode(w, &root, &ino), 0);
    assert_int_equal(index_writer_inode(w, &own, &ino), 0);
    assert_int_equal(index_writer_inode(w, &packed, &ino), 0);
    index_writer_name(w, &(struct index_name){"a", 1, 2, DT_REG, 0, 0}, NULL);
    index_writer_name(w, &(struct index_name){"b", 1, 3, DT_REG, 0, 0}, NULL);
    assert_int_equal(index_writer_finish(w, fd), 0);
    index_writer_free(w);
    assert_int_equal(index_open(fd, "x", INDEX_LAYER, &ix, &err), 0);
    assert_int_equal(index_inode(ix, 2, &in), 0);
    assert_int_equal(in.size, INT64_MAX);
    assert_int_equal(index_inode(ix, 3, &in), -EUCLEAN);
    index_free(ix);
}

/* What an index says of itself where each record is sound alone. Inode 2 is a directory, 3 a file or
 * directory. */
static void verifies_that_it_is_a_tree(void **state)
{
    static const struct {
        uint64_t first[3], entries[3]; /* runs of names of inodes 1 to 3 */
        uint32_t parent[3], nlink[3], flags;
        uint32_t names[3]; /* the inodes that "a", "b" and "c" mean; 0: there is no such name */
        bool dir;          /* inode 3 is one */
        const char *wrong;
    } rows[] = {
        {{0, 1}, {1, 1}, {1, 1, 2}, {3, 2, 1}, 0, {2, 3}, false, NULL},
        {{0, 1, 2}, {1, 1, 0}, {1, 1, 2}, {3, 3, 2}, 0, {2, 3}, true, NULL},
        {{0, 2}, {2, 1}, {1, 1, 1}, {3, 2, 2}, 0, {2, 3, 3}, false, NULL},
        {{0, 1}, {2, 1}, {1, 1, 1}, {3, 2, 1}, 0, {2, 3}, false, "more names than there are"},
        {{0, 1}, {1, 1}, {1, 1, 2}, {3, 2, 1}, 0, {2, 3, 3}, false, "in no directory"},
        {{0, 0, 1}, {0, 1, 1}, {1, 3, 2}, {2, 3, 3}, 0, {3, 2}, true, "inode 2: it is damaged"},
        {{0, 0, 1}, {0, 1, 1}, {1, 2, 2}, {2, 3, 3}, 0, {3, 2}, true, "inode 2: it is damaged"},
        {{0, 1}, {1, 1}, {1, 1, 2}, {3, 2, 1}, INODE_LOWER_LINK, {2, 3}, false, "damaged"},
        {{0, 1}, {1, 1}, {1, 1, 0}, {3, 2, 1}, 0, {2, 3}, false, "inode 3: it is damaged"},
        {{0, 1}, {1, 1}, {1, 1, 1}, {3, 2, 1}, 0, {2, 3}, false, "not the directory of its first name"},
        {{0, 2}, {2, 1}, {1, 1, 2}, {3, 2, 2}, 0, {2, 3, 3}, false, "not the directory of its first name"},
        {{0, 2}, {2, 0}, {1, 1, 1}, {3, 2, 1}, 0, {3, 2}, false, "not that of its first name"},
        {{1, 0}, {1, 1}, {1, 1, 2}, {3, 2, 1}, 0, {3, 2}, false, "names are not in their place"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct index_writer *w = index_writer_new(INDEX_TREE, -1);
        cleanup_fd int fd = fresh_fd();
        struct err err = {""};
        struct index *ix;
        uint32_t ino;

        for (unsigned n = 0; n < 3; n++) {
            bool dir = n < 2 || rows[i].dir;
            struct index_inode in = {.mode = dir ? S_IFDIR : S_IFIFO,
                                     .parent = rows[i].parent[n],
                                     .nlink = rows[i].nlink[n],
                                     .flags = n == 2 ? rows[i].flags : 0,
                                     .size = 1,
                                     .first = rows[i].first[n],
                                     .entries = rows[i].entries[n]};

            assert_int_equal(index_writer_inode(w, &in, &ino), 0);
        }
        for (unsigned n = 0; n < 3 && rows[i].names[n]; n++) {
            uint32_t inode = rows[i].names[n];
            uint8_t type = inode == 2 || rows[i].dir ? DT_DIR : DT_FIFO;

            index_writer_name(w, &(struct index_name){&"abc"[n], 1, inode, type, 0, 0}, NULL);
        }
        assert_int_equal(index_writer_finish(w, fd), 0);
        index_writer_free(w);
        ix = open_ok(fd);
        if (index_verify(ix, &err) != (rows[i].wrong ? -EUCLEAN : 0) ||
            (rows[i].wrong && !strstr(err.text, rows[i].wrong)))
            fail_msg("%zu: %s", i, err.text);
        index_free(ix);
    }
}

static void says_that_it_is_outdated(void **state)
{
    static const struct {
        uint8_t version;
        const char *says;
    } rows[] = {{1, "import the image again"}, {2, NULL}, {3, "header is damaged"}};
    cleanup_fd int fd = fresh_fd();
    struct index *ix;
    struct err err;

    (void)state;
    write_small(fd);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(pwrite(fd, &rows[i].version, 1, 8), 1);
        assert_true(index_is_outdated(fd, INDEX_TREE) == (rows[i].version == 1));
        assert_false(index_is_outdated(fd, INDEX_LAYER));
        if (!rows[i].says) {
            index_free(open_ok(fd));
            continue;
        }
        assert_int_equal(index_open(fd, "x", INDEX_TREE, &ix, &err), -EUCLEAN);
        assert_non_null(strstr(err.text, rows[i].says));
    }
}

static void refuses_what_others_could_write(void **state)
{
    cleanup_fd int fd = fresh_fd();
    struct index *ix = NULL;
    struct err err;

    (void)state;
    write_small(fd);
    fchmod(fd, 0620);
    assert_int_equal(index_open(fd, "x", INDEX_TREE, &ix, &err), -EPERM);
    fchmod(fd, 0602);
    assert_int_equal(index_open(fd, "x", INDEX_TREE, &ix, &err), -EPERM);
    fchmod(fd, 0600);
    assert_int_equal(index_open(fd, "x", INDEX_LAYER, &ix, &err), -EUCLEAN);
    assert_non_null(strstr(err.text, "another kind"));
}

static void survives_a_file_cut_short_while_mapped(void **state)
{
    cleanup_fd int fd = fresh_fd();
    struct index *ix;
    struct index_inode in;

    (void)state;
    assert_int_equal(index_guard_install(), 0);
    write_small(fd);
    ix = open_ok(fd);
    assert_int_equal(index_inode(ix, 1, &in), 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(index_inode(ix, 2, &in), -EUCLEAN);
    assert_int_equal(index_inode(ix, 1, &in), -EUCLEAN);
    index_free(ix);
}

/* What was checked and given back may not be there when it is looked at again: that is no missing name. */
static void sees_what_is_gone_after_a_rest(void **state)
{
    struct index_writer *w = index_writer_new(INDEX_TREE, -1);
    struct index_inode root = {.mode = S_IFDIR | 0755, .nlink = 2, .parent = 1},
                       fifo = {.mode = S_IFIFO, .nlink = 1, .parent = 1};
    cleanup_fd int fd = fresh_fd();
    char text[4000];
    struct index *ix;
    struct index_name found;
    uint64_t at;
    uint32_t ino;

    (void)state;
    assert_int_equal(index_guard_install(), 0);
    assert_int_equal(index_writer_inode(w, &root, &ino), 0);
    assert_int_equal(index_writer_inode(w, &fifo, &ino), 0);
    for (char c = 'a'; c <= 'd'; c++)
        assert_int_equal(index_writer_text(w, memset(text, c, sizeof text), sizeof text, &at), 0);
    index_writer_name(w, &(struct index_name){"name", 4, 2, DT_FIFO, 0, 0}, NULL);
    assert_int_equal(index_writer_set_names(w, 1, 0, 1), 0);
    assert_int_equal(index_writer_finish(w, fd), 0);
    index_writer_free(w);
    ix = open_ok(fd);
    assert_int_equal(index_find(ix, 1, "name", 4, &found, NULL), 0);
    index_rest(ix);
    assert_int_equal(index_find(ix, 1, "name", 4, &found, NULL), 0);
    index_rest(ix);
    assert_int_equal(ftruncate(fd, 8192), 0);
    assert_int_equal(index_find(ix, 1, "name", 4, &found, NULL), -EUCLEAN);
    index_free(ix);
}

enum { MANY = 40000 }; /* inodes, over several times what stays mapped */

static void *read_all(void *arg)
{
    const struct index *ix = arg;

    for (uint64_t i = 1; i <= MANY; i++) {
        /* Half of them at the other end, so that pages are given back under the others' eyes. */
        uint64_t inode = i % 2 ? i : MANY + 1 - i;
        struct index_inode in;

        if (index_inode(ix, inode, &in) < 0 || in.uid != inode)
            return arg;
    }
    return NULL;
}

static void many_may_read_at_once(void **state)
{
    struct index_writer *w = index_writer_new(INDEX_TREE, -1);
    cleanup_fd int fd = fresh_fd();
    pthread_t threads[4];
    struct index *ix;
    uint32_t ino;

    (void)state;
    for (uint32_t i = 1; i <= MANY; i++) {
        struct index_inode in = {
            .mode = i == 1 ? S_IFDIR : S_IFIFO, .nlink = i == 1 ? 2 : 1, .uid = i, .parent = 1};

        assert_int_equal(index_writer_inode(w, &in, &ino), 0);
        if (i > 1)
            index_writer_name(w, &(struct index_name){"x", 1, i, DT_FIFO, 0, 0}, NULL);
    }
    assert_int_equal(index_writer_finish(w, fd), 0);
    index_writer_free(w);
    ix = open_ok(fd);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, ix), 0);
    for (size_t i = 0; i < 4; i++) {
        void *failed;

        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    index_free(ix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
        cmocka_unit_test(finds_any_damaged_byte),
        cmocka_unit_test(finds_any_cut),
        cmocka_unit_test(survives_malice),
        cmocka_unit_test(knows_the_largest_sizes),
        cmocka_unit_test(verifies_that_it_is_a_tree),
        cmocka_unit_test(says_that_it_is_outdated),
        cmocka_unit_test(many_may_read_at_once),
        cmocka_unit_test(refuses_what_others_could_write),
        cmocka_unit_test(survives_a_file_cut_short_while_mapped),
        cmocka_unit_test(sees_what_is_gone_after_a_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
