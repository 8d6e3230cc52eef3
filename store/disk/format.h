/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a directory a store: `format` says the version and is made last. */
#ifndef MICA_DISK_FORMAT_H
#define MICA_DISK_FORMAT_H

#include "disk/root.h"

/* Makes a store of an empty directory, or goes on where somebody was interrupted. Nothing to do for a store.
 */
int format_create(struct store *s, struct err *err);

/* Is it a store, of a version that we know? */
int format_check(struct store *s, struct err *err);

#endif
