/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of finding changes, for the changes*.c of this folder. */
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
    bool live; /* what is there may vanish meanwhile */
};

/* One name, as the union and the tree beneath have it. */
struct both {
    uint64_t node; /* of the union, with a reference; 0: not there */
    struct stat st;
    uint64_t base; /* of the tree, with a reference; 0: not there */
    struct tree_attr attr;
};

/* Looks a name up on both sides: `dir` of the union (0: none) and `base` of the tree (0: none). 1 when it is
 * on any, 0, or an error. */
int both_look(struct change_walk *w, uint64_t dir, uint64_t base, const char *name, struct both *ret);
void both_done(struct change_walk *w, struct both *b);

enum difference {
    SAME,       /* the very same: nothing beneath it can differ */
    SAME_ENTRY, /* there is no difference in what a comparison of names sees */
    SAME_APART, /* nor here, but it is another file now, or has other names */
    DIFFERENT,
};
/* Compares what is on both sides; negative errno. (changes_compare.c) */
int both_compare(struct change_walk *w, const struct both *b);

/* Is this an error that says that what was there a moment ago has gone? */
bool walk_has_vanished(const struct change_walk *w, int r);

/* Appends a record of the path in w->path; the union's reference of *b goes with it. */
int walk_add(struct change_walk *w, enum change_kind kind, struct both *b, struct change **ret);

/* The names of a directory, sorted. */
struct name_list {
    struct buf text; /* one after the other, each with its NUL */
    const char **names;
    size_t n;
};
/* Names to be looked at in a directory of the union: all of the union's and `base`'s with `all`, else those
 * that the upper has something to say about. */
int name_list_make(struct change_walk *w, uint64_t dir, uint64_t base, bool all, struct name_list *ret);
void name_list_free(struct name_list *l);

/* To append "/NAME" to the path, and to take it away again. */
int walk_enter(struct change_walk *w, const char *name, size_t *ret_before);
void walk_leave(struct change_walk *w, size_t before);

/* Takes a record's references. */
void change_clear(struct un *u, struct change *c);

/* Adds the names of files that are said under another name only, and says which are names of one file
 * (changes_links.c). */
int walk_add_links(struct change_walk *w);

#endif
