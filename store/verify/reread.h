/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a layer again from a blob of the store. */
#ifndef MICA_VERIFY_REREAD_H
#define MICA_VERIFY_REREAD_H

#include <stdatomic.h>

#include "verify/needs.h"

/* Unpacks the layer into the new directory `name` of a transaction's `dirfd`, from the first sound blob that an image
 * or the layer's own markers name. -ENOENT with a line if there is none. Leaves nothing behind on failure. */
int reread_layer(struct store *s, const struct needs *needs, const struct digest *diff_id, int dirfd,
                 const char *name, const atomic_bool *cancel, struct err *err);

#endif
