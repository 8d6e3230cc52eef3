/* SPDX-License-Identifier: Apache-2.0 */
#include "branch_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cleanup.h"

#define INSIST                                                                                               \
    ", who could exchange files under root's daemon: make it root's alone (chown, chmod go-w), put it "      \
    "below a "                                                                                               \
    "directory that only root may enter, or mount with -o insecure_dirs"

/* With an access list the group's bits are its mask: the most that it grants to anybody. */
static bool is_closed(const struct stat *st)
{
    return st->st_uid == geteuid() && !(st->st_mode & (S_IXGRP | S_IXOTH));
}

/* Is there a parent directory that nobody else may search? Directories below it are out of reach, whoever
 * owns them: container engines protect the directories of containers with other users this way. */
static bool is_out_of_reach(int fd)
{
    cleanup_fd int at = -1;
    struct stat here, above;

    if (fstat(fd, &here) < 0)
        return false;
    for (;;) {
        int up = openat(at < 0 ? fd : at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (up < 0)
            return false;
        if (at >= 0)
            close(at);
        at = up;
        if (fstat(at, &above) < 0 || (above.st_dev == here.st_dev && above.st_ino == here.st_ino))
            return false;
        if (is_closed(&above))
            return true;
        here = above;
    }
}

static int check(int fd, const char *what, const char *name, const char *rest, struct err *err)
{
    struct stat st;

    if (geteuid() != 0 || fd < 0)
        return 0;
    if (fstat(fd, &st) < 0)
        return err_errno(err, errno, "%s %s%s", what, name, rest);
    if ((st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH))) || is_out_of_reach(fd))
        return 0;
    if (st.st_uid != geteuid())
        return err_set(err, EPERM, "%s %s%s belongs to user %u" INSIST, what, name, rest, st.st_uid);
    return err_set(err, EPERM, "%s %s%s can be written to by others (mode %04o)" INSIST, what, name, rest,
                   st.st_mode & 07777);
}

int branch_owner_check(const struct branch_dirs *d, struct err *err)
{
    int r = check(d->upper_fd, "upperdir", d->upper_name, "", err);

    return r < 0 ? r : check(d->base_fd, "workdir", d->work_name, "", err);
}

int branch_owner_check_work(const struct branch_dirs *d, int fd, const char *name, struct err *err)
{
    char rest[NAME_MAX + 2];

    snprintf(rest, sizeof rest, "/%s", name);
    return check(fd, "workdir", d->work_name, rest, err);
}
