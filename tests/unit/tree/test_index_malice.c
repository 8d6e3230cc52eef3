/* SPDX-License-Identifier: Apache-2.0 */
/* Indexes that are made to do harm: every checksum is right, and one promise of FORMAT.md is broken. Each is
 * refused by the operation that would rely on it, and whoever walks one comes to an end. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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
#include <xxhash.h>

#include "indexing/index_writer.h"
#include "os/cleanup.h"
#include "tree/image_tree.h"
#include "tree/index_format.h"

/* inode 1 / { a -> 2, b -> 3, c -> 4, e -> 5 }; 2 file of two names; 3 directory { f -> 2, g -> 6, h -> 7 };
 * 4 link; 5 device; 6 directory { }; 7 file with attributes in a file of its own. In a layer c is a lower
 * link instead, and h is followed by a whiteout i. */
struct made {
    struct index_inode inodes[7];
    struct index_name names[8];
    size_t n_names;
};

#define NAME(text, number, kind)                                                                             \
    {                                                                                                        \
        .name = (text), .len = 1, .inode = (number), .type = (kind)                                          \
    }

static struct made tree(void)
{
    return (struct made){
        .inodes =
            {{.mode = S_IFDIR, .nlink = 3, .parent = 1, .entries = 4},
             {.mode = S_IFREG, .nlink = 2, .parent = 1, .size = 5, .place = 8},
             {.mode = S_IFDIR, .nlink = 3, .parent = 1, .first = 4, .entries = 3},
             {.mode = S_IFLNK, .nlink = 1, .parent = 1, .size = 6},
             {.mode = S_IFCHR, .nlink = 1, .parent = 1, .rdev_major = 1, .rdev_minor = 3},
             {.mode = S_IFDIR, .nlink = 2, .parent = 3, .first = 7},
             {.mode = S_IFREG, .nlink = 1, .parent = 3, .size = 5, .place = 1, .flags = INODE_OWN_FILE}},
        .names = {NAME("a", 2, DT_REG), NAME("b", 3, DT_DIR), NAME("c", 4, DT_LNK), NAME("e", 5, DT_CHR),
                  NAME("f", 2, DT_REG), NAME("g", 6, DT_DIR), NAME("h", 7, DT_REG)},
        .n_names = 7,
    };
}

static struct made layer(void)
{
    struct made m = tree();

    m.inodes[3].flags = INODE_LOWER_LINK;
    m.names[2].type = DT_UNKNOWN;
    m.names[7] = (struct index_name){.name = "i", .len = 1, .type = DT_WHT, .flags = NAME_WHITEOUT};
    m.n_names = 8;
    m.inodes[2].entries = 4;
    return m;
}

static struct index *write_and_open(enum index_kind kind, const struct made *made, size_t n_attrs)
{
    static const struct index_xattr attrs[] = {
        {"user.a", 6, "1", 1}, {"user.b", 6, "2", 1}, {"user.a", 6, "3", 1}};
    struct index_writer *w = index_writer_new(kind, -1);
    cleanup_fd int fd = memfd_create("index", MFD_CLOEXEC);
    struct made m = *made;
    uint8_t digest[32] = {1};
    struct index *ix = NULL;
    struct err err = {""};
    uint32_t ino;

    assert_int_equal(fchmod(fd, 0600), 0);
    if (kind == INDEX_TREE)
        assert_int_equal(index_writer_layer(w, digest, 32), 0);
    assert_int_equal(index_writer_xattrs(w, attrs, n_attrs, &m.inodes[6].xattrs), 0);
    assert_int_equal(index_writer_text(w, "target", 6, &m.inodes[3].target), 0);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(index_writer_inode(w, &m.inodes[i], &ino), 0);
    for (size_t i = 0; i < m.n_names; i++)
        assert_int_equal(index_writer_name(w, &m.names[i], NULL), 0);
    assert_int_equal(index_writer_finish(w, fd), 0);
    index_writer_free(w);
    if (index_open(fd, "x", kind, &ix, &err) < 0)
        assert_non_null(strstr(err.text, "damaged"));
    return ix;
}

