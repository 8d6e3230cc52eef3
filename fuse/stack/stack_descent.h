/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descent through the layers of a stack after one name.
 *
 * A name is looked up in the places that make up a merged directory, topmost first. A redirect gives its path
 * in the layers below: another name in the same directory, or a path from the layers' roots. A path is walked
 * inside each layer by the same rules: its components may be whiteouts, opaque, or redirected themselves.
 * Kernel overlayfs does the same with redirect_dir=follow.
 */
#ifndef MICA_STACK_STACK_DESCENT_H
#define MICA_STACK_STACK_DESCENT_H

#include "stack/stack_ask.h"

struct descent {
    struct stack_layers *layers;
    struct place *const *places; /* not asked yet: places[next] .. places[n - 1] */
    unsigned n, next;
    const char *text; /* a name, or a path that begins with a slash; NUL-terminated */
    char *owned;      /* `text`, if it is allocated */
};

/* `places` and `name` are borrowed until descent_done. */
void descent_init(struct descent *d, struct stack_layers *l, struct place *const *places, unsigned n,
                  unsigned first, const char *name);
void descent_done(struct descent *d);

/* Ask the next place. 1 with an answer (for answer_done), 0 at the end, or an error. */
int descent_next(struct descent *d, struct answer *ret);

#endif
