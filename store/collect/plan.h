/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which images and objects go. Pure. */
#ifndef MICA_COLLECT_PLAN_H
#define MICA_COLLECT_PLAN_H

#include "collect/collect.h"
#include "verify/needs.h"

/* Does this need keep its objects once `drops` are carried out? Branches and mounts do; an image does when an
 * entry of it stays in the catalog. */
bool collect_is_kept(const struct needs *all, const struct need *n, const struct catalog_drop *drops,
                     size_t n_drops);

/* Does a branch or a mount stand on this image? */
bool collect_is_held(const struct needs *all, const struct digest *manifest);

/* The images without a name that nobody holds. `ret`: room for all->n. Returns their number. */
size_t collect_nameless(const struct needs *all, struct catalog_drop *ret);

/* Leaves in `objects` those that go: no kept need has them and, with `only_dropped`, an image that goes has.
 * Returns their number; the order stays. -1: a kept need is not fully known, which is *ret_unknown. */
ssize_t collect_choose(const struct needs *all, const struct catalog_drop *drops, size_t n_drops,
                       bool only_dropped, struct collect_object *objects, size_t n,
                       const struct need **ret_unknown);

#endif
