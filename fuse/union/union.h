/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The union: what a mount shows, in terms of nodes, names and stat(2), without FUSE.
 *
 * A union is a branch over a tree. Without a branch, as here, it is the tree, read-only: node ids are the
 * tree's nodes, so that the union keeps no state at all for what is looked up. `union` being a word of C, the
 * prefix is un_.
 *
 * Every call is safe from any thread and returns 0 (or a count) or a negative errno.
 */
#ifndef MICA_UNION_UNION_H
#define MICA_UNION_UNION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "tree/tree.h"

#define UN_ROOT     TREE_ROOT
#define UN_NAME_MAX 255

struct un;

/* Takes the tree over on success. */
int un_new(struct tree *tree, struct un **ret);
void un_free(struct un *u); /* NULL-safe */

/* For how many seconds an answer may be kept by the kernel. */
double un_timeout(const struct un *u);

/* Finds `name` in `dir` and takes a reference on *ret_node. -ENAMETOOLONG, -ENOENT, -ENOTDIR. */
int un_lookup(struct un *u, uint64_t dir, const char *name, uint64_t *ret_node, struct stat *ret_st);
void un_forget(struct un *u, uint64_t node, uint64_t n);
int un_getattr(struct un *u, uint64_t node, struct stat *ret);
ssize_t un_readlink(struct un *u, uint64_t node, char *buf, size_t size);
int un_statfs(struct un *u, struct statvfs *ret);

/*
 * Listing. A cookie is a place in a directory: 0 is the start, and each entry carries the cookie of the next.
 * The first two entries are "." and "..". 1 with an entry, 0 at the end.
 */
struct un_entry {
    const char *name; /* NUL-terminated; lives in `scratch` or longer */
    uint64_t next;    /* cookie */
    uint64_t ino;     /* 0: not known without a lookup */
    uint32_t mode;    /* type bits only, 0 when unknown */
    bool is_dot;      /* "." or "..": not to be looked up */
};
int un_entry(struct un *u, uint64_t dir, uint64_t cookie, struct un_entry *ret, char scratch[256]);

/*
 * Extended attributes, as getxattr(2) and listxattr(2) with xattr_policy.h applied. `privileged`: the caller
 * may see trusted.*.
 */
ssize_t un_getxattr(struct un *u, uint64_t node, const char *name, void *value, size_t size, bool privileged);
ssize_t un_listxattr(struct un *u, uint64_t node, char *list, size_t size, bool privileged);

/* The content of a regular file, given back with un_content_put. */
int un_content(struct un *u, uint64_t node, struct tree_content *ret);
void un_content_put(struct un *u, struct tree_content *c);

#endif
