/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_ID_MAP_CAP_H
#define MICA_UNION_ID_MAP_CAP_H

#include "union/id_map.h"

/*
 * Map the root id of a file's capabilities. `value` is security.capability, of at most ID_MAP_CAP_SIZE bytes, with
 * room for as many; returns the new size. A malformed value stays as it is. Capabilities set by a root that the mount
 * does not map are given to the mount's root, like that root's new files.
 *
 * _show gives -ENODATA for an unmapped id: the file has no capabilities. _take: -EINVAL.
 */
#define ID_MAP_CAP_SIZE 24
ssize_t id_map_show_cap(const struct id_map *uids, char value[ID_MAP_CAP_SIZE], size_t size);
ssize_t id_map_take_cap(const struct id_map *uids, char value[ID_MAP_CAP_SIZE], size_t size);

#endif
