/* SPDX-License-Identifier: Apache-2.0 */
#include "union/file_flags.h"

#include <errno.h>
#include <sys/ioctl.h>

#define PROTECTED_XFLAGS ((unsigned)(FS_XFLAG_IMMUTABLE | FS_XFLAG_APPEND))

size_t protected_text(unsigned flags, char ret[PROTECTED_TEXT_MAX])
{
    size_t n = 0;

    if (flags & FS_APPEND_FL)
        ret[n++] = 'a';
    if (flags & FS_IMMUTABLE_FL)
        ret[n++] = 'i';
    return n;
}

unsigned protected_parse(const char *text, size_t len)
{
    unsigned flags = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] != 'a' && text[i] != 'i')
            break;
        flags |= text[i] == 'a' ? FS_APPEND_FL : FS_IMMUTABLE_FL;
    }
    return flags;
}

static int result(int r)
{
    if (r >= 0)
        return 0;
    /* Errors that mean "no such request". */
    return errno == ENOTTY || errno == EOPNOTSUPP || errno == EINVAL || errno == ENOSYS ? -ENOTTY : -errno;
}

int file_flags_get(int fd, struct fsxattr *ret_x, unsigned *ret_flags)
{
    int flags = 0;
    int r = result(ioctl(fd, FS_IOC_GETFLAGS, &flags));

    *ret_flags = (unsigned)flags;
    *ret_x = (struct fsxattr){0};
    /* Older file systems support FS_IOC_GETFLAGS only. */
    if (r == 0 && ioctl(fd, FS_IOC_FSGETXATTR, ret_x) < 0)
        *ret_x = (struct fsxattr){0};
    return r;
}

int file_flags_change(int fd, unsigned changed, unsigned flags)
{
    int is = 0;

    changed &= ~PROTECTED_FLAGS;
    if (!changed)
        return 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &is) < 0)
        return result(-1);
    is = (int)(((unsigned)is & ~changed) | (flags & changed));
    return ioctl(fd, FS_IOC_SETFLAGS, &is) < 0 ? -errno : 0;
}

int file_xflags_change(int fd, const struct fsxattr *was, const struct fsxattr *is)
{
    unsigned changed = (was->fsx_xflags ^ is->fsx_xflags) & ~PROTECTED_XFLAGS;
    struct fsxattr x;

    if (!changed && was->fsx_extsize == is->fsx_extsize && was->fsx_projid == is->fsx_projid &&
        was->fsx_cowextsize == is->fsx_cowextsize)
        return 0;
    if (ioctl(fd, FS_IOC_FSGETXATTR, &x) < 0)
        return result(-1);
    x.fsx_xflags = (x.fsx_xflags & ~changed) | (is->fsx_xflags & changed);
    x.fsx_extsize = is->fsx_extsize == was->fsx_extsize ? x.fsx_extsize : is->fsx_extsize;
    x.fsx_projid = is->fsx_projid == was->fsx_projid ? x.fsx_projid : is->fsx_projid;
    x.fsx_cowextsize = is->fsx_cowextsize == was->fsx_cowextsize ? x.fsx_cowextsize : is->fsx_cowextsize;
    return ioctl(fd, FS_IOC_FSSETXATTR, &x) < 0 ? -errno : 0;
}

static int flags_to_copy(int fd, unsigned *ret)
{
    int flags = 0;

    *ret = 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
        return result(-1) == -ENOTTY ? 0 : -errno;
    *ret = (unsigned)flags & COPIED_FLAGS;
    return 0;
}

bool file_flags_to_copy(int fd)
{
    unsigned flags;

    return flags_to_copy(fd, &flags) == 0 && flags;
}

int file_flags_give(int to, unsigned flags)
{
    int r = flags & COPIED_FLAGS ? file_flags_change(to, COPIED_FLAGS, flags) : 0;

    /* The copy's file system may not support flags. */
    return r == -ENOTTY || r == -EOPNOTSUPP ? 0 : r;
}

int file_flags_copy(int from, int to)
{
    unsigned flags;
    int r = flags_to_copy(from, &flags);

    return r < 0 ? r : file_flags_give(to, flags);
}
