/* SPDX-License-Identifier: Apache-2.0 */
/* What one live layer says of one name: the facts that resolve.h judges, found with system calls. */
#ifndef MICA_STACK_STACK_ASK_H
#define MICA_STACK_STACK_ASK_H

#include <limits.h>
#include <sys/stat.h>

#include "stack/stack_place.h"
#include "tree/resolve.h"

struct answer {
    struct fact fact;
    struct stat st;      /* of a file or directory */
    struct place *place; /* FACT_DIR: that directory, NULL for a covered one (stack_stat.h); a reference */
    struct place *in;    /* FACT_FILE, FACT_DIR: the directory that was asked; a reference */
    char name[NAME_MAX + 1]; /* and the name in it */
    bool metacopy;           /* FACT_FILE: only metadata, the content is in a lower layer */
    char *redirect;          /* where lower layers have it, NULL for the same place; owned, valid as of
                                overlay_redirect_valid */
};

/* Asks the layer of `dir` for `name`. `more`: places of lower layers will be asked for the same name unless
 * this answer ends it; without that, what only hides them need not be looked for. */
int stack_ask(struct stack_layers *l, struct place *dir, const char *name, size_t len, bool more,
              struct answer *ret);
/* Releases what an answer owns. */
void answer_done(struct stack_layers *l, struct answer *a);

/* What the root of layer `n` says of itself. */
int stack_ask_root(struct stack_layers *l, unsigned n, struct fact *ret);

/* Is the empty regular file `name`, in a directory with attribute whiteouts, one of them? 1, 0 or an error.
 */
int stack_is_xattr_whiteout(int dirfd, const char *name);

#endif
