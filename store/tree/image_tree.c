/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/image_tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "os/cleanup.h"
#include "os/fd_cache.h"
#include "tree/index_where.h"
#include "tree/layer_files.h"

struct image_tree {
    struct tree base;
    struct index *ix;
    bool is_sibling; /* the next three are another tree's */
    int layers_fd;
    struct layer_files *files;
    struct fd_cache *fds;
    atomic_bool no_nowait; /* of the store's file system (tree_content) */
};

static struct image_tree *image(struct tree *t)
{
    return (struct image_tree *)(void *)t;
}

static struct tree_attr attr_of(uint64_t node, const struct index_inode *in)
{
    return (struct tree_attr){
        .ino = node,
        .mode = in->mode,
        .nlink = in->nlink,
        .uid = in->uid,
        .gid = in->gid,
        .rdev_major = in->rdev_major,
        .rdev_minor = in->rdev_minor,
        .size = in->size,
        .blocks = in->blocks,
        .atime = in->mtime, /* an index has no other times */
        .mtime = in->mtime,
        .ctime = in->mtime,
    };
}

static int image_getattr(struct tree *t, uint64_t node, struct tree_attr *ret)
{
    struct index_inode in;
    int r = index_inode(image(t)->ix, node, &in);

    if (r == 0)
        *ret = attr_of(node, &in);
    return r;
}

static int image_identity(struct tree *t, uint64_t node, uint64_t *ret_ino, uint32_t *ret_type)
{
    struct index_inode in;
    int r = index_inode(image(t)->ix, node, &in);

    if (r < 0)
        return r;
    *ret_ino = node;
    *ret_type = in.mode & S_IFMT;
    return 0;
}

static int image_lookup(struct tree *t, uint64_t dir, const char *name, size_t name_len, uint64_t *ret_node,
                        struct tree_attr *ret_attr)
{
    struct index_name found;
    struct index_inode in;
    int r = index_find(image(t)->ix, dir, name, name_len, &found, &in);

    if (r < 0)
        return r;
    *ret_attr = attr_of(found.inode, &in);
    *ret_node = found.inode;
    return 0;
}

static void image_forget(struct tree *t, uint64_t node, uint64_t n)
{
    (void)t;
    (void)node;
    (void)n;
}

static int image_parent(struct tree *t, uint64_t node, uint64_t *ret_parent, uint64_t *ret_ino)
{
    struct index_inode in;
    int r = index_inode(image(t)->ix, node, &in);

    if (r < 0)
        return r;
    if (!S_ISDIR(in.mode))
        return -ENOTDIR;
    *ret_parent = *ret_ino = in.parent;
    return 0;
}

static int image_name(struct tree *t, uint64_t node, uint64_t *ret_dir, char ret_name[256])
{
    struct index_name name;
    int r = index_where(image(t)->ix, node, ret_dir, &name);

    if (r < 0)
        return r;
    memcpy(ret_name, name.name, name.len);
    ret_name[name.len] = 0;
    return 0;
}

static void image_ref(struct tree *t, uint64_t node, uint64_t n)
{
    (void)t;
    (void)node;
    (void)n;
}

/* The tree's own numbers have 32 bits. A branch is on one file system, so `ino` alone identifies its
 * files; inode numbers too large to be shifted (no known file system has them) get a hash in the upper
 * half. */
static const uint64_t upper_half = UINT64_C(1) << 63, start = UINT64_C(1) << 40;

static uint64_t image_outside_ino(struct tree *t, dev_t dev, ino_t ino)
{
    (void)t;
    (void)dev;
    if (ino < upper_half - start)
        return start + ino;
    return upper_half | XXH3_64bits(&ino, sizeof(ino)) >> 1;
}

/* A branch's numbers follow the tree's, as long as the sum fits 32 bits. */
static uint64_t image_shown_ino(struct tree *t, uint64_t ino)
{
    uint64_t behind = ino - start + index_inodes(image(t)->ix);

    return ino >= start && ino < upper_half && behind <= UINT32_MAX ? behind : ino;
}

