/* SPDX-License-Identifier: Apache-2.0 */
#include "report/image_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"
#include "study/compare.h"
#include "study/key_table.h"

/* A directory that the walk is in. */
struct level {
    struct map_node node;
    struct buf children;            /* struct map_node */
    uint64_t *layers, *rest_layers; /* bytes of each layer */
};

struct making {
    struct image_map *map;
    uint64_t floor;
    uint32_t n_layers;
    struct buf levels;     /* struct level: the root and the directories down to the present one */
    struct key_table seen; /* inodes: layer << 32 | number */
};

static void free_children(struct map_node *n);

static void free_node(struct map_node *n)
{
    free_children(n);
    free(n->name);
}

static void free_children(struct map_node *n)
{
    for (size_t i = 0; i < n->n; i++)
        free_node(&n->children[i]);
    free(n->children);
}

void image_map_free(struct image_map *m)
{
    free_node(&m->root);
    for (size_t i = 0; i < m->n_files; i++)
        free(m->files[i].path);
    free(m->files);
    *m = (struct image_map){0};
}

/* Sizes of an index are not to be trusted: their sum can be too large. */
static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static size_t depth(const struct making *m)
{
    return m->levels.len / sizeof(struct level);
}

static struct level *level_at(const struct making *m, size_t i)
{
    return &((struct level *)(void *)m->levels.data)[i];
}

static void free_level(struct level *l)
{
    l->node.children = (struct map_node *)(void *)l->children.data;
    l->node.n = l->children.len / sizeof(struct map_node);
    free_node(&l->node);
    free(l->layers);
    free(l->rest_layers);
}

/* Keeps the largest shares of `layers`. */
static void take_shares(const uint64_t *layers, uint32_t n, struct map_share ret[MAP_SHARES])
{
    size_t have = 0;

    for (uint32_t i = 0; i < n; i++) {
        size_t at = have;

        while (at > 0 && ret[at - 1].size < layers[i])
            at--;
        if (!layers[i] || at >= MAP_SHARES)
            continue;
        have += have < MAP_SHARES;
        memmove(&ret[at + 1], &ret[at], (have - 1 - at) * sizeof *ret);
        ret[at] = (struct map_share){i, layers[i]};
    }
}

/* A child with its place in the walk: qsort is not stable. */
struct ranked {
    struct map_node node;
    size_t place;
};

static int largest_first(const void *pa, const void *pb)
{
    const struct ranked *a = pa, *b = pb;

    if (a->node.size != b->node.size)
        return a->node.size < b->node.size ? 1 : -1;
    return (a->place > b->place) - (a->place < b->place);
}

static int sort_children(struct map_node *n)
{
    cleanup_free struct ranked *list = n->n > 1 ? calloc(n->n, sizeof *list) : NULL;

    if (n->n < 2)
        return 0;
    if (!list)
        return -ENOMEM;
    for (size_t i = 0; i < n->n; i++)
        list[i] = (struct ranked){n->children[i], i};
    qsort(list, n->n, sizeof *list, largest_first);
    for (size_t i = 0; i < n->n; i++)
        n->children[i] = list[i].node;
    return 0;
}

static int enter(struct making *m, const char *name, size_t len)
{
    struct level l = {.node = {.dir = true}};
    int r = buf_reserve(&m->levels, sizeof l);

    if (r < 0)
        return r;
    l.node.name = strndup(name, len);
    l.layers = calloc(m->n_layers + 1, sizeof *l.layers);
    l.rest_layers = calloc(m->n_layers + 1, sizeof *l.rest_layers);
    if (l.node.name && l.layers && l.rest_layers)
        return buf_append(&m->levels, &l, sizeof l);
    free_level(&l);
    return -ENOMEM;
}

/* Adds a closed node to its directory. Takes the node over. */
static int add_child(struct making *m, struct level *to, struct map_node *node, const uint64_t *layers)
{
    to->node.size = plus(to->node.size, node->size);
    to->node.files += node->files;
    for (uint32_t i = 0; i < m->n_layers; i++)
        to->layers[i] = plus(to->layers[i], layers[i]);
    if (node->size && node->size >= m->floor) {
        int r = buf_append(&to->children, node, sizeof *node);
        if (r < 0)
            free_node(node);
        return r;
    }
    to->node.rest_size = plus(to->node.rest_size, node->size);
    to->node.rest_files += node->files;
    for (uint32_t i = 0; i < m->n_layers; i++)
        to->rest_layers[i] = plus(to->rest_layers[i], layers[i]);
    free_node(node);
    return 0;
}

