/* SPDX-License-Identifier: Apache-2.0 */
/* Naming images that are in the store. */
#ifndef MICA_DISK_RENAME_IMAGE_H
#define MICA_DISK_RENAME_IMAGE_H

#include "disk/transaction.h"

/* Gives the image `name->name` and removes `old`, which must be a name of it, both or neither.
 * `name->taken` is the rule if another image has the new name. Waits for the store's lock. -ENOENT: the
 * image does not have the name `old`; -ENOTUNIQ: see tx_names_settle. */
int store_rename_image(struct store *s, const char *old, const struct tx_name *name, struct err *err);

/* Gives an image all of the names, or none. -ENOENT: it was removed meanwhile; -ENOTUNIQ as above. */
int store_name_image(struct store *s, const struct tx_name *names, size_t n, struct err *err);

#endif
