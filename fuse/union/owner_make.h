/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_OWNER_MAKE_H
#define MICA_UNION_OWNER_MAKE_H

#include "union/owner.h"

/* Create an empty file under a free name of an open directory. With an override that must be in the work
 * directory: nobody may see the name before the file is complete. */
int owner_make(const struct branch *b, int dirfd, const char *name, const struct owner_new *new);
/* Create a symbolic link, with an override. */
int owner_make_link(const struct branch *b, const char *target, int dirfd, const char *name,
                    const struct owner_new *new);
/* Create a regular file without a name; returns a descriptor for reading and writing. */
int owner_make_unnamed(const struct branch *b, const struct owner_new *new);

#endif
