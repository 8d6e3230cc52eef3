/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_dump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tree/index.h"
#include "tree/index_verify.h"
#include "tree/places.h"

#define SHOWN 40 /* bytes of a content that are written out */

struct dump {
    int dirfd;
    struct index *index;
    struct places *places;
    struct buf *out;
};

static void put_bytes(struct buf *b, const void *data, size_t len)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < len; i++)
        assert_int_equal(p[i] > 0x20 && p[i] < 0x7f && p[i] != '\\' ? buf_append(b, &p[i], 1)
                                                                    : buf_printf(b, "\\x%02x", p[i]),
                         0);
}

static int open_content(struct dump *d, const struct index_inode *ino, uint64_t *ret_offset)
{
    struct place place;
    char path[40];
    int fd;

    assert_int_equal(places_find(d->places, ino->place, ino->size, &place), 0);
    *ret_offset = place.at;
    places_pack_path(d->places, place.pack, path);
    if (ino->flags & INODE_OWN_FILE) {
        snprintf(path, sizeof(path), "files/%" PRIu64, ino->place);
        *ret_offset = 0;
    } else {
        assert_int_equal(ino->place % (ino->size >= 4096 ? 4096 : 8), 0);
    }
    fd = beneath_open(d->dirfd, path, O_RDONLY, 0);
    assert_true(fd >= 0);
    return fd;
}

static void put_content(struct dump *d, const struct index_inode *ino)
{
    uint64_t offset;
    cleanup_fd int fd = open_content(d, ino, &offset);
    cleanup_free uint8_t *data = malloc(ino->size + 1);

    assert_non_null(data);
    assert_int_equal(fd_pread(fd, data, ino->size, offset), ino->size);
    assert_int_equal(XXH3_64bits(data, ino->size), ino->content_hash);
    if (ino->flags & INODE_OWN_FILE)
        buf_printf(d->out, " own");
    if (ino->blocks != (ino->size + 4095) / 4096 * 8)
        buf_printf(d->out, " blocks %" PRIu64, ino->blocks);
    if (ino->size <= SHOWN) {
        buf_printf(d->out, " \"");
        put_bytes(d->out, data, ino->size);
        buf_printf(d->out, "\"");
    } else {
        buf_printf(d->out, " %" PRIu64 " bytes %016" PRIx64, ino->size, ino->content_hash);
    }
}

static void put_xattrs(struct dump *d, const struct index_inode *ino)
{
    struct index_xattr x;
    uint64_t cursor = 0;
    int r;

    while ((r = index_xattr_next(d->index, ino, &cursor, &x)) > 0) {
        buf_printf(d->out, " [");
        put_bytes(d->out, x.name, x.name_len);
        buf_printf(d->out, "=");
        put_bytes(d->out, x.value, x.value_len);
        buf_printf(d->out, "]");
    }
    assert_int_equal(r, 0);
}

static void put_target(struct dump *d, const struct index_inode *ino)
{
    const char *target;
    size_t len;

    assert_int_equal(index_target(d->index, ino, &target, &len), 0);
    buf_printf(d->out, " -> ");
    put_bytes(d->out, target, len);
}

static void put_attributes(struct dump *d, const struct index_inode *ino)
{
    buf_printf(d->out, " %o", ino->mode & 07777);
    if (ino->uid || ino->gid)
        buf_printf(d->out, " %u:%u", ino->uid, ino->gid);
    if (ino->mtime.tv_nsec)
        buf_printf(d->out, " mtime %lld.%09ld", (long long)ino->mtime.tv_sec, ino->mtime.tv_nsec);
    else if (ino->mtime.tv_sec)
        buf_printf(d->out, " mtime %lld", (long long)ino->mtime.tv_sec);
    if (!S_ISDIR(ino->mode) && ino->nlink != 1)
        buf_printf(d->out, " links %u", ino->nlink);
    if (S_ISDIR(ino->mode))
        buf_printf(d->out, "%s%s%s%s", ino->flags & INODE_OPAQUE ? " opaque" : "",
                   ino->flags & INODE_IMPLICIT ? " implicit" : "",
                   ino->flags & INODE_PASSIVE ? " passive" : "",
                   ino->flags & INODE_REPLACES ? " replaces" : "");
}

static void put_inode(struct dump *d, char letter, const char *path, const struct index_inode *ino)
{
    buf_printf(d->out, "%c ", letter);
    put_bytes(d->out, path, strlen(path));
    if (letter == 'h') {
        put_target(d, ino);
    } else {
        put_attributes(d, ino);
        if (letter == 'l')
            put_target(d, ino);
        if (letter == 'c' || letter == 'b')
            buf_printf(d->out, " %u:%u", ino->rdev_major, ino->rdev_minor);
        put_xattrs(d, ino);
        if (letter == 'f')
            put_content(d, ino);
    }
    buf_printf(d->out, "\n");
}

static char letter_of(const struct index_inode *ino)
{
    if (ino->flags & INODE_LOWER_LINK && !S_ISDIR(ino->mode))
        return 'h';
    switch (ino->mode & S_IFMT) {
    case S_IFREG:
        return 'f';
    case S_IFDIR:
        return 'd';
    case S_IFLNK:
        return 'l';
    case S_IFCHR:
        return 'c';
    case S_IFBLK:
        return 'b';
    case S_IFIFO:
        return 'p';
    default:
        return '?';
    }
}

static void put_directory(struct dump *d, const char *path, uint64_t number)
{
    struct index_inode dir;

    assert_int_equal(index_inode(d->index, number, &dir), 0);
    for (uint64_t i = dir.first; i < dir.first + dir.entries; i++) {
        struct index_name n;
        struct index_inode ino;
        char sub[5000];

        assert_int_equal(index_name(d->index, i, &n), 0);
        snprintf(sub, sizeof(sub), "%s%s%.*s", path, *path ? "/" : "", (int)n.len, n.name);
        if (n.flags & NAME_WHITEOUT) {
            buf_printf(d->out, "w ");
            put_bytes(d->out, sub, strlen(sub));
            buf_printf(d->out, "\n");
            continue;
        }
        assert_int_equal(index_inode(d->index, n.inode, &ino), 0);
        put_inode(d, letter_of(&ino), sub, &ino);
        if (S_ISDIR(ino.mode))
            put_directory(d, sub, n.inode);
    }
}

void layer_dump(int dirfd, struct buf *ret)
{
    struct dump d = {.dirfd = dirfd, .out = ret};
    cleanup_fd int fd = beneath_open(dirfd, "index", O_RDONLY, 0);
    struct index_inode root;
    struct err err;

    assert_true(fd >= 0);
    if (index_open(fd, "index", INDEX_LAYER, &d.index, &err) < 0)
        fail_msg("%s", err.text);
    if (index_verify(d.index, &err) < 0 || places_open(dirfd, &d.places, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(index_inode(d.index, INDEX_ROOT, &root), 0);
    if (!(root.flags & INODE_IMPLICIT))
        put_inode(&d, 'd', "", &root);
    else if (root.flags & INODE_OPAQUE)
        buf_printf(ret, "root is opaque\n");
    put_directory(&d, "", INDEX_ROOT);
    places_free(d.places);
    index_free(d.index);
}
