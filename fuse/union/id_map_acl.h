/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_ID_MAP_ACL_H
#define MICA_UNION_ID_MAP_ACL_H

#include "union/id_map.h"

/* Map the ids of a POSIX access list, never squashed: an entry that names one of several users cannot become
 * the owner's. *value is as in system.posix_acl_*; a malformed value stays as it is. _take gives -EINVAL for
 * an unmapped id, and leaves value undefined. */
void id_map_show_acl(const struct id_map *uids, const struct id_map *gids, void *value, size_t size);
int id_map_take_acl(const struct id_map *uids, const struct id_map *gids, void *value, size_t size);

/* Remove entries for unmapped ids and for -1, which the kernel uses for an id that it cannot express. Returns
 * the new size. */
size_t id_map_known_acl(const struct id_map *uids, const struct id_map *gids, void *value, size_t size);

#endif
