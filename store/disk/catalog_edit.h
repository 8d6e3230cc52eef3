/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_DISK_CATALOG_EDIT_H
#define MICA_DISK_CATALOG_EDIT_H

#include "disk/catalog_file.h"

/* Makes the text that lists all of `names`, sorted by name, and keeps members of other tools. An existing
 * name moves to its new manifest, and its old entry is removed; an entry of the same manifest without a
 * name gets the name. Pure: equal entries give equal text in any order. -EINVAL for an invalid name. */
int catalog_edit(const char *json, size_t len, const struct tx_name *names, size_t n, char **ret,
                 size_t *ret_len, struct err *err);

/* Makes the text in which the image's entry `old` has the new name, as catalog_edit; the entry keeps its other
 * members. */
int catalog_rename(const char *json, size_t len, const char *old, const struct tx_name *name, char **ret,
                   size_t *ret_len, struct err *err);

/* Makes the text without the entries of `drops`, as catalog_edit. Ignores missing entries. */
int catalog_drop(const char *json, size_t len, const struct catalog_drop *drops, size_t n, char **ret,
                 size_t *ret_len, struct err *err);

#endif
