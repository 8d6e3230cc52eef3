/* SPDX-License-Identifier: Apache-2.0 */
/* What a word means as a name: the name itself, or one that engines make of a short one. */
#ifndef MICA_DISK_CATALOG_NAMES_H
#define MICA_DISK_CATALOG_NAMES_H

#include "disk/catalog.h"

/* The entry that the word means, or NULL. */
const struct catalog_entry *catalog_find_short(const struct catalog *c, const char *word);
/* An entry that has this name, or that a shorter word means which would mean an image of this name instead;
 * or NULL. */
const struct catalog_entry *catalog_hidden_by(const struct catalog *c, const char *name);

#endif
