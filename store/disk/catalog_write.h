/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_DISK_CATALOG_WRITE_H
#define MICA_DISK_CATALOG_WRITE_H

#include "disk/catalog_file.h"

/* Writes a new index.json into the directory `staging_fd` and syncs it. */
int catalog_stage(struct store *s, int staging_fd, const char *text, size_t len, struct err *err);
/* Renames it into place and syncs the directory. Needs the store's lock, exclusive. If the last step
 * fails, the new file may be in place nevertheless. */
int catalog_show(struct store *s, int staging_fd, struct err *err);

#endif
