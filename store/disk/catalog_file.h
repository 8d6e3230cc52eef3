/* SPDX-License-Identifier: Apache-2.0 */
/* index.json as text: reading it, and the change that a commit makes to it. */
#ifndef MICA_DISK_CATALOG_FILE_H
#define MICA_DISK_CATALOG_FILE_H

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

#endif
