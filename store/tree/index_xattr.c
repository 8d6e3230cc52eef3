/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "tree/index.h"

ssize_t index_getxattr(const struct index *ix, const struct index_inode *inode, const char *name, void *value,
                       size_t size)
{
    struct index_xattr attr;
    uint64_t cursor = 0;
    size_t len = strlen(name);
    int r;

    while ((r = index_xattr_next(ix, inode, &cursor, &attr)) > 0) {
        if (attr.name_len != len || memcmp(attr.name, name, len) != 0)
            continue;
        if (size && size < attr.value_len)
            return -ERANGE;
        if (size)
            memcpy(value, attr.value, attr.value_len);
        return (ssize_t)attr.value_len;
    }
    return r < 0 ? r : -ENODATA;
}

ssize_t index_listxattr(const struct index *ix, const struct index_inode *inode, char *list, size_t size)
{
    struct index_xattr attr;
    uint64_t cursor = 0;
    size_t len = 0;
    int r;

    while ((r = index_xattr_next(ix, inode, &cursor, &attr)) > 0) {
        if (size && attr.name_len + 1 > size - len)
            return -ERANGE;
        if (size) {
            memcpy(list + len, attr.name, attr.name_len);
            list[len + attr.name_len] = 0;
        }
        len += attr.name_len + 1;
    }
    return r < 0 ? r : (ssize_t)len;
}
