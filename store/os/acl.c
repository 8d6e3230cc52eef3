/* SPDX-License-Identifier: Apache-2.0 */
#include "os/acl.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <string.h>

#define HEADER sizeof(struct posix_acl_xattr_header)
#define ENTRY  sizeof(struct posix_acl_xattr_entry)

bool acl_is_list(const void *list, size_t size)
{
    struct posix_acl_xattr_header header;

    if (size < HEADER || (size - HEADER) % ENTRY != 0)
        return false;
    memcpy(&header, list, HEADER);
    return le32toh(header.a_version) == POSIX_ACL_XATTR_VERSION;
}

static struct posix_acl_xattr_entry entry_at(const char *list, size_t at)
{
    struct posix_acl_xattr_entry e;

    memcpy(&e, list + at, ENTRY);
    return e;
}

static bool has_mask(const char *list, size_t size)
{
    for (size_t at = HEADER; at < size; at += ENTRY) {
        if (le16toh(entry_at(list, at).e_tag) == ACL_MASK)
            return true;
    }
    return false;
}

/* The shift of the mode bits that correspond to an entry's tag, or -1 if none do. */
static int shift_of(uint16_t tag, bool masked)
{
    switch (tag) {
    case ACL_USER_OBJ:
        return 6;
    case ACL_GROUP_OBJ:
        return masked ? -1 : 3;
    case ACL_MASK:
        return 3;
    case ACL_OTHER:
        return 0;
    default:
        return -1;
    }
}

int acl_mode(const void *list, size_t size, mode_t *mode)
{
    bool masked, more;

    if (!acl_is_list(list, size))
        return -EINVAL;
    masked = more = has_mask(list, size);
    for (size_t at = HEADER; at < size; at += ENTRY) {
        struct posix_acl_xattr_entry e = entry_at(list, at);
        int shift = shift_of(le16toh(e.e_tag), masked);

        if (shift < 0)
            more = true;
        else
            *mode = (*mode & ~((mode_t)7 << shift)) | (mode_t)(le16toh(e.e_perm) & 7) << shift;
    }
    return more;
}

void acl_chmod(void *list, size_t size, mode_t mode)
{
    char *value = list;
    bool masked;

    if (!acl_is_list(value, size))
        return;
    masked = has_mask(value, size);
    for (size_t at = HEADER; at < size; at += ENTRY) {
        struct posix_acl_xattr_entry e = entry_at(value, at);
        int shift = shift_of(le16toh(e.e_tag), masked);

        if (shift < 0)
            continue;
        e.e_perm = htole16((uint16_t)(mode >> shift & 7));
        memcpy(value + at, &e, ENTRY);
    }
}

int acl_inherit(void *list, size_t size, mode_t *mode)
{
    mode_t given = *mode;
    int r = acl_mode(list, size, &given);

    if (r < 0)
        return r;
    *mode &= given;
    acl_chmod(list, size, *mode);
    return r;
}
