/* SPDX-License-Identifier: Apache-2.0 */
/* The state of mica explore, for the files of this folder. */
#ifndef MICA_SCREEN_EXPLORER_H
#define MICA_SCREEN_EXPLORER_H

#include "explore/images.h"
#include "explore/keys.h"
#include "explore/layer_list.h"
#include "explore/layout.h"
#include "explore/rows.h"
#include "explore/worker.h"
#include "screen/terminal.h"

enum prompt_kind {
    PROMPT_NONE,
    PROMPT_FILTER,
    PROMPT_SAVE,      /* the path of the copy */
    PROMPT_OVERWRITE, /* yes or no */
};

struct explorer {
    struct terminal *terminal;
    const char *names[2]; /* of the images, for the title */
    struct err err;       /* of the studies */
    struct explore_images images;
    struct worker *worker;
    struct layer_list layers;
    struct study_totals totals[2];
    bool totals_known[2];
    struct view view;
    unsigned generation; /* of the view */
    struct rows tree, found;

    enum explore_pane focus;
    bool details, attributes, help;
    int layer_top, tree_top, found_top, help_top;

    struct buf filter; /* the text; empty: no filter */
    uint64_t search;   /* the number of the last search */
    bool searching, found_more;

    enum prompt_kind prompt;
    struct buf input; /* what is typed */
    char *saving;     /* PROMPT_OVERWRITE: the path */
    char message[1024];
    bool quit;
};

/* The rows that are shown: of the tree, or those that the filter found. */
static inline struct rows *explorer_rows(struct explorer *e)
{
    return e->filter.len ? &e->found : &e->tree;
}

static inline int *explorer_top(struct explorer *e)
{
    return e->filter.len ? &e->found_top : &e->tree_top;
}

#endif
