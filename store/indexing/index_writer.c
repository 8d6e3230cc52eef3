/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/index_writer.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "indexing/text_table.h"
#include "os/buf.h"
#include "os/fd.h"
#include "os/file_buf.h"
#include "tree/index_format.h"

struct index_writer {
    enum index_kind kind;
    struct file_buf inodes; /* struct index_inode_record */
    struct file_buf names;  /* struct index_name_record */
    struct file_buf layers; /* struct index_layer_record */
    struct text_table text, xattrs;
    uint64_t content_size;
};

struct index_writer *index_writer_new(enum index_kind kind, int tmp_dirfd)
{
    static const char unused[8];
    struct index_writer *w = malloc(sizeof(*w));
    uint64_t at;

    if (!w)
        return NULL;
    *w = (struct index_writer){
        .kind = kind,
        .inodes = FILE_BUF_INIT(tmp_dirfd),
        .names = FILE_BUF_INIT(tmp_dirfd),
        .layers = FILE_BUF_INIT(tmp_dirfd),
        .text = TEXT_TABLE_INIT(tmp_dirfd),
        .xattrs = TEXT_TABLE_INIT(tmp_dirfd),
    };
    if (text_table_add(&w->xattrs, unused, sizeof(unused), &at) < 0) {
        index_writer_free(w);
        return NULL;
    }
    return w;
}

void index_writer_free(struct index_writer *w)
{
    if (!w)
        return;
    file_buf_free(&w->inodes);
    file_buf_free(&w->names);
    file_buf_free(&w->layers);
    text_table_free(&w->text);
    text_table_free(&w->xattrs);
    free(w);
}

int index_writer_layer(struct index_writer *w, const uint8_t *digest, size_t len)
{
    struct index_layer_record r = {.len = htole32((uint32_t)len)};

    if (len != 32 && len != 64)
        return -EINVAL;
    if (w->layers.len / sizeof(r) >= INDEX_LAYERS_MAX)
        return -EFBIG;
    memcpy(r.digest, digest, len);
    return file_buf_append(&w->layers, &r, sizeof(r));
}

int index_writer_text(struct index_writer *w, const char *text, size_t len, uint64_t *ret)
{
    return text_table_add(&w->text, text, len, ret);
}

int index_writer_find_text(struct index_writer *w, const char *text, size_t len, uint64_t *ret)
{
    return text_table_find(&w->text, text, len, ret);
}

const char *index_writer_text_at(struct index_writer *w, uint64_t text)
{
    return file_buf_at(&w->text.bytes, text);
}

void index_writer_give_back_texts(struct index_writer *w)
{
    file_buf_give_back(&w->text.bytes);
}

void index_writer_seal_texts(struct index_writer *w)
{
    text_table_seal(&w->text);
    text_table_seal(&w->xattrs);
}

int index_writer_xattrs(struct index_writer *w, const struct index_xattr *attrs, size_t n, uint64_t *ret)
{
    cleanup_buf struct buf set = BUF_INIT;
    uint32_t head = htole32((uint32_t)n);
    int r = buf_append(&set, &head, sizeof(head));

    if (n == 0) {
        *ret = 0;
        return 0;
    }
    if (n > INDEX_XATTRS_MAX)
        return -E2BIG;
    for (size_t i = 0; r == 0 && i < n; i++) {
        uint32_t lens[2] = {htole32((uint32_t)attrs[i].name_len), htole32((uint32_t)attrs[i].value_len)};

        if (attrs[i].name_len < 1 || attrs[i].name_len > INDEX_XATTR_NAME_MAX ||
            attrs[i].value_len > INDEX_XATTR_VALUE_MAX)
            return -E2BIG;
        r = buf_append(&set, lens, sizeof(lens));
        if (r == 0)
            r = buf_append(&set, attrs[i].name, attrs[i].name_len);
        if (r == 0)
            r = buf_append(&set, attrs[i].value, attrs[i].value_len);
    }
    return r < 0 ? r : text_table_add(&w->xattrs, set.data, set.len, ret);
}

static struct index_inode_record encode(const struct index_inode *in)
{
    struct index_inode_record r = {
        .mode = htole32(in->mode),
        .uid = htole32(in->uid),
        .gid = htole32(in->gid),
        .nlink = htole32(in->nlink),
        .size = htole64(in->size),
        .blocks = htole64(in->blocks),
        .mtime_sec = htole64((uint64_t)in->mtime.tv_sec),
        .mtime_nsec = htole32((uint32_t)in->mtime.tv_nsec),
        .flags = htole32(in->flags),
        .layer = htole32(in->layer),
        .parent = htole32(in->parent),
        .xattrs = htole64(in->xattrs),
    };

    if (in->flags & INODE_LOWER_LINK || S_ISLNK(in->mode)) {
        r.a = htole64(in->target);
    } else if (S_ISDIR(in->mode)) {
        r.a = htole64(in->first);
        r.b = htole64(in->entries);
    } else if (S_ISREG(in->mode)) {
        r.a = htole64(in->place);
        r.b = htole64(in->content_hash);
    } else {
        r.a = htole64((uint64_t)in->rdev_major << 32 | in->rdev_minor);
    }
    return r;
}

int index_writer_inode(struct index_writer *w, const struct index_inode *inode, uint32_t *ret)
{
    struct index_inode_record r = encode(inode);
    uint64_t n = w->inodes.len / sizeof(r) + 1;
    int e;

    if (n >= UINT32_MAX)
        return -EFBIG;
    e = file_buf_append(&w->inodes, &r, sizeof(r));
    if (e < 0)
        return e;
    if (S_ISREG(inode->mode) && !(inode->flags & INODE_LOWER_LINK))
        w->content_size += inode->size;
    *ret = (uint32_t)n;
    return 0;
}

