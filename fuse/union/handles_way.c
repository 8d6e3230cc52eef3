/* SPDX-License-Identifier: Apache-2.0 */
#include "union/handles_way.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/array.h"

static int add_step(struct way *w, uint64_t id, struct step **ret)
{
    struct step *steps = array_room(w->steps, w->n, sizeof *steps);

    if (!steps)
        return -ENOMEM;
    w->steps = steps;
    *ret = &w->steps[w->n++];
    (*ret)->id = id;
    return 0;
}

int way_find(struct tree *t, uint64_t id, struct way *ret)
{
    struct tree_attr attr;
    struct step *step;
    uint64_t dir, found;
    int r = 0;

    for (; r == 0 && id != TREE_ROOT; id = dir) {
        r = add_step(ret, id, &step);
        if (r == 0)
            r = tree_name(t, id, &dir, step->name);
        if (r == 0)
            r = tree_lookup(t, dir, step->name, strlen(step->name), &found, &attr);
        if (r == 0) {
            tree_forget(t, found, 1);
            r = found == id && dir < id ? 0 : -ESTALE;
        }
    }
    return r == -EUCLEAN || r == -ENOENT || r == -ENOTDIR ? -ESTALE : r;
}

void way_clear(struct way *w)
{
    free(w->steps);
    *w = (struct way){0};
}
