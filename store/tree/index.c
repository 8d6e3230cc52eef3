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
#include "tree/index_claims.h"
#include "tree/index_map.h"

struct index {
    struct index_map map;
    enum index_kind kind;
    struct index_section inodes, names, layers, xattrs,
        text; /* checked: each lies inside the covered bytes */
    uint64_t content_size, sum;
    struct index_claims *claims;
};

static struct index_section section(struct index_section s)
{
    return (struct index_section){le64toh(s.offset), le64toh(s.count)};
}

/* Does the section begin at the end of the previous one (rounded up to 8), and end inside? Advances *at
 * past it. */
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
        return "its length differs from its header";
    ix->inodes = section(copy.inodes);
    ix->names = section(copy.names);
    ix->layers = section(copy.layers);
    ix->xattrs = section(copy.xattrs);
    ix->text = section(copy.text);
    sums = section(copy.sums);
    ix->content_size = le64toh(copy.content_size);
    ix->sum = le64toh(copy.header_sum); /* covers, among others, the sum of all block sums */
    if (!section_fits(ix->inodes, sizeof(struct index_inode_record), &at, size) ||
        !section_fits(ix->names, sizeof(struct index_name_record), &at, size) ||
        !section_fits(ix->layers, sizeof(struct index_layer_record), &at, size) ||
        !section_fits(ix->xattrs, 1, &at, size) || !section_fits(ix->text, 1, &at, size) ||
        !section_fits(sums, sizeof(uint64_t), &at, size) || at != size || ix->inodes.count < 1 ||
        ix->inodes.count > UINT32_MAX || ix->layers.count > INDEX_LAYERS_MAX)
        return "its sections do not fit";
    /* Every inode but the root has a name. */
    if (ix->names.count >= INDEX_NAMES_MAX || ix->names.count < ix->inodes.count - 1)
        return "its names are too many or too few";
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
    if (r == 0 && !(ix->claims = index_claims_new(ix->inodes.count, ix->names.count)))
        r = err_errno(err, ENOMEM, "%s", what);
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
    index_claims_free(ix->claims);
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

uint64_t index_sum(const struct index *ix)
{
    return ix->sum;
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

/* Returns record `n` of a section, or NULL. */
static const void *record(const struct index *ix, struct index_section s, uint64_t n, uint64_t size)
{
    return n < s.count ? index_map_at(&ix->map, s.offset + n * size, size) : NULL;
}

/* Returns `len` bytes at `offset` of a section that is counted in bytes, or NULL. */
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

/* A place in the pack is a byte offset, otherwise the number of a file. */
static bool place_fits(const struct index *ix, const struct index_inode *in)
{
    if (ix->kind == INDEX_TREE && in->layer >= ix->layers.count)
        return false;
    if (in->flags & INODE_OWN_FILE)
        return in->place >= 1 && in->place <= UINT32_MAX;
    return in->place <= INT64_MAX && in->size <= INT64_MAX - in->place &&
           in->place % (in->size < INDEX_PACK_PAGE ? INDEX_PACK_ALIGN : INDEX_PACK_PAGE) == 0;
}

/* Decodes the fields of a record that depend on the type. */
static int decode_type(const struct index *ix, uint64_t a, uint64_t b, struct index_inode *in)
{
    switch (in->mode & S_IFMT) {
    case S_IFREG:
        in->place = a;
        in->content_hash = b;
        return place_fits(ix, in) ? 0 : -EUCLEAN;
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
        return in->rdev_major <= INDEX_MAJOR_MAX && in->rdev_minor <= INDEX_MINOR_MAX ? 0 : -EUCLEAN;
    case S_IFIFO:
    case S_IFSOCK:
        return 0;
    default:
        return -EUCLEAN;
    }
}

/* A directory's number, and in a tree every inode's number, is greater than its parent's, so that a walk
 * up ends at the root, which is a directory. */
static bool parent_fits(const struct index *ix, uint64_t inode, const struct index_inode *in)
{
    if (inode == INDEX_ROOT)
        return S_ISDIR(in->mode) && in->parent == INDEX_ROOT;
    return (ix->kind == INDEX_LAYER && !S_ISDIR(in->mode)) || (in->parent >= 1 && in->parent < inode);
}

/* A directory has two links and one for each subdirectory, another inode one for each name. */
static bool links_fit(const struct index *ix, const struct index_inode *in)
{
    if (in->nlink > INDEX_LINKS_MAX)
        return false;
    if (S_ISDIR(in->mode))
        return in->nlink >= 2 && in->nlink - 2 <= in->entries;
    return in->nlink >= 1 && in->nlink <= ix->names.count - (ix->inodes.count - 1) + 1;
}

static bool flags_fit(const struct index *ix, const struct index_inode *in)
{
    uint32_t known = 0;

    if (S_ISREG(in->mode))
        known = INODE_OWN_FILE;
    else if (S_ISDIR(in->mode) && ix->kind == INDEX_LAYER)
        known = INODE_OPAQUE | INODE_REPLACES | INODE_IMPLICIT | INODE_PASSIVE;
    return !(in->flags & ~known);
}

/* Checks the rules of every inode except a lower link, of which only the target counts. */
static bool inode_fits(const struct index *ix, uint64_t inode, uint64_t a, uint64_t b, struct index_inode *in)
{
    return in->uid != UINT32_MAX && in->gid != UINT32_MAX && flags_fit(ix, in) &&
           parent_fits(ix, inode, in) && decode_type(ix, a, b, in) == 0 && links_fit(ix, in);
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
        e = ix->kind == INDEX_LAYER && inode != INDEX_ROOT && in.size >= 1 && in.size <= INDEX_TARGET_MAX
                ? 0
                : -EUCLEAN;
    } else {
        e = inode_fits(ix, inode, a, b, &in) ? 0 : -EUCLEAN;
    }
    if (e == 0)
        *ret = in;
    return e;
}

