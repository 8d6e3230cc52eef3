/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whiteouts. A file system has just so many inodes, and removing a large tree of a layer takes a whiteout for
 * each name: so they are links of one, as kernel overlayfs makes them, that lies in the work directory while
 * the branch is mounted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree/whiteout.h"
#include "union/branch.h"

int branch_whiteout_alone(int dirfd, const char *name)
{
    return mknodat(dirfd, name, S_IFCHR, 0) < 0 ? -errno : 0;
}

void branch_unshare_whiteout(struct branch *b)
{
    if (b->whiteout[0])
        unlinkat(b->config.work_fd, b->whiteout, 0);
    b->whiteout[0] = 0;
}

int branch_share_whiteout(struct branch *b)
{
    int r;

    branch_unshare_whiteout(b);
    r = branch_whiteout_alone(b->config.work_fd, branch_temporary(b, b->whiteout));
    if (r < 0)
        b->whiteout[0] = 0;
    return r;
}

static int link_shared(const struct branch *b, int dirfd, const char *name)
{
    return linkat(b->config.work_fd, b->whiteout, dirfd, name, 0) < 0 ? -errno : 0;
}

int branch_whiteout(struct branch *b, int dirfd, const char *name)
{
    int r = b->whiteout[0] ? link_shared(b, dirfd, name) : -ENOENT;

    if (r == -EMLINK && branch_share_whiteout(b) == 0)
        r = link_shared(b, dirfd, name);
    return r < 0 ? branch_whiteout_alone(dirfd, name) : 0;
}

int branch_cover_by_whiteout(struct branch *b, int dirfd, const char *name)
{
    char temporary[BRANCH_TEMPORARY_MAX];
    int work = b->config.work_fd, r = branch_whiteout(b, work, branch_temporary(b, temporary));

    if (r == 0 && renameat(work, temporary, dirfd, name) < 0) {
        r = -errno;
        unlinkat(work, temporary, 0);
    }
    return r;
}

/* For file systems without RENAME_WHITEOUT: a whiteout made beside changes places with what is to go. */
static int exchange_with_whiteout(struct branch *b, int dirfd, const char *name, const char *temporary)
{
    int r = branch_whiteout(b, b->config.work_fd, temporary);

    if (r == 0 && renameat2(b->config.work_fd, temporary, dirfd, name, RENAME_EXCHANGE) < 0) {
        r = -errno;
        unlinkat(b->config.work_fd, temporary, 0);
    }
    return r;
}

int branch_replace_by_whiteout(struct branch *b, int dirfd, const char *name, char ret[BRANCH_TEMPORARY_MAX])
{
    branch_temporary(b, ret);
    if (!b->no_whiteout_flag) {
        if (renameat2(dirfd, name, b->config.work_fd, ret, RENAME_WHITEOUT) == 0)
            return 0;
        if (errno != EINVAL)
            return -errno;
        b->no_whiteout_flag = true;
    }
    return exchange_with_whiteout(b, dirfd, name, ret);
}

int branch_mark_name(const struct branch *b, struct where w, mode_t mode, const char *name)
{
    int r;

    if (!S_ISREG(mode) || strncmp(name, WHITEOUT_PREFIX, WHITEOUT_PREFIX_LEN) != 0)
        return 0;
    r = branch_mark_set(b, w, MARK_NAME, "y", 1);
    /* Where the owner may not write, without privilege: it takes more than the name to be mistaken. */
    return r == -EACCES || r == -EPERM ? 0 : r;
}