/* Walks as every reader does. How many names were met; *ret_wrong: was anything refused? */
static uint64_t walk(const struct index *ix, uint64_t dir, bool *ret_wrong, uint64_t most)
{
    uint64_t met = 0;
    struct index_run run;
    struct index_name name, found;
    struct index_inode in;
    struct index_xattr attr;
    const char *target;
    size_t len;
    int r = index_run(ix, dir, &run);

    *ret_wrong |= r < 0;
    for (uint64_t i = 0; r == 0 && met <= most; i++, met++) {
        uint64_t cursor = 0;

        r = index_entry(ix, &run, i, &name);
        if (r <= 0)
            break;
        r = index_find(ix, dir, name.name, name.len, &found, &in);
        if (r == 0 && (S_ISLNK(in.mode) || in.flags & INODE_LOWER_LINK))
            r = index_target(ix, &in, &target, &len);
        if (r == 0 && !(in.flags & INODE_LOWER_LINK))
            while ((r = index_xattr_next(ix, &in, &cursor, &attr)) > 0)
                ;
        *ret_wrong |= r < 0;
        if (r == 0 && S_ISDIR(in.mode) && !(in.flags & INODE_LOWER_LINK))
            met += walk(ix, name.inode, ret_wrong, most - met);
        r = 0;
    }
    *ret_wrong |= r < 0;
    return met;
}

static bool is_refused(enum index_kind kind, const struct made *m, size_t n_attrs)
{
    struct index *ix = write_and_open(kind, m, n_attrs);
    bool wrong = false;

    if (!ix)
        return true;
    for (int again = 0; again < 2; again++) {
        uint64_t met = walk(ix, INDEX_ROOT, &wrong, 100);

        if (met > index_names(ix))
            fail_msg("%d names were met of %d", (int)met, (int)index_names(ix));
    }
    index_free(ix);
    return wrong;
}

enum section { INODE, NAMES };

/* One field of one record (numbers from 1) is another. */
#define SET(record, field, to)                                                                               \
    {                                                                                                        \
#record "'s " #field " is " #to, INODE, record, offsetof(struct index_inode, field),                 \
            sizeof(((struct index_inode *)0)->field), (uint64_t)(to)                                         \
    }
#define SET_NAME(record, field, to)                                                                          \
    {                                                                                                        \
        "name " #record "'s " #field " is " #to, NAMES, record, offsetof(struct index_name, field),          \
            sizeof(((struct index_name *)0)->field), (uint64_t)(to)                                          \
    }

struct change {
    const char *what;
    enum section section;
    size_t record, at, size;
    uint64_t to;
};

static struct made changed(struct made m, const struct change *c)
{
    char *record = c->section == INODE ? (char *)&m.inodes[c->record - 1] : (char *)&m.names[c->record - 1];

    memcpy(record + c->at, &c->to, c->size);
    return m;
}

