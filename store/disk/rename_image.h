/* SPDX-License-Identifier: Apache-2.0 */
/* Giving an image another name in place of one that it has. */
#ifndef MICA_DISK_RENAME_IMAGE_H
#define MICA_DISK_RENAME_IMAGE_H

#include "disk/transaction.h"

/* Gives the image `name->name` and takes `old`, which must be a name of it, both or neither. Where another
 * image has the new name, as `name->taken` says. Waits for the store's lock. -ENOENT: the image has not the
 * name `old`; -ENOTUNIQ: see tx_names_settle. */
int store_rename_image(struct store *s, const char *old, const struct tx_name *name, struct err *err);

#endif
