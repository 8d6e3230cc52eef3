/* SPDX-License-Identifier: Apache-2.0 */
/* The way from a node of a tree whose numbers last (tree.h) up to its root: names, with the numbers of what
 * has them. */
#ifndef MICA_UNION_HANDLES_WAY_H
#define MICA_UNION_HANDLES_WAY_H

#include <stddef.h>
#include <stdint.h>

#include "tree/tree.h"

struct way {
    struct step {
        uint64_t id;
        char name[256];
    } * steps; /* the node itself first; the root is none of them */
    size_t n, room;
};

/* `id` may be any number, *ret begins as {0}. Each step is one that leads down as well: of a tree that was
 * made by hand, nothing is found that cannot be walked to, and no way goes round in circles. -ESTALE.
 * way_clear in any case. */
int way_find(struct tree *t, uint64_t id, struct way *ret);
void way_clear(struct way *w);

#endif
