/* SPDX-License-Identifier: Apache-2.0 */
/* Completions of the word at the cursor: `mica complete -- WORD...`, which the completions of all shells
 * call (completion/). The verbs' tables give verbs and options; completion.c adds the kinds of values and
 * operands. Pure. */
#ifndef MICA_VERB_COMPLETION_H
#define MICA_VERB_COMPLETION_H

#include <stddef.h>

#include "command/verb.h"

enum complete_what {
    COMPLETE_NOTHING,
    COMPLETE_VERBS,
    COMPLETE_OPTIONS, /* of `verb`, or those before a verb */
    COMPLETE_WORDS,   /* `words` */
    COMPLETE_FILES,
    COMPLETE_DIRECTORIES,
    COMPLETE_IMAGES,
    COMPLETE_IMAGE_PATHS,     /* images, each with ":/" behind, and then paths */
    COMPLETE_IMAGES_OR_PATHS, /* images, or paths behind one's ":/" */
    COMPLETE_PATHS_OR_IMAGES, /* paths of `image`, or one of the above */
    COMPLETE_PATHS,           /* of `image` */
    COMPLETE_BRANCHES,
    COMPLETE_BRANCHES_AND_IMAGES,
    COMPLETE_MOUNTPOINTS,
};

struct completion {
    enum complete_what what;
    const struct verb *verb; /* NULL if none is named yet */
    const char *words;       /* separated by blanks; one that ends with ':' or '=' is incomplete */
    const char *store;       /* --store, or NULL */
    const char *image;       /* the last operand before the word that is no absolute path; NULL for none */
    const char *typed;       /* the typed part of the word, after ... */
    size_t kept;             /* ... so many bytes that stay, as in --rw=NAME */
};

/* Completes the last of the words after "mica"; `n` is at least 1; `verbs` are all verbs. *ret points into
 * `words`. */
void complete_at(const struct verb *const *verbs, const char *const *words, int n, struct completion *ret);

/* The options that each verb has, and those before a verb; end with name NULL. */
extern const struct verb_option complete_common[], complete_global[];

#endif
