/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/sysmacros.h>

#include "os/flags_at.h"
#include "os/xattr_at.h"
#include "stack/override.h"

#define NO_SURPRISES (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)

static struct timespec time_of(const struct statx_timestamp *t)
{
    return (struct timespec){.tv_sec = t->tv_sec, .tv_nsec = t->tv_nsec};
}

static void fill(const struct statx *x, struct stat *ret)
{
    *ret = (struct stat){
        .st_dev = makedev(x->stx_dev_major, x->stx_dev_minor),
        .st_ino = x->stx_ino,
        .st_mode = x->stx_mode,
        .st_nlink = x->stx_nlink,
        .st_uid = x->stx_uid,
        .st_gid = x->stx_gid,
        .st_size = (off_t)x->stx_size,
        .st_blksize = (blksize_t)x->stx_blksize,
        .st_blocks = (blkcnt_t)x->stx_blocks,
        .st_atim = time_of(&x->stx_atime),
        .st_mtim = time_of(&x->stx_mtime),
        .st_ctim = time_of(&x->stx_ctime),
    };
}

bool stack_covered(const struct stack_layers *l, unsigned layer, int dirfd, const char *name,
                   struct stat *ret)
{
    if (!l->crosses[layer])
        return false;
    /* Use cached attributes: the file system, which may be this very mount, is not asked. */
    struct statx x;
    if (statx(dirfd, name, NO_SURPRISES | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &x) < 0)
        return false;
    if (!(x.stx_attributes & STATX_ATTR_MOUNT_ROOT) || !S_ISDIR(x.stx_mode))
        return false;
    if (ret)
        fill(&x, ret);
    return true;
}

/* An invalid value counts as none: the file has its own attributes. */
static int override(const struct stack_layers *l, unsigned layer, int dirfd, const char *name,
                    struct stat *st)
{
    if (!l->overridden[layer] || !(S_ISREG(st->st_mode) || S_ISDIR(st->st_mode)))
        return 0;
    char text[OVERRIDE_MAX];
    ssize_t n = -ENODATA;
    for (unsigned i = 0; i < OVERRIDE_NAMES && n == -ENODATA; i++)
        if (l->overridden[layer] & 1u << i)
            n = xattr_get_at(dirfd, name, override_names[i], text, sizeof(text));
    if (n >= 0)
        (void)override_apply(text, (size_t)n, st);
    return n >= 0 || n == -ENODATA || n == -EOPNOTSUPP || n == -ERANGE ? 0 : (int)n;
}

int stack_stat_protection(const struct stack_layers *l, unsigned layer, int dirfd, const char *name,
                          unsigned *ret, bool *ret_all)
{
    /* A file system that is mounted in the layer, perhaps this very mount, is not asked. */
    int r = l->crosses[layer] ? -EOPNOTSUPP : flags_at(dirfd, name, ret);
    struct statx x;
    *ret_all = r == 0;
    if (r != -EOPNOTSUPP)
        return r;
    if (statx(dirfd, name, NO_SURPRISES | AT_STATX_DONT_SYNC, STATX_TYPE, &x) < 0)
        return -errno;
    *ret = (x.stx_attributes & STATX_ATTR_IMMUTABLE ? FS_IMMUTABLE_FL : 0u) |
           (x.stx_attributes & STATX_ATTR_APPEND ? FS_APPEND_FL : 0u);
    return 0;
}

int stack_stat_root(const struct stack_layers *l, unsigned layer, struct stat *ret)
{
    if (fstat(l->fds[layer], ret) < 0)
        return -errno;
    return override(l, layer, l->fds[layer], ".", ret);
}

int stack_stat(const struct stack_layers *l, unsigned layer, int dirfd, const char *name, struct stat *ret,
               bool *ret_covered)
{
    bool covered = stack_covered(l, layer, dirfd, name, ret);
    if (ret_covered)
        *ret_covered = covered;
    if (covered)
        return 0;
    if (fstatat(dirfd, name, ret, NO_SURPRISES) < 0)
        return -errno;
    return override(l, layer, dirfd, name, ret);
}
