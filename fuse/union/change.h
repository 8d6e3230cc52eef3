/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes of a union with a branch, for the files of this folder: all that are there, without the
 * policy of what is shown. They take the union's lock. */
#ifndef MICA_UNION_CHANGE_H
#define MICA_UNION_CHANGE_H

#include "union/core.h"

ssize_t change_getxattr(struct un *u, uint64_t node, const char *name, void *value, size_t size);
ssize_t change_listxattr(struct un *u, uint64_t node, char *list, size_t size);

#endif
