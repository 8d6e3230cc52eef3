/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a layer anew out of one of the store's blobs. */
#ifndef MICA_VERIFY_REREAD_H
#define MICA_VERIFY_REREAD_H

#include <stdatomic.h>

#include "verify/needs.h"

/* Unpacks the layer into the new directory `name` of a transaction's `dirfd`, out of the first blob that an
 * image or the layer's own markers name and that is as its digest says. -ENOENT with a line: there is none.
 * Leaves nothing behind on failure. */
int reread_layer(struct store *s, const struct needs *needs, const struct digest *diff_id, int dirfd,
                 const char *name, const atomic_bool *cancel, struct err *err);

#endif
