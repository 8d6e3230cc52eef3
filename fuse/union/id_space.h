/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids of this process's user namespace. The kernel refuses a whole access list if it names another id, both
 * for setting and in answers; and nobody in the namespace could use the entry.
 */
#ifndef MICA_UNION_ID_SPACE_H
#define MICA_UNION_ID_SPACE_H

#include <stddef.h>

#include "union/id_map.h"

/* {0}: all ids but -1. */
struct id_space {
    struct id_map uids, gids; /* maps of ids to themselves */
};

/* Read /proc/self/uid_map and gid_map; all ids if these do not exist. -ENOMEM, or the error of reading. */
int id_space_read(struct id_space *ret);
void id_space_clear(struct id_space *s);

/* Parse such a file: lines "INSIDE OUTSIDE SIZE" in decimal (user_namespaces(7)). -EINVAL. */
int id_space_parse(struct id_map *m, const char *text);

/* Remove entries of a POSIX access list (system.posix_acl_*) whose ids the namespace does not have. Returns
 * the new size; a malformed list stays as it is. */
size_t id_space_known_acl(const struct id_space *s, void *value, size_t size);

#endif
