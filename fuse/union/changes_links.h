/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_CHANGES_LINKS_H
#define MICA_UNION_CHANGES_LINKS_H

#include "union/changes_walk.h"

/* Add the other names of recorded files, and set `link` of records of one file. */
int walk_add_links(struct change_walk *w);

#endif
