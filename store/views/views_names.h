/* SPDX-License-Identifier: Apache-2.0 */
/* Names in the made-up directories of a tree of views (views_tree.h). Pure. */
#ifndef MICA_VIEWS_VIEWS_NAMES_H
#define MICA_VIEWS_VIEWS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "views/view_stack.h"

#define VIEWS_NAME_MAX 32 /* with its NUL */

/* Names in the tree's root, by position: the merged image, then the directory of each kind of view, in the order of
 * enum view_kind. */
const char *views_top_name(unsigned position);
#define VIEWS_TOP_NAMES (1 + VIEW_KINDS)

/* Writes the name of a layer's view in the directory of its kind: "3", of VIEW_LAYER "3-0123456789ab", with the first
 * 12 digits of the layer's DiffID. Returns its length. */
size_t views_name(const struct view_stack *s, enum view_kind kind, uint32_t layer, char ret[VIEWS_NAME_MAX]);
/* Finds the layer of exactly such a name. */
bool views_name_find(const struct view_stack *s, enum view_kind kind, const char *name, size_t len,
                     uint32_t *ret);

#endif