static int image_entry(struct tree *t, uint64_t dir, const struct tree_list *list, uint64_t position,
                       struct tree_entry *ret, char scratch[256])
{
    (void)list;
    struct index_run run;
    struct index_name name;
    int r = index_run(image(t)->ix, dir, &run);

    if (r == 0)
        r = index_entry(image(t)->ix, &run, position, &name);
    if (r <= 0)
        return r;
    memcpy(scratch, name.name, name.len);
    scratch[name.len] = 0;
    *ret = (struct tree_entry){.name = scratch,
                               .name_len = name.len,
                               .ino = name.inode,
                               .type = name.type,
                               .record = name.table_index};
    return 1;
}

/* An index does not change: the record that index_entry has checked is as it was. */
static int image_entry_lookup(struct tree *t, uint64_t dir, const struct tree_entry *entry,
                              uint64_t *ret_node, struct tree_attr *ret_attr)
{
    struct index_name name = {.name = entry->name,
                              .len = entry->name_len,
                              .inode = (uint32_t)entry->ino,
                              .type = entry->type,
                              .table_index = entry->record};
    struct index_inode in;
    int r = index_child(image(t)->ix, dir, &name, &in);

    if (r < 0)
        return r;
    *ret_attr = attr_of(entry->ino, &in);
    *ret_node = entry->ino;
    return 0;
}

static ssize_t image_readlink(struct tree *t, uint64_t node, char *buf, size_t size)
{
    struct index_inode in;
    const char *target;
    size_t len;
    int r = index_inode(image(t)->ix, node, &in);

    if (r < 0)
        return r;
    if (!S_ISLNK(in.mode))
        return -EINVAL;
    r = index_target(image(t)->ix, &in, &target, &len);
    if (r < 0)
        return r;
    memcpy(buf, target, len < size ? len : size);
    return (ssize_t)len;
}

static ssize_t image_getxattr(struct tree *t, uint64_t node, const char *name, void *value, size_t size)
{
    struct index_inode in;
    int r = index_inode(image(t)->ix, node, &in);

    return r < 0 ? r : index_getxattr(image(t)->ix, &in, name, value, size);
}

static ssize_t image_listxattr(struct tree *t, uint64_t node, char *list, size_t size)
{
    struct index_inode in;
    int r = index_inode(image(t)->ix, node, &in);

    return r < 0 ? r : index_listxattr(image(t)->ix, &in, list, size);
}

static int image_content(struct tree *t, uint64_t node, struct tree_content *ret)
{
    struct image_tree *im = image(t);
    struct fd_cache_entry *e;
    struct layer_file file;
    struct index_inode in;
    int r = index_inode(im->ix, node, &in);

    if (r < 0)
        return r;
    if (!S_ISREG(in.mode))
        return S_ISDIR(in.mode) ? -EISDIR : -EINVAL;
    r = layer_files_find(im->files, &in, &file);
    if (r < 0)
        return r;
    e = fd_cache_get(im->fds, file.key);
    if (!e) {
        int fd = layer_files_open(im->files, &in, &file);

        if (fd < 0)
            return fd;
        e = fd_cache_add(im->fds, file.key, fd);
        if (!e)
            return -ENOMEM;
    }
    *ret = (struct tree_content){
        .fd = fd_cache_fd(e),
        .offset = file.at,
        .size = in.size,
        .ref = e,
        .no_nowait = &im->no_nowait,
    };
    return 0;
}

static void image_content_put(struct tree *t, struct tree_content *c)
{
    fd_cache_put(image(t)->fds, c->ref);
}

