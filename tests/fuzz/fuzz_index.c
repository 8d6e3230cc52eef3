/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index file: whatever the bytes, opening, verifying and looking at everything ends with answers or
 * errors.
 *
 * Checksums find damage, not malice, so each input is tried twice: as it is, and with all its checksums put
 * right, which is what somebody would do who means harm (and what lets a fuzzer get behind them).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/fd.h"
#include "right_sums.h"
#include "tree/image_tree.h"
#include "tree/index.h"
#include "tree/index_verify.h"
#include "tree/path_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A hostile index may say that a directory has 2^40 names: we look at as many as an honest small one has. */
#define LOOK_MAX 512

/* Reads every byte that we were given, so that a sanitizer sees a pointer to what is not there. */
static void touch(const void *p, size_t len)
{
    static volatile uint8_t sink;

    for (size_t i = 0; i < len; i++)
        sink = ((const uint8_t *)p)[i];
    (void)sink;
}

static void look_at_inode(const struct index *ix, uint64_t number)
{
    struct index_inode in;
    struct index_name name;
    struct index_xattr xattr;
    const char *target;
    uint64_t cursor = 0;
    size_t len;

    if (index_inode(ix, number, &in) < 0)
        return;
    if (index_target(ix, &in, &target, &len) == 0)
        touch(target, len);
    for (int i = 0; i < LOOK_MAX && index_xattr_next(ix, &in, &cursor, &xattr) == 1; i++) {
        touch(xattr.name, xattr.name_len);
        touch(xattr.value, xattr.value_len);
    }
    for (uint64_t i = 0; i < LOOK_MAX && i < in.entries; i++) {
        struct index_name found;

        if (index_name(ix, in.first + i, &name) < 0)
            break;
        touch(name.name, name.len);
        if (index_find(ix, number, name.name, name.len, &found, NULL) == 0)
            touch(found.name, found.len);
    }
    index_find(ix, number, "no such name", 12, &name, NULL);
}

static void look_at_index(const struct index *ix)
{
    const uint8_t *digest;
    struct index_name name;
    size_t len;

    for (uint64_t i = 0; i <= index_inodes(ix) + 1 && i < LOOK_MAX; i++)
        look_at_inode(ix, i);
    look_at_inode(ix, UINT64_MAX);
    index_name(ix, index_names(ix), &name);
    index_name(ix, UINT64_MAX, &name);
    for (uint32_t i = 0; i <= index_layers(ix) && i < LOOK_MAX; i++)
        if (index_layer(ix, i, &digest, &len) == 0)
            touch(digest, len);
}

/* Whoever walks down an index meets each of its names once at most, whatever it says. */
static void walk_index(const struct index *ix, uint64_t dir, uint64_t *met)
{
    struct index_run run;
    struct index_name name, found;
    struct index_inode in;

    if (index_run(ix, dir, &run) < 0)
        return;
    for (uint64_t i = 0; index_entry(ix, &run, i, &name) == 1; i++) {
        if (++*met > index_names(ix))
            abort();
        if (index_find(ix, dir, name.name, name.len, &found, &in) == 0 && S_ISDIR(in.mode) &&
            !(in.flags & INODE_LOWER_LINK))
            walk_index(ix, found.inode, met);
    }
}

static void look_at_node(struct tree *t, uint64_t node)
{
    char buf[8192], scratch[256];
    struct tree_attr attr;
    struct tree_content content;
    uint64_t dir;
    ssize_t n;

    if (tree_getattr(t, node, &attr) < 0)
        return;
    n = tree_readlink(t, node, buf, sizeof(buf));
    touch(buf, n > 0 && (size_t)n <= sizeof(buf) ? (size_t)n : 0);
    n = tree_listxattr(t, node, buf, sizeof(buf));
    touch(buf, n > 0 ? (size_t)n : 0);
    tree_getxattr(t, node, "user.k", buf, sizeof(buf));
    if (tree_content(t, node, &content) == 0)
        tree_content_put(t, &content);
    if (tree_name(t, node, &dir, scratch) == 0) {
        touch(scratch, strlen(scratch));
        if (dir >= node || tree_getattr(t, dir, &attr) < 0 || !S_ISDIR(attr.mode))
            abort();
    }
}

/* The same by what a mount and the command ask. */
static void walk_tree(struct tree *t, uint64_t dir, uint64_t names, uint64_t *met)
{
    char scratch[256];
    struct tree_entry e;

    look_at_node(t, dir);
    for (uint64_t i = 0; tree_entry(t, dir, i, &e, scratch) == 1; i++) {
        struct tree_attr attr;
        uint64_t child;

        touch(e.name, e.name_len);
        if (++*met > names)
            abort();
        if (tree_lookup(t, dir, e.name, e.name_len, &child, &attr) < 0)
            continue;
        if (S_ISDIR(attr.mode))
            walk_tree(t, child, names, met);
        else
            look_at_node(t, child);
        tree_forget(t, child, 1);
    }
}

/* The tree takes the index over. */
static void look_at_tree(struct index *ix)
{
    struct tree *t;
    struct tree_attr attr;
    struct statvfs fs;
    uint64_t node, names = index_names(ix), met = 0;
    int layers = open("/proc/self/fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC); /* has no layers */

    if (layers < 0 || image_tree_new(ix, layers, 4, &t) < 0) {
        index_free(ix);
        if (layers >= 0)
            close(layers);
        return;
    }
    tree_statfs(t, &fs);
    walk_tree(t, TREE_ROOT, names, &met);
    look_at_node(t, 0);
    look_at_node(t, UINT64_MAX);
    if (tree_walk(t, "/d/../s/./x", true, &node, &attr) == 0)
        tree_forget(t, node, 1);
    tree_free(t);
}

static void try_bytes(const uint8_t *data, size_t size)
{
    static const enum index_kind kinds[] = {INDEX_LAYER, INDEX_TREE};
    cleanup_fd int fd = memfd_create("index", MFD_CLOEXEC);

    /* What others could write is refused, and a memory file is born writable for all. */
    if (fd < 0 || fchmod(fd, 0600) < 0 || fd_write(fd, data, size) < 0)
        abort();
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct err err = {""};
        struct index *ix;
        uint64_t met;
        int r = index_open(fd, "input", kinds[i], &ix, &err);

        if (r < 0) {
            if (!err.text[0])
                abort();
            continue;
        }
        if (index_verify(ix, &err) < 0 && !err.text[0])
            abort();
        look_at_index(ix);
        met = 0;
        walk_index(ix, INDEX_ROOT, &met);
        if (kinds[i] == INDEX_TREE)
            look_at_tree(ix);
        else
            index_free(ix);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, data, size);
    try_bytes(copy, size);
    right_sums(copy, size);
    try_bytes(copy, size);
    return 0;
}
