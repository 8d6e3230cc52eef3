/* SPDX-License-Identifier: Apache-2.0 */
/* Files whose names go, for the files of this folder; all with the union's lock held. */
#ifndef MICA_UNION_KEEP_H
#define MICA_UNION_KEEP_H

#include "union/core.h"

/* Before the upper's name `text` in `dir` goes, or another file takes it: makes sure that what the kernel may
 * still use stays there, and says in *ret_last whether that was the last name. */
int keep_open(struct un *u, struct node *n, bool *ret_last);
/* After: the name has gone. */
void keep_without_name(struct un *u, struct node *n, struct node *dir, const char *text, bool last);

#endif
