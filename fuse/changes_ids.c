/* SPDX-License-Identifier: Apache-2.0 */
#include "changes_ids.h"

#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>
#include <unistd.h>

#include "union/id_map_cap.h"

static size_t capability(const struct changes_ids *ids, char *value, size_t size)
{
    char text[ID_MAP_CAP_SIZE];
    ssize_t n;

    if (size > sizeof text)
        return size;
    memcpy(text, value, size);
    n = id_map_take_cap(ids->uids, text, size);
    if (n < 0 || (size_t)n > size)
        return size;
    memcpy(value, text, (size_t)n);
    return (size_t)n;
}

static uint32_t one(const struct id_map *map, uint32_t id, uint32_t own)
{
    uint32_t ret;

    return id != own && id_map_take(map, id, &ret) == 0 ? ret : id;
}

static void list(const struct changes_ids *ids, char *value, size_t size)
{
    struct posix_acl_xattr_entry e;

    for (size_t at = sizeof(struct posix_acl_xattr_header); at + sizeof e <= size; at += sizeof e) {
        memcpy(&e, value + at, sizeof e);
        if (le16toh(e.e_tag) == ACL_USER)
            e.e_id = htole32(one(ids->uids, le32toh(e.e_id), geteuid()));
        else if (le16toh(e.e_tag) == ACL_GROUP)
            e.e_id = htole32(one(ids->gids, le32toh(e.e_id), getegid()));
        memcpy(value + at, &e, sizeof e);
    }
}

size_t changes_ids_in_container(const struct changes_ids *ids, const char *name, void *value, size_t size)
{
    if (strcmp(name, "security.capability") == 0)
        return capability(ids, value, size);
    if (strncmp(name, "system.posix_acl_", strlen("system.posix_acl_")) == 0)
        list(ids, value, size);
    return size;
}
