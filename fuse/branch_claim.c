/* SPDX-License-Identifier: Apache-2.0 */
#include "branch_claim.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "branch_lock.h"
#include "os/cleanup.h"

#define CLAIM "mica.writer."

static const char *prefix_of(bool user_xattrs)
{
    return user_xattrs ? "user.overlay." CLAIM : "trusted.overlay." CLAIM;
}

/* Is it a claim, of a daemon that is alive? One of nobody is removed. */
static bool is_alive(int upper, const char *attr, const char *prefix, const char *own)
{
    char *end;
    uint64_t ino;

    if (strncmp(attr, prefix, strlen(prefix)) != 0 || strcmp(attr, own) == 0)
        return false;
    ino = strtoull(attr + strlen(prefix), &end, 16);
    if (*end == '\0' && branch_lock_is_held(ino))
        return true;
    (void)fremovexattr(upper, attr);
    return false;
}

static int look_for_others(const struct branch_dirs *d, const char *prefix, struct err *err)
{
    cleanup_free char *list = malloc(XATTR_LIST_MAX);
    ssize_t n = list ? flistxattr(d->upper_fd, list, XATTR_LIST_MAX) : -1;

    if (n < 0 && list && errno == EOPNOTSUPP)
        return 0;
    if (n < 0)
        return err_errno(err, list ? errno : ENOMEM, "upperdir %s", d->upper_name);
    for (const char *attr = list; attr < list + n; attr += strlen(attr) + 1)
        if (is_alive(d->upper_fd, attr, prefix, d->claim))
            return err_set(err, EBUSY, "upperdir %s is in use by another mount", d->upper_name);
    return 0;
}

static int make(struct branch_dirs *d, int work_fd, const char *prefix, struct err *err)
{
    struct stat st;

    if (fstat(work_fd, &st) < 0)
        return err_errno(err, errno, "workdir %s", d->work_name);
    snprintf(d->claim, sizeof d->claim, "%s%" PRIx64, prefix, (uint64_t)st.st_ino);
    if (fsetxattr(d->upper_fd, d->claim, "y", 1, 0) == 0)
        return branch_lock_upper(d, err);
    d->claim[0] = '\0';
    return err_set(err, EBUSY,
                   "another user has upperdir %s locked, and no attribute of it can say instead that this "
                   "mount uses it (%s): end the process that /proc/locks names",
                   d->upper_name, strerror(errno));
}

int branch_claim(struct branch_dirs *d, int work_fd, bool user_xattrs, struct err *err)
{
    const char *prefix = prefix_of(user_xattrs);
    int r = d->upper_unlocked ? make(d, work_fd, prefix, err) : 0;

    return r < 0 ? r : look_for_others(d, prefix, err);
}

void branch_claim_end(struct branch_dirs *d)
{
    if (d->claim[0])
        (void)fremovexattr(d->upper_fd, d->claim);
    d->claim[0] = '\0';
}