/* Closes the innermost directory; the root becomes the map's. */
static int leave(struct making *m)
{
    struct level l = *level_at(m, depth(m) - 1);
    struct map_node node = l.node;
    int r;

    m->levels.len -= sizeof l;
    node.children = (struct map_node *)(void *)l.children.data;
    node.n = l.children.len / sizeof *node.children;
    take_shares(l.layers, m->n_layers, node.shares);
    take_shares(l.rest_layers, m->n_layers, node.rest_shares);
    r = sort_children(&node);
    if (depth(m) == 0) {
        m->map->root = node;
    } else if (r < 0) {
        free_node(&node);
    } else {
        r = add_child(m, level_at(m, depth(m) - 1), &node, l.layers);
    }
    free(l.layers);
    free(l.rest_layers);
    return r;
}

/* Keeps the file if it is among the largest; of equal ones the first of the walk. */
static int note_large(struct image_map *map, const struct study_path *p, const struct study_thing *t)
{
    size_t at = map->n_files;

    while (at > 0 && map->files[at - 1].size < t->inode.size)
        at--;
    if (at >= map->max_files || !t->inode.size)
        return 0;
    char *path = strdup(p->text);
    if (!path)
        return -ENOMEM;
    if (map->n_files == map->max_files)
        free(map->files[--map->n_files].path);
    memmove(&map->files[at + 1], &map->files[at], (map->n_files - at) * sizeof *map->files);
    map->files[at] = (struct map_file){path, t->inode.size, t->layer};
    map->n_files++;
    return 0;
}

/* A small file makes no node: nothing is allocated for it. */
static int add_file(struct making *m, const struct study_path *p, const struct study_thing *t)
{
    struct level *l = level_at(m, depth(m) - 1);
    size_t at;
    int r = key_table_add(&m->seen, (uint64_t)t->layer << 32 | t->number, &at);
    uint64_t size = r > 0 ? t->inode.size : 0; /* of a further name: 0 */

    l->node.files++;
    if (r < 0 || (r > 0 && (r = note_large(m->map, p, t)) < 0))
        return r;
    l->node.size = plus(l->node.size, size);
    l->layers[t->layer] = plus(l->layers[t->layer], size);
    if (!size || size < m->floor) {
        l->node.rest_files++;
        l->node.rest_size = plus(l->node.rest_size, size);
        l->rest_layers[t->layer] = plus(l->rest_layers[t->layer], size);
        return 0;
    }
    struct map_node node = {.size = size, .files = 1, .shares = {{t->layer, size}}};
    node.name = strndup(p->name, p->name_len);
    r = node.name ? buf_append(&l->children, &node, sizeof node) : -ENOMEM;
    if (r < 0)
        free(node.name);
    return r;
}

static int add_path(struct making *m, const struct study_path *p, const struct study_thing *t)
{
    int r = 0;

    while (r == 0 && depth(m) > p->depth)
        r = leave(m);
    if (r < 0)
        return r;
    if (S_ISDIR(t->inode.mode)) {
        m->map->directories += p->depth > 0;
        return enter(m, p->depth ? p->name : "", p->depth ? p->name_len : 0);
    }
    if (S_ISREG(t->inode.mode))
        return add_file(m, p, t);
    if (S_ISLNK(t->inode.mode))
        m->map->links++;
    else
        m->map->others++;
    struct level *l = level_at(m, depth(m) - 1);
    l->node.files++;
    l->node.rest_files++;
    return 0;
}

int image_map_make(struct study *s, uint64_t floor, size_t max_files, struct image_map *ret)
{
    struct making m = {.map = ret, .floor = floor, .n_layers = study_layers(s)};
    const struct study_path *p;
    const struct study_thing *t;
    int r = study_rewind(s);

    *ret = (struct image_map){.max_files = max_files};
    ret->files = calloc(max_files + 1, sizeof *ret->files);
    if (!ret->files)
        r = -ENOMEM;
    while (r == 0 && (r = study_next_visible(s, &p, &t)) > 0)
        r = add_path(&m, p, t);
    while (r == 0 && depth(&m))
        r = leave(&m);
    for (size_t i = depth(&m); i-- > 0;)
        free_level(level_at(&m, i));
    buf_free(&m.levels);
    key_table_free(&m.seen);
    return r;
}