static int image_statfs(struct tree *t, struct statvfs *ret)
{
    struct image_tree *im = image(t);
    uint64_t size = index_content_size(im->ix);

    *ret = (struct statvfs){
        .f_bsize = 4096,
        .f_frsize = 4096,
        .f_blocks = size / 4096 + (size % 4096 != 0),
        .f_files = index_inodes(im->ix),
        .f_namemax = 255,
        .f_flag = ST_RDONLY,
    };
    return 0;
}

static void image_free(struct tree *t)
{
    struct image_tree *im = image(t);

    if (!im->is_sibling) {
        fd_cache_free(im->fds);
        layer_files_free(im->files);
        close(im->layers_fd);
    }
    index_free(im->ix);
    free(im);
}

static void image_rest(struct tree *t)
{
    index_rest(image(t)->ix);
    layer_files_rest(image(t)->files);
}

static const struct tree_ops image_ops = {
    .lookup = image_lookup,
    .forget = image_forget,
    .getattr = image_getattr,
    .identity = image_identity,
    .parent = image_parent,
    .name = image_name,
    .ref = image_ref,
    .outside_ino = image_outside_ino,
    .shown_ino = image_shown_ino,
    .entry = image_entry,
    .entry_lookup = image_entry_lookup,
    .readlink = image_readlink,
    .getxattr = image_getxattr,
    .listxattr = image_listxattr,
    .content = image_content,
    .content_put = image_content_put,
    .statfs = image_statfs,
    .rest = image_rest,
    .free = image_free,
};

int image_tree_also(struct tree *t, int layers_fd)
{
    return layer_files_also(image(t)->files, layers_fd);
}

int image_tree_layer(struct tree *t, uint64_t node, uint32_t *ret)
{
    struct index_inode in;
    int r = index_inode(image(t)->ix, node, &in);

    if (r == 0)
        *ret = in.layer;
    return r;
}

const struct index *image_tree_index(const struct tree *t)
{
    return ((const struct image_tree *)(const void *)t)->ix;
}

/* Allocates a tree of the index without descriptors. */
static struct image_tree *tree_of(struct index *ix)
{
    struct image_tree *im = calloc(1, sizeof(*im));

    if (im)
        *im = (struct image_tree){.base = {.ops = &image_ops,
                                           .immutable = true,
                                           .fixed_names = true,
                                           .marks = TREE_MARKS_NONE,
                                           .lasting = index_sum(ix) | 1},
                                  .ix = ix};
    return im;
}

int image_tree_new(struct index *ix, int layers_fd, unsigned max_fds, struct tree **ret)
{
    struct image_tree *im = tree_of(ix);

    if (!im)
        return -ENOMEM;
    im->layers_fd = layers_fd;
    im->fds = fd_cache_new(max_fds);
    im->files = layer_files_new(ix, layers_fd);
    if (!im->fds || !im->files) {
        if (im->fds)
            fd_cache_free(im->fds);
        layer_files_free(im->files);
        free(im);
        return -ENOMEM;
    }
    *ret = &im->base;
    return 0;
}

/* Has `ix` the layers of `of`, or the lower ones of them, under the same numbers? */
static bool has_layers_of(const struct index *ix, const struct index *of)
{
    for (uint32_t i = 0; i < index_layers(ix); i++) {
        const uint8_t *a, *b;
        size_t a_len, b_len;

        if (index_layer(ix, i, &a, &a_len) < 0 || index_layer(of, i, &b, &b_len) < 0 || a_len != b_len ||
            memcmp(a, b, a_len) != 0)
            return false;
    }
    return true;
}

int image_tree_sibling(struct tree *of, struct index *ix, struct tree **ret)
{
    const struct image_tree *with = image(of);
    struct image_tree *im;

    if (!has_layers_of(ix, with->ix))
        return -EINVAL;
    im = tree_of(ix);
    if (!im)
        return -ENOMEM;
    im->is_sibling = true;
    im->layers_fd = with->layers_fd;
    im->files = with->files;
    im->fds = with->fds;
    *ret = &im->base;
    return 0;
}
