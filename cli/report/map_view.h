/* SPDX-License-Identifier: Apache-2.0 */
/* The treemaps of a page: one for the root and one for each of the largest directories, each with what is in its
 * directories as long as there is room to see it. */
#ifndef MICA_REPORT_MAP_VIEW_H
#define MICA_REPORT_MAP_VIEW_H

#include <jansson.h>

#include "report/image_map.h"

#define MAP_VIEWS_MAX 40 /* treemaps */

/* A directory of the map with its path. */
struct map_dir {
    const struct map_node *node;
    const struct map_dir *parent; /* NULL for the root */
    char *path;
    unsigned view; /* number of its treemap, from 1; 0 for none */
};

struct map_dirs {
    struct map_dir *list; /* the largest first; a directory before those in it */
    size_t n;
};

/* Lists the `max` largest directories and the root (map_dirs.c). 0 or -ENOMEM; free *ret in every case. */
int map_dirs_make(const struct image_map *m, size_t max, struct map_dirs *ret);
void map_dirs_free(struct map_dirs *d);

/* Makes the array of treemaps, the root's last. NULL on lack of memory. `layers`: number of layers of the image. */
json_t *map_views(const struct map_dirs *dirs, uint32_t layers);

#endif
