/* SPDX-License-Identifier: Apache-2.0 */
/* Disk usage of a branch. */
#ifndef MICA_ACT_BRANCH_SIZE_H
#define MICA_ACT_BRANCH_SIZE_H

#include <stdint.h>

#include "disk/store.h"

/* Bytes on disk of the branch's upper directory; a file with several links counts once. Unreadable or
 * concurrently changing parts count as far as they were read. 0 or a negative errno. */
int branch_size(struct store *s, const char *name, uint64_t *ret);

#endif
