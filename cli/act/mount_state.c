/* SPDX-License-Identifier: Apache-2.0 */
#include "act/mount_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

const char *mount_state(const struct mount_facts *f)
{
    if (f->here)
        return "mounted";
    if (f->container)
        return "container";
    /* The daemon is in this process's mount namespace, so the mount is gone; open files keep the daemon. */
    return f->same_space == 1 ? "ending" : "elsewhere";
}

const char *mount_state_unleased(int64_t owner, uid_t self)
{
    return owner >= 0 && owner != (int64_t)self ? "another user's" : "no lease";
}

int mount_same_space(int64_t pid)
{
    struct stat own, other;
    char path[64];

    snprintf(path, sizeof path, "/proc/%" PRId64 "/ns/mnt", pid);
    if (stat("/proc/self/ns/mnt", &own) < 0 || stat(path, &other) < 0)
        return -errno;
    return own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}
