/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_CHANGES_NAMES_H
#define MICA_UNION_CHANGES_NAMES_H

#include "union/changes_walk.h"

/* List the names to compare in a directory of the union: with `all` those of the union and of `base`, else
 * those that have an entry in the upper. */
int name_list_make(struct change_walk *w, uint64_t dir, uint64_t base, bool all, struct name_list *ret);
void name_list_free(struct name_list *l);

#endif
