/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the word at the cursor may become: `mica complete -- WORD...`, which the completions of all shells ask
 * (completion/). The verbs' own tables say which verbs and options there are; completion.c adds what a value
 * or a word is. Pure.
 */
#ifndef MICA_VERB_COMPLETION_H
#define MICA_VERB_COMPLETION_H

#include <stddef.h>

#include "command/verb.h"

enum complete_what {
    COMPLETE_NOTHING,
    COMPLETE_VERBS,
    COMPLETE_OPTIONS, /* of `verb`, or those in front of a verb */
    COMPLETE_WORDS,   /* `words` */
    COMPLETE_FILES,
    COMPLETE_DIRECTORIES,
    COMPLETE_IMAGES,
    COMPLETE_IMAGE_PATHS,
    COMPLETE_BRANCHES,
    COMPLETE_MOUNTPOINTS,
};

struct completion {
    enum complete_what what;
    const struct verb *verb; /* NULL where none is named yet */
    const char *words;       /* separated by blanks; one that ends with ':' or '=' is not whole */
    const char *store;       /* --store, or NULL */
    const char *typed;       /* what there is of the word, behind ... */
    size_t kept;             /* ... so many bytes that stay, as in --rw=NAME */
};

/* `verbs`: all there are. Of the words behind "mica", the last of which is the one at the cursor; `n` is at
 * least 1. *ret points into them. */
void complete_at(const struct verb *const *verbs, const char *const *words, int n, struct completion *ret);

/* The options that each verb has, and that may stand in front of one; end with name NULL. */
extern const struct verb_option complete_common[], complete_global[];

#endif
