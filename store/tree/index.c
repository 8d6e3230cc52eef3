/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/index.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "os/cleanup.h"
#include "tree/index_map.h"

struct index {
    struct index_map map;
    enum index_kind kind;
    struct index_section inodes, names, layers, xattrs,
        text; /* checked: each lies inside the covered bytes */
    uint64_t content_size;
};

static struct index_section section(struct index_section s)
{
    return (struct index_section){le64toh(s.offset), le64toh(s.count)};
}

/* Does the section begin where the one before ended (rounded up to 8), and end inside? Moves *at behind it.
 */
static bool section_fits(struct index_section s, uint64_t record, uint64_t *at, uint64_t end)
{
    *at = (*at + 7) & ~7ull;
    if (s.offset != *at || s.offset > end || s.count > (end - s.offset) / record)
        return false;
    *at = s.offset + s.count * record;
    return true;
}

static uint32_t known_version(enum index_kind kind)
{
    return kind == INDEX_TREE ? INDEX_TREE_VERSION : INDEX_LAYER_VERSION;
}

bool index_is_outdated(int fd, enum index_kind kind)
{
    struct index_header h;

    return pread(fd, &h, sizeof(h), 0) == (ssize_t)sizeof(h) &&
           memcmp(h.magic, INDEX_MAGIC, sizeof(h.magic)) == 0 && le32toh(h.kind) == (uint32_t)kind &&
           le32toh(h.version) < known_version(kind);
}

static const char *check_header(struct index *ix, enum index_kind kind, uint64_t size, uint64_t *ret_sums)
{
    const struct index_header *h = index_map_at(&ix->map, 0, sizeof(*h));
    struct index_header copy;
    struct index_section sums;
    uint64_t at = sizeof(*h), blocks;
    const void *table;

    if (!h)
        return "it is too short";
    copy = *h;
    if (memcmp(copy.magic, INDEX_MAGIC, sizeof(copy.magic)) != 0)
        return "it is not an index of mica";
    if (XXH3_64bits(&copy, offsetof(struct index_header, header_sum)) != le64toh(copy.header_sum))
        return "its header is damaged";
    if (le32toh(copy.kind) != (uint32_t)kind)
        return "it is of another kind";
    if (le32toh(copy.version) != known_version(kind))
        return "its version is not known to this mica";
    if (le64toh(copy.file_size) != size)
        return "its length is not what its header says";
    ix->inodes = section(copy.inodes);
    ix->names = section(copy.names);
    ix->layers = section(copy.layers);
    ix->xattrs = section(copy.xattrs);
    ix->text = section(copy.text);
    sums = section(copy.sums);
    ix->content_size = le64toh(copy.content_size);
    if (!section_fits(ix->inodes, sizeof(struct index_inode_record), &at, size) ||
        !section_fits(ix->names, sizeof(struct index_name_record), &at, size) ||
        !section_fits(ix->layers, sizeof(struct index_layer_record), &at, size) ||
        !section_fits(ix->xattrs, 1, &at, size) || !section_fits(ix->text, 1, &at, size) ||
        !section_fits(sums, sizeof(uint64_t), &at, size) || at != size || ix->inodes.count < 1 ||
        ix->inodes.count > UINT32_MAX || ix->layers.count > INDEX_LAYERS_MAX)
        return "its sections do not fit";
    blocks = (sums.offset + INDEX_BLOCK - 1) / INDEX_BLOCK;
    if (sums.count != blocks)
        return "its sections do not fit";
    table = index_map_at(&ix->map, sums.offset, blocks * sizeof(uint64_t));
    if (!table || XXH3_64bits(table, blocks * sizeof(uint64_t)) != le64toh(copy.sums_sum))
        return "its table of checksums is damaged";
    *ret_sums = sums.offset;
    return NULL;
}

int index_open(int fd, const char *what, enum index_kind kind, struct index **ret, struct err *err)
{
    struct index *ix;
    struct stat st;
    const char *wrong;
    uint64_t sums = 0;
    int r;

    if (fstat(fd, &st) < 0)
        return err_errno(err, errno, "%s: cannot be examined", what);
    if (!S_ISREG(st.st_mode))
        return err_set(err, EUCLEAN, "%s: not a regular file", what);
    if ((st.st_uid != geteuid() && st.st_uid != 0) || st.st_mode & (S_IWGRP | S_IWOTH))
        return err_set(err, EPERM, "%s: other users can change it (its owner is %u, its mode %04o)", what,
                       (unsigned)st.st_uid, (unsigned)st.st_mode & 07777);
    if (index_is_outdated(fd, kind))
        return err_set(err, EUCLEAN, "%s: written by an older mica: import the image again", what);
    if (st.st_size < (off_t)sizeof(struct index_header))
        return err_set(err, EUCLEAN, "%s: damaged: it is too short", what);
    ix = calloc(1, sizeof(*ix));
    if (!ix)
        return err_errno(err, ENOMEM, "%s", what);
    ix->kind = kind;
    r = index_map_open(&ix->map, fd, (uint64_t)st.st_size);
    if (r < 0) {
        free(ix);
        return err_errno(err, -r, "%s: cannot be mapped", what);
    }
    wrong = check_header(ix, kind, (uint64_t)st.st_size, &sums);
    r = wrong ? err_set(err, EUCLEAN, "%s: damaged: %s", what, wrong) : index_map_set_sums(&ix->map, sums);
    if (r < 0) {
        index_free(ix);
        return r;
    }
    *ret = ix;
    return 0;
}

