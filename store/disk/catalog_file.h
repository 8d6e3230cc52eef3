/* SPDX-License-Identifier: Apache-2.0 */
/* index.json as text: reading it, and the change that a commit makes to it. */
#ifndef MICA_DISK_CATALOG_FILE_H
#define MICA_DISK_CATALOG_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "disk/root.h"
#include "disk/transaction.h"

/* Fresh memory with a NUL behind the text. */
int catalog_read(struct store *s, char **ret, size_t *ret_len, struct err *err);

/* Gives the text in which every one of `names` is listed, sorted by name; what others wrote is kept. A name
 * that is there moves to its new manifest, and the old entry goes; an entry of the same manifest without a
 * name gets the name. Pure: the same entries give the same text in whatever order they came. -EINVAL for a
 * name that cannot be one. */
int catalog_edit(const char *json, size_t len, const struct tx_name *names, size_t n, char **ret,
                 size_t *ret_len, struct err *err);

/* Takes away a name, or an image without one. */
struct catalog_drop {
    const char *name; /* NULL: the entries of `manifest` that have no name */
    struct digest manifest;
    bool stays; /* the image stays listed, by its digest, where this was its last entry */
};

/* Gives the text without the entries of `drops`; as catalog_edit. An entry that is not there is passed over. */
int catalog_drop(const char *json, size_t len, const struct catalog_drop *drops, size_t n, char **ret,
                 size_t *ret_len, struct err *err);

/* Writes a new index.json into the directory `staging_fd`, durable. */
int catalog_stage(struct store *s, int staging_fd, const char *text, size_t len, struct err *err);
/* Renames it into place, durable. With the store's lock held exclusively. After a failure of the last step it
 * may be there all the same. */
int catalog_show(struct store *s, int staging_fd, struct err *err);

#endif
