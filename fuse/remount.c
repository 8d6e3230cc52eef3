/* SPDX-License-Identifier: Apache-2.0 */
#include "remount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/cleanup.h"

/* ---- flags */

static const struct {
    const char *word;
    unsigned long set, clear;
} words[] = {
    {"noexec", MS_NOEXEC, 0},     {"exec", 0, MS_NOEXEC},     {"sync", MS_SYNCHRONOUS, 0},
    {"async", 0, MS_SYNCHRONOUS}, {"noatime", MS_NOATIME, 0},
};

static unsigned long said(const struct text_list *passed)
{
    unsigned long flags = 0;

    for (size_t i = 0; i < passed->n; i++) {
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
            if (strcmp(passed->items[i], words[w].word) == 0)
                flags = (flags & ~words[w].clear) | words[w].set;
        }
    }
    return flags;
}

unsigned long remount_flags(const struct mount_options *o, unsigned long now)
{
    unsigned long flags = said(&o->passed);

    if (o->read_only)
        flags |= MS_RDONLY;
    if (o->suid == CHOICE_NO || (now & ST_NOSUID && !o->allow_suid))
        flags |= MS_NOSUID;
    if (o->dev == CHOICE_NO || (now & ST_NODEV && !o->allow_dev))
        flags |= MS_NODEV;
    return flags;
}

/* ---- the mount */

/* Opens the root of a FUSE mount. mount(8) has checked the file system type. */
static int open_mount(const char *mountpoint, struct err *err)
{
    struct statfs fs;
    struct statx st;
    cleanup_fd int fd = open(mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fstatfs(fd, &fs) < 0 || statx(fd, "", AT_EMPTY_PATH, 0, &st) < 0)
        return err_errno(err, errno, "mount point %s", mountpoint);
    if (fs.f_type != FUSE_SUPER_MAGIC || !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
        return err_set(err, EINVAL, "%s: no mount of micafs to remount", mountpoint);
    return steal_fd(&fd);
}

/* Is the mount writable by a branch? Tries to replace a missing attribute: without a branch the error is that the
 * file system is read-only, with one that there is no such attribute. */
static bool has_branch(const char *path)
{
    return setxattr(path, "user.mica.none", "", 0, XATTR_REPLACE) == 0 || errno != EROFS;
}

static int refused(const char *mountpoint, int error, struct err *err)
{
    if (error == EBUSY)
        return err_set(err, EBUSY,
                       "%s stays writable: files in it are open for writing (fuser -vm lists the processes)",
                       mountpoint);
    if (error == EPERM)
        return err_set(err, EPERM, "%s: only root can change a mount; unmount it and mount it again",
                       mountpoint);
    return err_errno(err, error, "%s", mountpoint);
}

int remount(const struct mount_options *o, const char *mountpoint, struct err *err)
{
    cleanup_fd int fd = open_mount(mountpoint, err);
    char path[32];
    struct statvfs now;

    if (fd < 0)
        return fd;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd); /* valid even if the name changes meanwhile */
    if (fstatvfs(fd, &now) < 0)
        return err_errno(err, errno, "%s", mountpoint);
    unsigned long flags = MS_REMOUNT | remount_flags(o, now.f_flag);
    if (mount(NULL, path, NULL, flags, NULL) < 0)
        return refused(mountpoint, errno, err);
    if (flags & MS_RDONLY || has_branch(path))
        return 0;
    if (mount(NULL, path, NULL, flags | MS_RDONLY, NULL) < 0)
        return refused(mountpoint, errno, err);
    return err_set(err, EROFS,
                   "%s has no branch: unmount it, and mount it with one (branch=, or upperdir= and workdir=)",
                   mountpoint);
}
