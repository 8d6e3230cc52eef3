/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ids that this process's user namespace has. An access list that names another can neither be set nor be
 * given to the kernel, which refuses the whole list; and nobody in the namespace could use the entry.
 */
#ifndef MICA_UNION_ID_SPACE_H
#define MICA_UNION_ID_SPACE_H

#include <stddef.h>

#include "union/id_map.h"

/* {0}: all ids but -1. */
struct id_space {
    struct id_map uids, gids; /* of ids to themselves */
};

/* Reads /proc/self/uid_map and gid_map; where there are none, all ids. -ENOMEM, or what reading fails with.
 */
int id_space_read(struct id_space *ret);
void id_space_clear(struct id_space *s);

/* The text of such a file: lines "INSIDE OUTSIDE SIZE" in decimal (user_namespaces(7)). -EINVAL. */
int id_space_parse(struct id_map *m, const char *text);

/* Leaves out of a POSIX access list, as system.posix_acl_* have it, the entries that name an id that the
 * namespace does not have. Returns the new size; what is not well-formed is left as it is. */
size_t id_space_known_acl(const struct id_space *s, void *value, size_t size);

#endif
