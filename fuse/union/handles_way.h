/* SPDX-License-Identifier: Apache-2.0 */
/* Path from a node of a tree with lasting numbers (tree.h) up to its root: names, and the numbers of their
 * nodes. */
#ifndef MICA_UNION_HANDLES_WAY_H
#define MICA_UNION_HANDLES_WAY_H

#include <stddef.h>
#include <stdint.h>

#include "tree/tree.h"

struct way {
    struct step {
        uint64_t id;
        char name[256];
    } * steps; /* the node itself first; without the root */
    size_t n;
};

/* `id` may be any number; *ret starts as {0}. Each step is checked downwards as well: in a forged tree
 * nothing is found that cannot be walked to, and no path has a loop. -ESTALE. Call way_clear in any case. */
int way_find(struct tree *t, uint64_t id, struct way *ret);
void way_clear(struct way *w);

#endif
