/* SPDX-License-Identifier: Apache-2.0 */
/* The mark of a store: `format` holds the version and is created last. */
#ifndef MICA_DISK_FORMAT_H
#define MICA_DISK_FORMAT_H

#include "disk/root.h"

/* Creates a store in an empty directory, or completes an interrupted creation. Does nothing for a store. */
int format_create(struct store *s, struct err *err);

/* Checks that it is a store of a known version. */
int format_check(struct store *s, struct err *err);

#endif
