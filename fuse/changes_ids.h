/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids in attributes of a branch that keeps owners beside files. The owners are those that a container sees,
 * whose daemon ran in a user namespace; but ids in access lists and capabilities are set by the kernel, and
 * are the host's on disk.
 *
 * The user's own id stays in access lists: in a mount without a namespace it means the user, and access lists
 * rarely name a container's root.
 */
#ifndef MICA_FUSE_CHANGES_IDS_H
#define MICA_FUSE_CHANGES_IDS_H

#include <sys/types.h>

#include "union/id_map.h"

struct changes_ids {
    const struct id_map *uids, *gids; /* "on disk" are a container's ids, "shown" the host's */
};

/* Replaces host ids in the value of attribute `name` by a container's, in place; returns the new size,
 * which is at most the old one. Ids without a counterpart stay. */
size_t changes_ids_in_container(const struct changes_ids *ids, const char *name, void *value, size_t size);

#endif