static struct index_inode_record *record(struct index_writer *w, uint32_t inode)
{
    size_t at = (size_t)(inode - 1) * sizeof(struct index_inode_record);

    return inode && at < w->inodes.len ? file_buf_at(&w->inodes, at) : NULL;
}

int index_writer_add_nlink(struct index_writer *w, uint32_t inode)
{
    struct index_inode_record *r = record(w, inode);

    if (!r)
        return -EINVAL;
    r->nlink = htole32(le32toh(r->nlink) + 1);
    return 0;
}

int index_writer_set_names(struct index_writer *w, uint32_t dir, uint64_t first, uint64_t entries)
{
    struct index_inode_record *r = record(w, dir);

    if (!r)
        return -EINVAL;
    r->a = htole64(first);
    r->b = htole64(entries);
    return 0;
}

int index_writer_name_at(struct index_writer *w, uint64_t text, const struct index_name *name)
{
    struct index_name_record r = {
        .inode = htole32(name->inode),
        .text = htole32((uint32_t)text),
        .len = (uint8_t)name->len,
        .type = name->type,
        .flags = name->flags,
    };

    if (name->len < 1 || name->len > INDEX_NAME_MAX)
        return -ENAMETOOLONG;
    return file_buf_append(&w->names, &r, sizeof(r));
}

int index_writer_name(struct index_writer *w, const struct index_name *name, uint64_t *ret_place)
{
    uint64_t text;
    int r;

    if (name->len < 1 || name->len > INDEX_NAME_MAX)
        return -ENAMETOOLONG;
    r = text_table_add(&w->text, name->name, name->len, &text);
    if (r < 0)
        return r;
    if (ret_place)
        *ret_place = w->names.len / sizeof(struct index_name_record);
    return index_writer_name_at(w, text, name);
}

#define PUT_SIZE (1024u * 1024)

/* The bytes of the file in order, and their checksums per block. */
struct output {
    int fd;
    uint64_t offset;
    XXH3_state_t *block;
    struct buf sums;
};

static int end_block(struct output *o)
{
    uint64_t sum = htole64(XXH3_64bits_digest(o->block));

    XXH3_64bits_reset(o->block);
    return buf_append(&o->sums, &sum, sizeof(sum));
}

static int put(struct output *o, const void *data, size_t len)
{
    const char *p = data;
    int r = fd_pwrite(o->fd, data, len, o->offset);

    while (r == 0 && len) {
        size_t n = INDEX_BLOCK - o->offset % INDEX_BLOCK;

        if (n > len)
            n = len;
        XXH3_64bits_update(o->block, p, n);
        o->offset += n;
        p += n;
        len -= n;
        if (o->offset % INDEX_BLOCK == 0)
            r = end_block(o);
    }
    return r;
}

static int put_section(struct output *o, struct file_buf *b)
{
    static const char zeros[8];
    int r = put(o, zeros, -o->offset & 7);

    for (size_t at = 0; r == 0 && at < b->len; at += PUT_SIZE) {
        r = put(o, b->data + at, b->len - at < PUT_SIZE ? b->len - at : PUT_SIZE);
        file_buf_give_back(b);
    }
    return r;
}

static void lay_out(struct index_section *s, uint64_t *at, size_t len, uint64_t record_size)
{
    *at = (*at + 7) & ~7ull;
    s->offset = htole64(*at);
    s->count = htole64(len / record_size);
    *at += len;
}

/* Writes the header last: it holds the checksum of the table of checksums and lies outside all blocks. */
static int write_all(struct index_writer *w, struct output *o)
{
    struct file_buf *sections[] = {&w->inodes, &w->names, &w->layers, &w->xattrs.bytes, &w->text.bytes};
    struct index_header h = {
        .magic = INDEX_MAGIC,
        .version = htole32(w->kind == INDEX_TREE ? INDEX_TREE_VERSION : INDEX_LAYER_VERSION),
        .kind = htole32((uint32_t)w->kind),
        .content_size = htole64(w->content_size),
    };
    uint64_t at = sizeof(h);
    int r = 0;

    lay_out(&h.inodes, &at, w->inodes.len, sizeof(struct index_inode_record));
    lay_out(&h.names, &at, w->names.len, sizeof(struct index_name_record));
    lay_out(&h.layers, &at, w->layers.len, sizeof(struct index_layer_record));
    lay_out(&h.xattrs, &at, w->xattrs.bytes.len, 1);
    lay_out(&h.text, &at, w->text.bytes.len, 1);
    o->offset = sizeof(h);
    for (size_t i = 0; r == 0 && i < 5; i++)
        r = put_section(o, sections[i]);
    if (r == 0)
        r = put_section(o, &(struct file_buf)FILE_BUF_INIT(-1));
    if (r == 0 && o->offset % INDEX_BLOCK)
        r = end_block(o);
    if (r < 0)
        return r;
    at = o->offset;
    lay_out(&h.sums, &at, o->sums.len, sizeof(uint64_t));
    h.sums_sum = htole64(XXH3_64bits(o->sums.data, o->sums.len));
    h.file_size = htole64(at);
    h.header_sum = htole64(XXH3_64bits(&h, offsetof(struct index_header, header_sum)));
    r = fd_pwrite(o->fd, o->sums.data, o->sums.len, o->offset);
    return r < 0 ? r : fd_pwrite(o->fd, &h, sizeof(h), 0);
}

int index_writer_finish(struct index_writer *w, int fd)
{
    struct output o = {.fd = fd, .block = XXH3_createState()};
    int r = -ENOMEM;

    if (o.block) {
        XXH3_64bits_reset(o.block);
        r = write_all(w, &o);
    }
    XXH3_freeState(o.block);
    buf_free(&o.sums);
    return r;
}
