/* SPDX-License-Identifier: Apache-2.0 */
/* Short names: finds the image whose full name a word abbreviates, by the rules of container engines. */
#ifndef MICA_DISK_CATALOG_NAMES_H
#define MICA_DISK_CATALOG_NAMES_H

#include "disk/catalog.h"

/* Returns the entry that the word means, or NULL. */
const struct catalog_entry *catalog_find_short(const struct catalog *c, const char *word);
/* Returns an entry that has this name, or whose short form would mean the new image instead; or NULL. */
const struct catalog_entry *catalog_hidden_by(const struct catalog *c, const char *name);

#endif
