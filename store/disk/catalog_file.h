/* SPDX-License-Identifier: Apache-2.0 */
/* The text of index.json: reading it, and the changes of a commit. */
#ifndef MICA_DISK_CATALOG_FILE_H
#define MICA_DISK_CATALOG_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "disk/root.h"
#include "disk/transaction.h"

/* Reads it to fresh memory, NUL-terminated. */
int catalog_read(struct store *s, char **ret, size_t *ret_len, struct err *err);

/* Removal of a name, or of an image without one. */
struct catalog_drop {
    const char *name; /* NULL: the entries of `manifest` that have no name */
    struct digest manifest;
    bool stays; /* keep the image listed by its digest if this was its last entry */
};

#endif
