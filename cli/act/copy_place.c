/* SPDX-License-Identifier: Apache-2.0 */
#include "act/copy_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"

enum {
    TRIES = 16,
};

void copy_place_end(struct copy_place *p)
{
    if (p->stage >= 0) {
        copy_place_drop(p);
        close(p->stage);
        beneath_remove(p->parent, p->name);
        close(p->parent);
    }
    p->stage = p->parent = -1;
}

/* Is this the directory that was made here: owned by this user, and 0700? */
static int check_stage(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    return st.st_uid == geteuid() && (st.st_mode & 07777 & ~(mode_t)S_ISGID) == 0700 ? 0 : -ESTALE;
}

static int make_stage(struct copy_place *p, int dirfd)
{
    uint64_t random;
    int r = -EEXIST;

    for (int i = 0; i < TRIES && r == -EEXIST; i++) {
        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
            return -EIO;
        snprintf(p->name, sizeof p->name, ".mica-cp-%016llx", (unsigned long long)random);
        r = mkdirat(dirfd, p->name, 0700) < 0 ? -errno : 0;
    }
    if (r < 0)
        return r;
    cleanup_fd int parent = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
    cleanup_fd int stage = beneath_open(dirfd, p->name, O_RDONLY | O_DIRECTORY, 0);
    r = parent < 0 ? -errno : stage < 0 ? stage : check_stage(stage);
    if (r < 0) {
        unlinkat(dirfd, p->name, AT_REMOVEDIR);
        return r;
    }
    p->parent = steal_fd(&parent);
    p->stage = steal_fd(&stage);
    return 0;
}

int copy_place_for(struct copy_place *p, int dirfd)
{
    struct stat stage, target;

    if (p->stage >= 0) {
        if (fstat(p->stage, &stage) < 0 || fstat(dirfd, &target) < 0)
            return -errno;
        if (stage.st_dev == target.st_dev)
            return 0;
        copy_place_end(p);
    }
    return make_stage(p, dirfd);
}

/* Makes the staging directory as close to `dirfd` as possible: a file system may be mounted several times, and
 * rename(2) between its mounts fails with EXDEV. */
static int come_nearer(struct copy_place *p, int dirfd)
{
    struct stat parent, target;

    if (fstat(p->parent, &parent) < 0 || fstat(dirfd, &target) < 0)
        return -errno;
    if (parent.st_dev == target.st_dev && parent.st_ino == target.st_ino)
        return -EXDEV; /* cannot be made any closer */
    copy_place_end(p);
    int r = make_stage(p, dirfd);
    return r < 0 ? r : -EAGAIN;
}

int copy_place_put(struct copy_place *p, int dirfd, const char *name)
{
    if (renameat(p->stage, COPY_PLACE_NEW, dirfd, name) == 0)
        return 0;
    return errno == EXDEV ? come_nearer(p, dirfd) : -errno;
}

void copy_place_drop(struct copy_place *p)
{
    if (p->stage >= 0)
        unlinkat(p->stage, COPY_PLACE_NEW, 0);
}