void index_free(struct index *ix)
{
    if (!ix)
        return;
    index_map_close(&ix->map);
    free(ix);
}

void index_rest(const struct index *ix)
{
    index_map_rest(&ix->map);
}

enum index_kind index_kind(const struct index *ix)
{
    return ix->kind;
}

uint64_t index_inodes(const struct index *ix)
{
    return ix->inodes.count;
}

uint64_t index_names(const struct index *ix)
{
    return ix->names.count;
}

uint64_t index_content_size(const struct index *ix)
{
    return ix->content_size;
}

uint32_t index_layers(const struct index *ix)
{
    return (uint32_t)ix->layers.count;
}

/* Record `n` of a section, or NULL. */
static const void *record(const struct index *ix, struct index_section s, uint64_t n, uint64_t size)
{
    return n < s.count ? index_map_at(&ix->map, s.offset + n * size, size) : NULL;
}

/* `len` bytes at `offset` of a section that is counted in bytes, or NULL. */
static const void *bytes(const struct index *ix, struct index_section s, uint64_t offset, uint64_t len)
{
    return offset <= s.count && len <= s.count - offset ? index_map_at(&ix->map, s.offset + offset, len)
                                                        : NULL;
}

int index_layer(const struct index *ix, uint32_t n, const uint8_t **ret, size_t *ret_len)
{
    const struct index_layer_record *l = record(ix, ix->layers, n, sizeof(*l));

    if (!l || (le32toh(l->len) != 32 && le32toh(l->len) != 64))
        return -EUCLEAN;
    *ret = l->digest;
    *ret_len = le32toh(l->len);
    return 0;
}

/* The part of a record that depends on the type. */
static int decode_type(const struct index *ix, uint64_t a, uint64_t b, struct index_inode *in)
{
    switch (in->mode & S_IFMT) {
    case S_IFREG:
        in->place = a;
        in->content_hash = b;
        /* A place in the pack is a byte, else the number of a file. */
        if (a > INT64_MAX || (!(in->flags & INODE_OWN_FILE) && in->size > INT64_MAX - a) ||
            (ix->kind == INDEX_TREE && in->layer >= ix->layers.count))
            return -EUCLEAN;
        return 0;
    case S_IFDIR:
        in->first = a;
        in->entries = b;
        return a > ix->names.count || b > ix->names.count - a ? -EUCLEAN : 0;
    case S_IFLNK:
        in->target = a;
        return in->size >= 1 && in->size <= INDEX_TARGET_MAX ? 0 : -EUCLEAN;
    case S_IFCHR:
    case S_IFBLK:
        in->rdev_major = (uint32_t)(a >> 32);
        in->rdev_minor = (uint32_t)a;
        return 0;
    case S_IFIFO:
    case S_IFSOCK:
        return 0;
    default:
        return -EUCLEAN;
    }
}

/* In a tree every inode stands behind its parent, so that whoever goes up arrives at the root. */
static bool parent_fits(const struct index *ix, uint64_t inode, const struct index_inode *in)
{
    if (ix->kind == INDEX_LAYER)
        return !S_ISDIR(in->mode) || (in->parent >= 1 && in->parent <= ix->inodes.count);
    return in->parent >= 1 && (in->parent < inode || (inode == INDEX_ROOT && in->parent == INDEX_ROOT));
}

int index_inode(const struct index *ix, uint64_t inode, struct index_inode *ret)
{
    const struct index_inode_record *r = inode ? record(ix, ix->inodes, inode - 1, sizeof(*r)) : NULL;
    struct index_inode in;
    uint64_t a, b;
    int e;

    if (!r)
        return -EUCLEAN;
    a = le64toh(r->a);
    b = le64toh(r->b);
    in = (struct index_inode){
        .mode = le32toh(r->mode),
        .uid = le32toh(r->uid),
        .gid = le32toh(r->gid),
        .nlink = le32toh(r->nlink),
        .size = le64toh(r->size),
        .blocks = le64toh(r->blocks),
        .mtime = {.tv_sec = (time_t)le64toh(r->mtime_sec), .tv_nsec = (long)le32toh(r->mtime_nsec)},
        .flags = le32toh(r->flags),
        .layer = le32toh(r->layer),
        .parent = le32toh(r->parent),
        .xattrs = le64toh(r->xattrs),
    };
    if (in.mtime.tv_nsec >= 1000000000 || in.size > INT64_MAX || in.blocks > INT64_MAX / 512 ||
        in.mode > 0177777)
        return -EUCLEAN;
    if (in.flags & INODE_LOWER_LINK) {
        in.target = a;
        e = ix->kind == INDEX_LAYER && in.size >= 1 && in.size <= INDEX_TARGET_MAX ? 0 : -EUCLEAN;
    } else {
        e = parent_fits(ix, inode, &in) ? decode_type(ix, a, b, &in) : -EUCLEAN;
    }
    if (e == 0)
        *ret = in;
    return e;
}