static void every_broken_promise_is_refused(void **state)
{
    static const struct change both[] = {
        /* a name that leads to its own directory, to the one above it, or to the root */
        SET_NAME(6, inode, 3),
        SET_NAME(6, inode, 1),
        SET_NAME(6, inode, 0),
        SET_NAME(6, inode, 8),
        SET_NAME(2, inode, 6),
        /* types */
        SET_NAME(2, type, DT_REG),
        SET_NAME(1, type, DT_DIR),
        SET_NAME(1, type, DT_WHT),
        SET_NAME(1, type, DT_UNKNOWN),
        SET_NAME(1, type, 77),
        SET_NAME(1, flags, 2),
        SET_NAME(1, flags, 3),
        /* names: order, twice, what is none */
        SET_NAME(5, name, "h"),
        SET_NAME(5, name, "g"),
        SET_NAME(5, name, "/"),
        SET_NAME(5, name, "."),
        SET_NAME(5, name, "\0"),
        /* parents */
        SET(3, parent, 0),
        SET(3, parent, 2),
        SET(3, parent, 3),
        SET(3, parent, 8),
        SET(6, parent, 1),
        SET(6, parent, 7),
        SET(1, parent, 2),
        SET(1, mode, S_IFREG),
        SET(1, flags, INODE_LOWER_LINK),
        /* runs: of two directories, beyond the table */
        SET(6, entries, 1000),
        SET(6, entries, UINT64_MAX),
        SET(3, first, UINT64_MAX),
        SET(3, first, 1),
        SET(3, first, 3),
        SET(1, entries, 5),
        /* link counts */
        SET(2, nlink, 0),
        SET(2, nlink, 77),
        SET(2, nlink, UINT32_MAX),
        SET(7, nlink, UINT32_MAX),
        SET(3, nlink, 0),
        SET(3, nlink, 1),
        SET(3, nlink, 77),
        SET(3, nlink, UINT32_MAX),
        /* numbers that no file has */
        SET(2, size, UINT64_MAX),
        SET(2, size, INT64_MAX),
        SET(2, place, INT64_MAX),
        SET(2, place, UINT64_MAX),
        SET(2, place, 9),
        SET(2, blocks, UINT64_MAX),
        SET(7, place, 0),
        SET(7, place, UINT32_MAX + 1ull),
        SET(2, uid, UINT32_MAX),
        SET(2, gid, UINT32_MAX),
        SET(5, rdev_major, 4096),
        SET(5, rdev_minor, 1048576),
        SET(2, mtime.tv_nsec, 1000000000),
        SET(2, mode, 0),
        SET(2, mode, 0200000 | S_IFREG),
        SET(2, mode, S_IFREG | S_IFDIR),
        SET(2, flags, 4),
        SET(3, flags, 1u << 12),
        SET(3, flags, INODE_OWN_FILE),
        SET(5, flags, INODE_OWN_FILE),
        /* texts and attributes */
        SET(4, size, 0),
        SET(4, size, 7000),
    };
    static const struct change trees[] = {
        /* a second file in another's place; a file that is not where its parent is */
        SET_NAME(7, inode, 5),
        SET_NAME(3, inode, 5),
        SET(2, parent, 3),
        SET(7, parent, 1),
        SET(7, parent, 0),
        SET(7, parent, 7),
        SET(2, layer, 1),
        SET(3, flags, INODE_OPAQUE),
        SET(2, flags, INODE_LOWER_LINK),
        SET_NAME(1, flags, NAME_WHITEOUT),
    };
    static const struct change layers[] = {
        SET_NAME(8, inode, 2),
        SET_NAME(8, type, DT_REG),
        SET_NAME(3, type, DT_LNK),
    };
    static const struct {
        enum index_kind kind;
        const struct change *changes;
        size_t n;
    } tables[] = {
        {INDEX_TREE, both, sizeof(both) / sizeof(*both)},
        {INDEX_LAYER, both, sizeof(both) / sizeof(*both)},
        {INDEX_TREE, trees, sizeof(trees) / sizeof(*trees)},
        {INDEX_LAYER, layers, sizeof(layers) / sizeof(*layers)},
    };
    int failed = 0;

    (void)state;
    for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++) {
        struct made good = tables[t].kind == INDEX_TREE ? tree() : layer();

        assert_false(is_refused(tables[t].kind, &good, 2));
        for (size_t i = 0; i < tables[t].n; i++) {
            struct change c = tables[t].changes[i];
            struct made bad = changed(good, &c);

            if (is_refused(tables[t].kind, &bad, 2))
                continue;
            print_error("%s: %s: taken\n", tables[t].kind == INDEX_TREE ? "tree" : "layer", c.what);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void attributes_are_sorted_and_once(void **state)
{
    struct made m = tree();

    (void)state;
    assert_true(is_refused(INDEX_TREE, &m, 3));
}

enum { DEPTH = 40 };

/* Directories each of which has the next one under two names: 2^40 ways down. With a file of many names
 * before each second one, so that no number is out of place. */
static void write_doubled(struct index_writer *w)
{
    uint32_t ino;

    for (uint32_t i = 0; i < DEPTH; i++) {
        struct index_inode dir = {
            .mode = S_IFDIR, .nlink = 4, .parent = i ? i == 1 ? 1 : i + 1 : 1, .first = i * 3, .entries = 3};

        if (i == 1) {
            struct index_inode file = {.mode = S_IFIFO, .nlink = DEPTH, .parent = 1};

            assert_int_equal(index_writer_inode(w, &file, &ino), 0);
        }
        if (i == DEPTH - 1)
            dir.entries = dir.first = 0, dir.nlink = 2;
        assert_int_equal(index_writer_inode(w, &dir, &ino), 0);
        if (i == DEPTH - 1)
            break;
        index_writer_name(w, &(struct index_name){"a", 1, i == 0 ? 2 : i + 3, i ? DT_DIR : DT_FIFO, 0, 0},
                          NULL);
        index_writer_name(w, &(struct index_name){"b", 1, i + 3, DT_DIR, 0, 0}, NULL);
        index_writer_name(w, &(struct index_name){"c", 1, i + 3, DT_DIR, 0, 0}, NULL);
    }
}

/* Directories that all say that the same run of names is theirs. */
static void write_shared(struct index_writer *w)
{
    struct index_inode root = {.mode = S_IFDIR, .nlink = 2 + DEPTH, .parent = 1, .entries = 1 + DEPTH};
    struct index_inode file = {.mode = S_IFIFO, .nlink = DEPTH + 1, .parent = 1};
    struct index_inode dir = {.mode = S_IFDIR, .nlink = 2, .parent = 1, .first = 1 + DEPTH, .entries = DEPTH};
    uint32_t ino;
    char c;

    index_writer_inode(w, &root, &ino);
    index_writer_inode(w, &file, &ino);
    index_writer_name(w, &(struct index_name){"!", 1, 2, DT_FIFO, 0, 0}, NULL);
    for (uint32_t i = 0; i < DEPTH; i++) {
        c = (char)('0' + i);
        index_writer_inode(w, &dir, &ino);
        index_writer_name(w, &(struct index_name){&c, 1, ino, DT_DIR, 0, 0}, NULL);
    }
    for (uint32_t i = 0; i < DEPTH; i++) {
        c = (char)('0' + i);
        index_writer_name(w, &(struct index_name){&c, 1, 2, DT_FIFO, 0, 0}, NULL);
    }
}

static void a_walk_meets_each_name_once(void **state)
{
    static void (*const writes[])(struct index_writer *) = {write_doubled, write_shared};
    static const enum index_kind kinds[] = {INDEX_TREE, INDEX_LAYER};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct index_writer *w = index_writer_new(kinds[i % 2], -1);
        cleanup_fd int fd = memfd_create("index", MFD_CLOEXEC);
        struct err err = {""};
        struct index *ix;
        bool wrong = false;
        uint64_t met;

        assert_int_equal(fchmod(fd, 0600), 0);
        writes[i / 2](w);
        assert_int_equal(index_writer_finish(w, fd), 0);
        index_writer_free(w);
        if (index_open(fd, "x", kinds[i % 2], &ix, &err) < 0)
            fail_msg("%s", err.text);
        met = walk(ix, INDEX_ROOT, &wrong, 1000);
        if (met > index_names(ix) || !wrong)
            fail_msg("%zu: %d names of %d", i, (int)met, (int)index_names(ix));
        index_free(ix);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_broken_promise_is_refused),
        cmocka_unit_test(attributes_are_sorted_and_once),
        cmocka_unit_test(a_walk_meets_each_name_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
