/* SPDX-License-Identifier: Apache-2.0 */
/* The values of the tables of a page, as page.html names them. Each returns a new value, or NULL on lack of memory.
 * Private to this folder. */
#ifndef MICA_REPORT_PAGE_VALUES_H
#define MICA_REPORT_PAGE_VALUES_H

#include <jansson.h>

#include "report/map_view.h"
#include "show/image_diff.h"
#include "show/waste.h"

/* Facts of an image in one column (layer_values.c). */
json_t *side_values(const struct waste *w);
/* Layers, the bottom one first (layer_values.c). 0, or an error with a line. */
int layer_values(struct store *s, const struct waste *w, json_t *list, struct err *err);

/* Lists (list_values.c). `n` layers. */
json_t *file_values(const struct image_map *m, uint32_t n);
json_t *dir_values(const struct map_dirs *dirs, size_t max, uint32_t n);
json_t *pair_values(const struct waste *w);
json_t *dead_values(const struct waste *w);
json_t *duplicate_values(const struct waste *w);

/* Differences: sums, the `max` largest changes, and those of the config (diff_values.c). */
json_t *diff_values(const struct image_diff *d, size_t max);

/* Sets "config", the members of the config, at most CONFIG_ROWS_MAX lines of them (config_values.c). 0 or a negative errno;
 * `err` has a line unless that is -ENOMEM. */
#define CONFIG_ROWS_MAX 500
int config_values(const struct image *image, json_t *o, struct err *err);

#endif