/* Reads a name record whose text lies inside; its values are not checked yet. */
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
        .table_index = n,
    };
    return 0;
}

/* Are the fields of a name consistent? */
static bool name_fits(const struct index *ix, const struct index_name *name)
{
    if (name->flags & NAME_WHITEOUT)
        return ix->kind == INDEX_LAYER && name->flags == NAME_WHITEOUT && name->inode == 0 &&
               name->type == DT_WHT;
    return name->flags == 0 && name->inode > INDEX_ROOT && name->inode <= ix->inodes.count &&
           name->type != DT_WHT && (name->type != DT_UNKNOWN || ix->kind == INDEX_LAYER);
}

int index_name(const struct index *ix, uint64_t n, struct index_name *ret)
{
    struct index_name name;

    if (name_record(ix, n, &name) < 0 || !name_fits(ix, &name))
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

int index_run(const struct index *ix, uint64_t dir, struct index_run *ret)
{
    struct index_inode in;
    int r = index_inode(ix, dir, &in);

    if (r < 0)
        return r;
    if (!S_ISDIR(in.mode) || in.flags & INODE_LOWER_LINK)
        return -ENOTDIR;
    if (!index_claims_run(ix->claims, dir, in.first, in.entries))
        return -EUCLEAN;
    *ret = (struct index_run){dir, in.first, in.entries};
    return 0;
}

int index_entry(const struct index *ix, const struct index_run *run, uint64_t position,
                struct index_name *ret)
{
    struct index_name name, before;
    uint64_t n = run->first + position;

    if (position >= run->entries)
        return 0;
    if (index_name(ix, n, &name) < 0 || (name.type == DT_DIR && name.inode <= run->dir))
        return -EUCLEAN;
    if (position > 0 && (name_record(ix, n - 1, &before) < 0 ||
                         index_compare_names(before.name, before.len, name.name, name.len) >= 0))
        return -EUCLEAN;
    *ret = name;
    return 1;
}

/* Can the name be the first one of its inode? Inodes are numbered by their first names, so at most all
 * additional names (of files with several) can come before it as well. */
static bool can_be_first(const struct index *ix, const struct index_name *name)
{
    uint64_t further = ix->names.count - (ix->inodes.count - 1);

    return ix->kind == INDEX_LAYER ||
           (name->table_index + 2 >= name->inode && name->table_index + 2 - name->inode <= further);
}

int index_child(const struct index *ix, uint64_t dir, const struct index_name *name, struct index_inode *ret)
{
    struct index_inode in = {0};
    bool fits = true;

    if (name->flags & NAME_WHITEOUT) {
        *ret = in;
        return 0;
    }
    if (index_inode(ix, name->inode, &in) < 0)
        return -EUCLEAN;
    if (in.flags & INODE_LOWER_LINK)
        fits = name->type == DT_UNKNOWN;
    else if (name->type != IFTODT(in.mode))
        fits = false;
    else if (S_ISDIR(in.mode))
        fits = name->inode > dir && in.parent == dir && can_be_first(ix, name) &&
               index_claims_dir(ix->claims, name->inode, name->table_index);
    else if (ix->kind == INDEX_TREE && in.nlink == 1)
        fits = in.parent == dir && can_be_first(ix, name);
    else if (ix->kind == INDEX_TREE)
        fits = in.parent <= dir;
    if (!fits)
        return -EUCLEAN;
    *ret = in;
    return 0;
}

/* Finds a name in a sorted run by binary search. -ENOENT. */
static int search(const struct index *ix, const struct index_run *run, const char *name, size_t len,
                  uint64_t *ret)
{
    uint64_t low = run->first, high = run->first + run->entries;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct index_name found;
        int c;

        if (name_record(ix, middle, &found) < 0)
            return -EUCLEAN;
        c = index_compare_names(name, len, found.name, found.len);
        if (c == 0) {
            *ret = middle;
            return 0;
        }
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -ENOENT;
}

int index_find(const struct index *ix, uint64_t dir, const char *name, size_t len, struct index_name *ret,
               struct index_inode *ret_inode)
{
    struct index_inode in;
    struct index_run run;
    uint64_t at = 0;
    int r = index_run(ix, dir, &run);

    if (r == 0)
        r = search(ix, &run, name, len, &at);
    if (r == 0)
        r = index_name(ix, at, ret);
    if (r == 0)
        r = index_child(ix, dir, ret, &in);
    if (r == 0 && ret_inode)
        *ret_inode = in;
    return r;
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
 * *cursor: 0 at first, then number left << 40 | offset of the next. */
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
    if (!p || memchr(p, 0, name_len) ||
        (*cursor && index_compare_names(ret->name, ret->name_len, (const char *)p, name_len) >= 0))
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
