/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of the tree: the names of the directories that are open, in display order, each with its state in the two
 * snapshots of a view. A directory is read when it is opened and forgotten when it is closed. Pure: no screen.
 *
 * A flat list has the rows that a search found, each with its whole path as its name, and no directory is open.
 */
#ifndef MICA_EXPLORE_ROWS_H
#define MICA_EXPLORE_ROWS_H

#include "explore/view.h"
#include "os/buf.h"

#define ROWS_NONE UINT32_MAX

enum rows_beneath {
    ROWS_BENEATH_UNKNOWN,
    ROWS_BENEATH_NO,
    ROWS_BENEATH_YES,
};

struct row {
    char *name;
    uint32_t parent; /* the row of its directory; ROWS_NONE: the root's */
    uint32_t depth;  /* 0: in the root */
    bool is_dir, open;
    bool sum_known;   /* of a directory: `size` is that of all that is beneath */
    bool sums_asked;  /* of an open directory: for the caller's use */
    bool of_b;        /* the file is in the second snapshot; else it is what was removed */
    uint8_t beneath;  /* enum rows_beneath: of a directory, are there changes in it? */
    uint8_t change;   /* enum study_change, never STUDY_NOTHING */
    uint16_t differs; /* STUDY_DIFFERS_* */
    uint32_t layer;   /* the layer with the inode, and its number there (study_thing) */
    uint32_t number;
    uint32_t mode, uid, gid;
    uint64_t size;
    int64_t mtime; /* seconds */
};

/* Kinds of rows. */
enum {
    ROWS_SAME = 1u << 0,
    ROWS_ADDED = 1u << 1,
    ROWS_CHANGED = 1u << 2, /* content or metadata */
    ROWS_REMOVED = 1u << 3,
    ROWS_ALL = 15u,
};

enum rows_sort {
    ROWS_BY_NAME,
    ROWS_BY_SIZE, /* largest first */
};

struct rows {
    struct view *view; /* borrowed */
    struct row *v;
    size_t n, cap;
    size_t cursor;
    unsigned kinds; /* shown; directories with shown changes in them are shown in every case */
    enum rows_sort sort;
    bool flat;
    bool root_asked; /* as row.sums_asked, of the root */
};

/* All functions that return int: 0, -ENOMEM, or -EUCLEAN and others as study_next with a line in the study's err. */

void rows_init(struct rows *r, struct view *view);
void rows_free(struct rows *r);
/* Lists anew, with the directories open that were open and are still there; the cursor stays at its path, or at the
 * nearest directory above that is left. */
int rows_reload(struct rows *r);
int rows_open(struct rows *r, size_t i);
void rows_close(struct rows *r, size_t i);
void rows_close_all(struct rows *r);
/* Appends the path of row `i` to `b`, NUL-terminated: "/a/b". */
int rows_path(const struct rows *r, size_t i, struct buf *b);
/* Opens the directories above a path and puts the cursor there; -ENOENT: no row shows it. */
int rows_reveal(struct rows *r, const char *path);
/* The row after the contents of row `i`. */
size_t rows_end(const struct rows *r, size_t i);
unsigned rows_kind(enum study_change change);
/* Makes a row of a pair, with `name` as its name. */
int row_make(const struct view_pair *p, const char *name, size_t len, struct row *ret);

/* (rows_order.c) Sorts by r->sort; the cursor stays at its row. */
int rows_order(struct rows *r);
/* Sets the bytes beneath a directory; *ret_changed: the order is another one now. */
void rows_set_sum(struct rows *r, const char *path, uint64_t size, bool *ret_changed);

/* (rows_change.c) Are there changes in directory `i`? Looks at `limit` paths at most (0: all); 1, 0, -EAGAIN. */
int rows_changes_in(struct rows *r, size_t i, size_t limit);
/* Puts the cursor on the next (or previous) change and opens directories on the way. What is in an added or a removed
 * directory belongs to that change. 1; 0: there is none. */
int rows_next_change(struct rows *r, bool forward);

/* (rows_flat.c) A flat list: empties it; appends a row, of a pair or of another flat list, whose name it takes over. */
void rows_flat_begin(struct rows *r);
int rows_flat_add(struct rows *r, const struct view_pair *p);
int rows_flat_take(struct rows *r, struct row *row);

/* Splits "/a/b" into its names; `text` is changed. Returns their number; *ret is fresh memory. -ENOMEM. */
int path_names(char *text, const char ***ret);

#endif
