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

/* Makes the text that lists all of `names`, sorted by name, and keeps members of other tools. An existing
 * name moves to its new manifest, and its old entry is removed; an entry of the same manifest without a
 * name gets the name. Pure: equal entries give equal text in any order. -EINVAL for an invalid name. */
int catalog_edit(const char *json, size_t len, const struct tx_name *names, size_t n, char **ret,
                 size_t *ret_len, struct err *err);

/* Makes the text in which the image's entry `old` has the new name, as catalog_edit; the entry keeps its other
 * members. */
int catalog_rename(const char *json, size_t len, const char *old, const struct tx_name *name, char **ret,
                   size_t *ret_len, struct err *err);

/* Removal of a name, or of an image without one. */
struct catalog_drop {
    const char *name; /* NULL: the entries of `manifest` that have no name */
    struct digest manifest;
    bool stays; /* keep the image listed by its digest if this was its last entry */
};

/* Makes the text without the entries of `drops`, as catalog_edit. Ignores missing entries. */
int catalog_drop(const char *json, size_t len, const struct catalog_drop *drops, size_t n, char **ret,
                 size_t *ret_len, struct err *err);

/* Writes a new index.json into the directory `staging_fd` and syncs it. */
int catalog_stage(struct store *s, int staging_fd, const char *text, size_t len, struct err *err);
/* Renames it into place and syncs the directory. Needs the store's lock, exclusive. If the last step
 * fails, the new file may be in place nevertheless. */
int catalog_show(struct store *s, int staging_fd, struct err *err);

#endif
