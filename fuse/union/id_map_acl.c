/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ids in a POSIX access list as system.posix_acl_access and _default have it (the kernel's
 * linux/posix_acl_xattr.h): u32 version 2, then entries of u16 tag, u16 permissions, u32 id, little-endian.
 * Only entries that name a user or a group have an id that means something.
 */
#include "union/id_map_acl.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>

#include "os/acl.h"
#include "union/id_map.h"

#define HEADER sizeof(struct posix_acl_xattr_header)
#define ENTRY  sizeof(struct posix_acl_xattr_entry)

/* Find the map for an entry's id, or NULL. */
static const struct id_map *map_for(const struct posix_acl_xattr_entry *e, const struct id_map *uids,
                                    const struct id_map *gids)
{
    switch (le16toh(e->e_tag)) {
    case ACL_USER:
        return uids;
    case ACL_GROUP:
        return gids;
    default:
        return NULL;
    }
}

static int map_entry(char *at, const struct id_map *uids, const struct id_map *gids, bool take)
{
    struct posix_acl_xattr_entry e;
    const struct id_map *map;
    uint32_t id;

    memcpy(&e, at, ENTRY);
    map = map_for(&e, uids, gids);
    if (!map)
        return 0;
    id = le32toh(e.e_id);
    if (take && id_map_take(map, id, &id) < 0)
        return -EINVAL;
    e.e_id = htole32(take ? id : id_map_show(map, id));
    memcpy(at, &e, ENTRY);
    return 0;
}

static int map_list(const struct id_map *uids, const struct id_map *gids, char *value, size_t size, bool take)
{
    int r = 0;

    if (!acl_is_list(value, size))
        return 0;
    for (size_t at = HEADER; r == 0 && at < size; at += ENTRY)
        r = map_entry(value + at, uids, gids, take);
    return r;
}

size_t id_map_known_acl(const struct id_map *uids, const struct id_map *gids, void *value, size_t size)
{
    char *list = value;
    size_t kept = HEADER;

    if (!acl_is_list(value, size))
        return size;
    for (size_t at = HEADER; at < size; at += ENTRY) {
        struct posix_acl_xattr_entry e;
        const struct id_map *map;
        uint32_t id;

        memcpy(&e, list + at, ENTRY);
        map = map_for(&e, uids, gids);
        id = le32toh(e.e_id);
        if (map && (id == UINT32_MAX || id_map_take(map, id, &id) < 0))
            continue;
        memmove(list + kept, list + at, ENTRY);
        kept += ENTRY;
    }
    return kept;
}

void id_map_show_acl(const struct id_map *uids, const struct id_map *gids, void *value, size_t size)
{
    (void)map_list(uids, gids, value, size, false);
}

int id_map_take_acl(const struct id_map *uids, const struct id_map *gids, void *value, size_t size)
{
    return map_list(uids, gids, value, size, true);
}
