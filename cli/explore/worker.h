/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that walks while the screen stays responsive: the bytes of each layer that later layers hide, the bytes beneath
 * directories, searches. Questions about one view have its generation; a new generation drops those of older ones. A search
 * comes before sums, sums before totals. A search and a new view end the walk that runs, which begins again later.
 */
#ifndef MICA_EXPLORE_WORKER_H
#define MICA_EXPLORE_WORKER_H

#include "explore/images.h"
#include "explore/rows.h"
#include "study/totals.h"

enum {
    WORKER_FOUND_MAX = 10000, /* paths that a search finds at most */
};

struct worker;

enum worker_answer_kind {
    WORKER_SUM,   /* path, size */
    WORKER_FOUND, /* rows: a part of a search's answer; `size` is the number of the search; `last`: its end */
    WORKER_TOTALS, /* image, totals */
    WORKER_FAILED, /* path: a line for people */
};

struct worker_answer {
    enum worker_answer_kind kind;
    unsigned generation;
    char *path;
    uint64_t size;
    size_t image;
    struct study_totals totals;
    struct rows rows;
    bool first, last, more;     /* of a search: its first and last part; there would be more */
    struct worker_answer *next; /* private */
};

/* Starts the thread, with layers of its own. `images` are borrowed until worker_stop. */
int worker_start(const struct explore_images *images, struct worker **ret, struct err *err);
void worker_stop(struct worker *w);
/* Is readable when there is an answer. */
int worker_fd(const struct worker *w);

/* What follows is asked of this view. */
int worker_view(struct worker *w, unsigned generation, uint32_t upto_a, uint32_t upto_b);
/* 0 or -ENOMEM. */
int worker_ask_totals(struct worker *w, size_t image);
int worker_ask_sums(struct worker *w, const char *dir);
/* Replaces the search before; answers have `number`. NULL: none. */
int worker_ask_search(struct worker *w, const char *text, unsigned kinds, uint64_t number);

/* The next answer, or NULL; the caller frees it. */
struct worker_answer *worker_take(struct worker *w);
void worker_answer_free(struct worker_answer *a);

#endif
