/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_CHANGES_COMPARE_H
#define MICA_UNION_CHANGES_COMPARE_H

#include "union/changes_walk.h"

/* Compare both nodes, which must be present; negative errno. */
int both_compare(struct change_walk *w, const struct both *b);

#endif
