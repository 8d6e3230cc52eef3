/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of a branch: the difference between the union and the tree beneath, name by name, as a comparison
 * of two mounts would find it.
 *
 * The search walks the upper, so it takes time in proportion to the changes. It reads all names only of
 * directories at another place than in the tree (renamed, or made anew in place of another). A copied-up file
 * that equals the tree's again is no change, nor is a directory copied up only for its content.
 *
 * Some unchanged names must be in a layer all the same: directories above a change, and the other names of a
 * file in the layer. Their kind is CHANGE_NONE.
 */
#ifndef MICA_UNION_CHANGES_H
#define MICA_UNION_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "os/err.h"
#include "union/union.h"

enum change_kind {
    CHANGE_NONE, /* unchanged, but needed in the layer */
    CHANGE_ADDED,
    CHANGE_CHANGED, /* possibly to another type */
    CHANGE_DELETED, /* with its content */
};

struct change {
    char *path; /* without leading slash; "" is the root */
    enum change_kind kind;
    bool opaque;   /* no name of the tree's directory is left: written in place of single deletions */
    bool unsaid;   /* deletion covered by an opaque directory */
    bool again;    /* found in the second walk; for changes_links.c */
    uint32_t mode; /* with the type; of a deletion, the deleted file's */
    uint32_t uid, gid, nlink;
    uint64_t node; /* in the union, owns a reference; 0 for a deletion */
    uint64_t ino;
    size_t link;   /* index + 1 of an earlier record that is the same file; 0: none */
    uint64_t size; /* of a file's content or a link's target, else 0; of a deletion, the deleted file's */
    dev_t rdev;
    struct timespec mtime;
};

struct changes {
    struct change *list; /* in walk order: names sorted by bytes, a directory before its content */
    size_t n;
};

enum changes_base {
    CHANGES_SINCE_TREE,    /* compare with the tree beneath */
    CHANGES_SINCE_NOTHING, /* compare with nothing: the whole union */
};

/* Find all changes. `live`: the branch may change meanwhile, so files that cannot be read count as removed,
 * and new ones may be missed; else an unreadable file is an error. -ENAMETOOLONG for a path of PATH_MAX and
 * more; -EIO, with a message, for a damaged branch. The union must have no other users. */
int changes_find(struct un *u, enum changes_base base, bool live, struct changes *ret, struct err *err);
/* Free the list and drop its references. */
void changes_free(struct un *u, struct changes *c);

#endif
