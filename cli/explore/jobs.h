/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about an image that take a walk: the bytes beneath the names of a directory, the search for names. */
#ifndef MICA_EXPLORE_JOBS_H
#define MICA_EXPLORE_JOBS_H

#include "explore/rows.h"

/* Is the answer still wanted? A walk asks before each path. */
typedef bool (*job_wanted_fn)(void *ctx);

struct job_watch {
    job_wanted_fn wanted;
    /* Each directory in `dir` with the bytes of the regular files beneath: in the second snapshot, or of a removed directory
     * in the first. A file of several names counts once for each directory. A negative value ends the walk. */
    int (*sum)(void *ctx, const char *path, uint64_t bytes);
    /* Each path found. A negative value ends the walk. */
    int (*found)(void *ctx, const struct view_pair *p);
    void *ctx;
};

/* 0; -ECANCELED: not wanted any more; or an error as view_next. `dir` is "/a/b", "" or "/" the root. */
int job_sums(struct view *v, const char *dir, const struct job_watch *w);
/* Paths that match `text` (match.h), of kinds in `kinds`. */
int job_search(struct view *v, const char *text, unsigned kinds, const struct job_watch *w);

#endif
