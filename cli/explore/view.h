/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two snapshots side by side: an image before and after a range of its layers, or two images. Each path that is in one of
 * them comes once, in the order of a walk (study/study.h), with its state in both.
 *
 *     view_enter(v, names, n);                     n = 0: the root
 *     while ((r = view_next(v, &pair)) > 0)        the directory first, then its contents
 *         ... pair.a, pair.b ...                   view_skip(v): skip its contents
 *
 * A walk takes no memory for the paths that it has passed. One thread at a time.
 */
#ifndef MICA_EXPLORE_VIEW_H
#define MICA_EXPLORE_VIEW_H

#include "study/study.h"

/* One snapshot: the first `upto` layers of a stack. */
struct view_side {
    struct study *study; /* borrowed */
    uint32_t upto;
};

/* A path in the two snapshots. Valid until the next call. */
struct view_pair {
    const char *text; /* "/a/b"; "/" for the root */
    const char *name;
    size_t len, name_len, depth;
    struct study_thing a, b; /* at least one of them exists */
    enum study_change change;
    unsigned differs; /* STUDY_DIFFERS_*, if both exist */
    bool quiet;       /* nothing differs here, nor beneath: decided without a look at the contents */
};

/* The place of one walk. */
struct view_place {
    const struct study_path *path;
    int more;   /* the last return value of study_next */
    bool taken; /* the path was returned: go on before the next one */
};

struct view {
    struct view_side a, b; /* of one study for the range of an image */
    uint32_t common;       /* the stacks' number of equal bottom layers that both snapshots have */
    struct view_place pa, pb;
    struct study_thing ta, tb; /* the state at the places */
};

/* One image, of its first `upto_a` layers and of its first `upto_b`. */
void view_of_range(struct view *v, struct study *study, uint32_t upto_a, uint32_t upto_b);
/* Two images; `common`: the number of their equal bottom layers. */
void view_of_two(struct view *v, const struct view_side *a, const struct view_side *b, uint32_t common);
bool view_is_range(const struct view *v);

/* Begins a walk at the path of these names. Returns as study_enter. */
int view_enter(struct view *v, const char *const *names, size_t n);
/* 1, 0 at the end, or an error as study_next. */
int view_next(struct view *v, struct view_pair *ret);
/* Skips the contents of the last path returned. */
void view_skip(struct view *v);
/* Is there a change beneath a directory? Walks at most `limit` paths (0: all): 1 yes, 0 no, -EAGAIN: not known within the
 * limit. Ends the walk that runs. */
int view_changes_beneath(struct view *v, const char *const *names, size_t n, size_t limit);

/* The index of the layer with the inode of a pair's snapshot. */
const struct index *view_index(const struct view *v, bool of_b, uint32_t layer);

#endif
