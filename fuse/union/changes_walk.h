/* SPDX-License-Identifier: Apache-2.0 */
/* Walk for finding changes, shared by the changes*.c of this folder. */
#ifndef MICA_UNION_CHANGES_WALK_H
#define MICA_UNION_CHANGES_WALK_H

#include "os/buf.h"
#include "union/changes.h"
#include "union/core.h"

struct change_walk {
    struct un *un;
    struct changes *changes;
    struct err *err;
    struct buf path;
    bool since_nothing;
    bool live; /* files may vanish during the walk */
};

/* A name's nodes in the union and in the tree beneath. */
struct both {
    uint64_t node; /* of the union, owns a reference; 0: absent */
    struct stat st;
    uint64_t base; /* of the tree, owns a reference; 0: absent */
    struct tree_attr attr;
};

/* Look up a name in `dir` of the union (0: none) and `base` of the tree (0: none). 1 if either has it, 0, or
 * an error. */
int both_look(struct change_walk *w, uint64_t dir, uint64_t base, const char *name, struct both *ret);
void both_done(struct change_walk *w, struct both *b);

enum difference {
    SAME,       /* the same node: no difference beneath it either */
    SAME_ENTRY, /* all compared attributes are equal */
    SAME_APART, /* equal too, but another file, or one with other names */
    DIFFERENT,
};

/* Does the error say that a file has been removed during a live walk? */
bool walk_has_vanished(const struct change_walk *w, int r);

/* Append a record for w->path; takes over the union's reference of *b. */
int walk_add(struct change_walk *w, enum change_kind kind, struct both *b, struct change **ret);

/* Names of a directory, sorted. */
struct name_list {
    struct buf text; /* one after the other, each with its NUL */
    const char **names;
    size_t n;
};

/* Append "/NAME" to the path; walk_leave removes it. */
int walk_enter(struct change_walk *w, const char *name, size_t *ret_before);
void walk_leave(struct change_walk *w, size_t before);

/* Drop a record's references. */
void change_clear(struct un *u, struct change *c);

#endif
