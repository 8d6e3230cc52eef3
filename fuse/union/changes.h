/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a branch changed: the difference between the union and the tree beneath, name by name, as somebody
 * would see who compared both.
 *
 * It is found by walking the upper, so it takes as long as there are changes; only of directories that stand
 * elsewhere than in the tree (renamed, or made anew in the place of another) all that is in them is looked
 * at. A file that was copied up and is again what it was is no change, and neither is a directory that is
 * only in the upper because of what is in it.
 *
 * Some names are no change and must all the same be said by a layer that says the changes: directories on the
 * way to one, and the other names of a file that is said. They are told apart as CHANGE_NONE.
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
    CHANGE_NONE, /* the layer has to say it */
    CHANGE_ADDED,
    CHANGE_CHANGED, /* perhaps into another type */
    CHANGE_DELETED, /* with all that was in it */
};

struct change {
    char *path; /* without a leading slash; "" is the root */
    enum change_kind kind;
    bool opaque;   /* a directory in which no name of the tree's is left: said instead of each deletion */
    bool unsaid;   /* a deletion that is said so */
    bool again;    /* found in a second walk; for changes_links.c */
    uint32_t mode; /* with the type; of a deletion, that of what was there */
    uint32_t uid, gid, nlink;
    uint64_t node; /* in the union, with a reference; 0 for a deletion */
    uint64_t ino;
    size_t link;   /* another name of the file that stands at link - 1 before it; 0: none */
    uint64_t size; /* of a file's content or a link's target, else 0; of a deletion, that of what was there */
    dev_t rdev;
    struct timespec mtime;
};

struct changes {
    struct change *list; /* in the order of a walk: names sorted by bytes, a directory before what is in it */
    size_t n, cap;
};

enum changes_base {
    CHANGES_SINCE_TREE,    /* compared with the tree beneath */
    CHANGES_SINCE_NOTHING, /* compared with nothing: everything that there is */
};

/* Finds them all. `live`: the branch may change meanwhile, so that what cannot be read has vanished and is
 * passed over, and what comes may be missed; else it is an error. -ENAMETOOLONG for a path of PATH_MAX and
 * more, -EIO for what is damaged, with a line. The union is to have no other users. */
int changes_find(struct un *u, enum changes_base base, bool live, struct changes *ret, struct err *err);
/* Gives back the references as well. */
void changes_free(struct un *u, struct changes *c);

#endif
