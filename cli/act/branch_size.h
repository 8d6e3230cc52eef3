/* SPDX-License-Identifier: Apache-2.0 */
/* How much room a branch takes. */
#ifndef MICA_ACT_BRANCH_SIZE_H
#define MICA_ACT_BRANCH_SIZE_H

#include <stdint.h>

#include "disk/store.h"

/* Bytes on disk of what is in the branch's upper directory; a file with several names counts once. What
 * cannot be read, or changes meanwhile, counts as far as it was seen. 0 or a negative errno. */
int branch_size(struct store *s, const char *name, uint64_t *ret);

#endif
