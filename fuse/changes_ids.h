/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users that attributes name, in a branch that keeps owners beside files. The owners are those that a
 * container sees, whose daemon ran in a user namespace; but ids in access lists and capabilities are the
 * kernel's affair, and stand on disk as the host's.
 *
 * The user's own id stays in access lists: whoever mounts without a namespace means himself by it, and a
 * container's root is seldom named in one.
 */
#ifndef MICA_FUSE_CHANGES_IDS_H
#define MICA_FUSE_CHANGES_IDS_H

#include <sys/types.h>

#include "union/id_map.h"

struct changes_ids {
    const struct id_map *uids, *gids; /* "on disk" are a container's ids, "shown" the host's */
};

/* Puts a container's ids into the value of attribute `name`, in its place; returns the new size, which is at
 * most the old one. What names nobody in the container stays as it is. */
size_t changes_ids_in_container(const struct changes_ids *ids, const char *name, void *value, size_t size);

#endif
