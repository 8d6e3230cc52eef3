/* SPDX-License-Identifier: Apache-2.0 */
/* Orphans, for the files of this folder. Called with the union's lock. */
#ifndef MICA_UNION_KEEP_H
#define MICA_UNION_KEEP_H

#include "union/core.h"

/* Prepare the removal or replacement of the upper's name `text` in `dir`: keep the file accessible if the
 * kernel may still use it. *ret_last: was it the last name? */
int keep_open(struct un *u, struct node *n, bool *ret_last);
/* Record that the name has been removed. */
void keep_without_name(struct un *u, struct node *n, struct node *dir, const char *text, bool last);

#endif
