/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The id in a file's capabilities, as security.capability has them (the kernel's linux/capability.h): u32
 * revision and flags, two pairs of u32, and in revision 3 the id of the user who must be root of the
 * namespace in which they count, little-endian. Revision 2 is the same for root itself.
 */
#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "union/id_map_cap.h"

static uint32_t magic_of(const struct vfs_ns_cap_data *data)
{
    return le32toh(data->magic_etc);
}

/* Read the root id. */
static bool read_root(const struct vfs_ns_cap_data *data, size_t size, uint32_t *ret)
{
    uint32_t revision = magic_of(data) & VFS_CAP_REVISION_MASK;

    *ret = revision == VFS_CAP_REVISION_3 ? le32toh(data->rootid) : 0;
    return (revision == VFS_CAP_REVISION_2 && size == XATTR_CAPS_SZ_2) ||
           (revision == VFS_CAP_REVISION_3 && size == XATTR_CAPS_SZ_3);
}

/* Write the root id. Returns the size. */
static size_t write_root(struct vfs_ns_cap_data *data, uint32_t root)
{
    uint32_t flags = magic_of(data) & VFS_CAP_FLAGS_MASK;

    data->magic_etc = htole32(flags | (root ? VFS_CAP_REVISION_3 : VFS_CAP_REVISION_2));
    data->rootid = htole32(root);
    return root ? XATTR_CAPS_SZ_3 : XATTR_CAPS_SZ_2;
}

ssize_t id_map_show_cap(const struct id_map *uids, char value[ID_MAP_CAP_SIZE], size_t size)
{
    struct vfs_ns_cap_data data = {0};
    uint32_t root, shown, back;

    memcpy(&data, value, size);
    if (!read_root(&data, size, &root))
        return (ssize_t)size;
    shown = id_map_show(uids, root);
    if (id_map_take(uids, shown, &back) < 0 || back != root)
        return -ENODATA;
    size = write_root(&data, shown);
    memcpy(value, &data, size);
    return (ssize_t)size;
}

ssize_t id_map_take_cap(const struct id_map *uids, char value[ID_MAP_CAP_SIZE], size_t size)
{
    struct vfs_ns_cap_data data = {0};
    uint32_t shown, root;

    memcpy(&data, value, size);
    if (!read_root(&data, size, &shown))
        return (ssize_t)size;
    if (id_map_take(uids, shown, &root) < 0) {
        if (shown)
            return -EINVAL;
        root = 0;
    }
    size = write_root(&data, root);
    memcpy(value, &data, size);
    return (ssize_t)size;
}
