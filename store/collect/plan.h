/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which images and objects to remove. Pure. */
#ifndef MICA_COLLECT_PLAN_H
#define MICA_COLLECT_PLAN_H

#include "collect/collect.h"
#include "verify/needs.h"

/* Does this need keep its objects after `drops`? Needs of branches and mounts do; an image's does if an entry of it
 * stays in the catalog. */
bool collect_is_kept(const struct needs *all, const struct need *n, const struct catalog_drop *drops,
                     size_t n_drops);

/* Does a branch or a mount hold this image? */
bool collect_is_held(const struct needs *all, const struct digest *manifest);

/* Lists the images without a name that no branch or mount holds. `ret`: room for all->n. Returns their number. */
size_t collect_nameless(const struct needs *all, struct catalog_drop *ret);

/* Reduces `objects` to those to be removed, in the same order: no kept need lists them and, with `only_dropped`, a
 * removed image does. Returns their number. -1: a kept need is not fully known; *ret_unknown is that need. */
ssize_t collect_choose(const struct needs *all, const struct catalog_drop *drops, size_t n_drops,
                       bool only_dropped, struct collect_object *objects, size_t n,
                       const struct need **ret_unknown);

#endif
