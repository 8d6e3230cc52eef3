/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about one name in one live layer, found with system calls and judged by resolve.h. */
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
    struct place *in;    /* FACT_FILE, FACT_DIR: the directory that holds it; a reference */
    char name[NAME_MAX + 1]; /* its name there */
    bool metacopy;           /* FACT_FILE: metadata only, the content is in a lower layer */
    /* path in the lower layers, NULL if unchanged; owned, valid as of overlay_redirect_valid */
    char *redirect;
};

/* Ask the layer of `dir` for `name`. `more`: lower layers are asked next, unless this answer ends the search;
 * without it, marks that only hide lower layers are not looked for. */
int stack_ask(struct stack_layers *l, struct place *dir, const char *name, size_t len, bool more,
              struct answer *ret);
/* Free an answer's members. */
void answer_done(struct stack_layers *l, struct answer *a);

/* Read the marks of the root of layer `n`. */
int stack_ask_root(struct stack_layers *l, unsigned n, struct fact *ret);

/* Is the empty regular file `name`, in a directory with attribute whiteouts, a whiteout? 1, 0 or an error. */
int stack_is_xattr_whiteout(int dirfd, const char *name);

#endif
