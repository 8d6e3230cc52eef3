/* SPDX-License-Identifier: Apache-2.0 */
/* Which directories of an image are shown: the largest. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/buf.h"
#include "report/map_view.h"

/* A directory in the order of a walk, its parent by its place there. */
struct found {
    const struct map_node *node;
    size_t place, parent;
};
#define NO_PARENT SIZE_MAX

static int collect(const struct map_node *n, size_t parent, struct buf *out)
{
    size_t place = out->len / sizeof(struct found);
    const struct found f = {n, place, parent};
    int r = buf_append(out, &f, sizeof f);

    for (size_t i = 0; r == 0 && i < n->n; i++)
        r = n->children[i].dir ? collect(&n->children[i], place, out) : 0;
    return r;
}

/* A directory is not smaller than what is in it, and has a lower place. */
static int largest_first(const void *pa, const void *pb)
{
    const struct found *a = pa, *b = pb;

    if (a->node->size != b->node->size)
        return a->node->size < b->node->size ? 1 : -1;
    return (a->place > b->place) - (a->place < b->place);
}

static int set_path(struct map_dir *d)
{
    bool top = !d->parent || !d->parent->parent;

    return asprintf(&d->path, "%s/%s", top ? "" : d->parent->path, d->parent ? d->node->name : "") < 0
               ? -ENOMEM
               : 0;
}

static int take(const struct found *found, size_t n_found, size_t max, struct map_dirs *ret)
{
    cleanup_free size_t *index = calloc(n_found + 1, sizeof *index); /* by place: in the list */
    int r = 0;

    ret->list = calloc(max + 1, sizeof *ret->list);
    if (!ret->list || !index)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < n_found && i < max; i++) {
        struct map_dir *d = &ret->list[i];

        *d = (struct map_dir){.node = found[i].node, .view = i < MAP_VIEWS_MAX ? (unsigned)i + 1 : 0};
        if (found[i].parent != NO_PARENT)
            d->parent = &ret->list[index[found[i].parent]];
        index[found[i].place] = i;
        r = set_path(d);
        ret->n += r == 0;
    }
    return r;
}

int map_dirs_make(const struct image_map *m, size_t max, struct map_dirs *ret)
{
    cleanup_buf struct buf found = BUF_INIT;
    int r = collect(&m->root, NO_PARENT, &found);
    struct found *list = (struct found *)(void *)found.data;
    size_t n = found.len / sizeof *list;

    *ret = (struct map_dirs){0};
    if (r < 0)
        return r;
    qsort(list, n, sizeof *list, largest_first);
    return take(list, n, max + 1, ret);
}

void map_dirs_free(struct map_dirs *d)
{
    for (size_t i = 0; i < d->n; i++)
        free(d->list[i].path);
    free(d->list);
    *d = (struct map_dirs){0};
}