/* A name record whose text lies inside; what it says is not judged yet. */
static int name_record(const struct index *ix, uint64_t n, struct index_name *ret)
{
    const struct index_name_record *r = record(ix, ix->names, n, sizeof(*r));
    const char *text = r && r->len ? bytes(ix, ix->text, le32toh(r->text), r->len) : NULL;

    if (!text)
        return -EUCLEAN;
    *ret = (struct index_name){
        .name = text,
        .len = r->len,
        .inode = le32toh(r->inode),
        .type = r->type,
        .flags = r->flags,
    };
    return 0;
}

int index_name(const struct index *ix, uint64_t n, struct index_name *ret)
{
    struct index_name name;
    bool whiteout;

    if (name_record(ix, n, &name) < 0)
        return -EUCLEAN;
    whiteout = name.flags & NAME_WHITEOUT;
    if (whiteout ? ix->kind != INDEX_LAYER : name.inode < 1 || name.inode > ix->inodes.count)
        return -EUCLEAN;
    if (memchr(name.name, '/', name.len) || memchr(name.name, 0, name.len) ||
        (name.name[0] == '.' && (name.len == 1 || (name.len == 2 && name.name[1] == '.'))))
        return -EUCLEAN;
    *ret = name;
    return 0;
}

int index_compare_names(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int c = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return c ? c : (a_len > b_len) - (a_len < b_len);
}

int index_find(const struct index *ix, uint64_t dir, const char *name, size_t len, struct index_name *ret)
{
    struct index_inode in;
    uint64_t low, high;
    int r = index_inode(ix, dir, &in);

    if (r < 0)
        return r;
    if (!S_ISDIR(in.mode) || in.flags & INODE_LOWER_LINK)
        return -ENOTDIR;
    low = in.first;
    high = in.first + in.entries;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct index_name found;
        int c;

        if (name_record(ix, middle, &found) < 0)
            return -EUCLEAN;
        c = index_compare_names(name, len, found.name, found.len);
        if (c == 0)
            return index_name(ix, middle, ret);
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -ENOENT;
}

int index_target(const struct index *ix, const struct index_inode *inode, const char **ret, size_t *ret_len)
{
    const char *text = bytes(ix, ix->text, inode->target, inode->size);

    if (!text || memchr(text, 0, inode->size))
        return -EUCLEAN;
    *ret = text;
    *ret_len = inode->size;
    return 0;
}

/* A set: u32 count, then for each attribute u32 length of the name, u32 length of the value, name, value.
 * *cursor: 0 at first, then what is left << 40 | offset of the next. */
#define CURSOR_SHIFT 40

int index_xattr_next(const struct index *ix, const struct index_inode *inode, uint64_t *cursor,
                     struct index_xattr *ret)
{
    uint64_t at = *cursor & ((1ull << CURSOR_SHIFT) - 1), left = *cursor >> CURSOR_SHIFT;
    const uint8_t *p;
    uint32_t name_len, value_len;

    if (!inode->xattrs)
        return 0;
    if (*cursor == 0) {
        p = bytes(ix, ix->xattrs, inode->xattrs, 4);
        if (!p)
            return -EUCLEAN;
        memcpy(&name_len, p, 4);
        left = le32toh(name_len);
        at = inode->xattrs + 4;
        if (left > INDEX_XATTRS_MAX || at >> CURSOR_SHIFT)
            return -EUCLEAN;
    }
    if (left == 0)
        return 0;
    p = bytes(ix, ix->xattrs, at, 8);
    if (!p)
        return -EUCLEAN;
    memcpy(&name_len, p, 4);
    memcpy(&value_len, p + 4, 4);
    name_len = le32toh(name_len);
    value_len = le32toh(value_len);
    if (name_len < 1 || name_len > INDEX_XATTR_NAME_MAX || value_len > INDEX_XATTR_VALUE_MAX)
        return -EUCLEAN;
    p = bytes(ix, ix->xattrs, at + 8, (uint64_t)name_len + value_len);
    if (!p || memchr(p, 0, name_len))
        return -EUCLEAN;
    *ret = (struct index_xattr){(const char *)p, name_len, p + name_len, value_len};
    at += 8 + (uint64_t)name_len + value_len;
    if (at >> CURSOR_SHIFT)
        return -EUCLEAN;
    *cursor = (left - 1) << CURSOR_SHIFT | at;
    return 1;
}

int index_check_blocks(const struct index *ix)
{
    return index_map_at(&ix->map, 0, ix->map.covered) ? 0 : -EUCLEAN;
}
