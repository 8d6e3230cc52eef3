/* SPDX-License-Identifier: Apache-2.0 */
#include "branch_work.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "branch_owner.h"
#include "os/acl.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/entry.h"
#include "union/owner.h"
#include "union/owner_list.h"

#define WORK     "work"
#define INCOMPAT "incompat"
#define VOLATILE "volatile"

/* Any entry in it is a reason not to mount this branch like an ordinary one. */
static int check_incompat(const struct branch_dirs *d, int work_fd, struct err *err)
{
    cleanup_dir DIR *dir = NULL;
    const struct dirent *e;
    int r = dir_of(beneath_open(work_fd, INCOMPAT, O_RDONLY | O_DIRECTORY, 0), &dir);

    if (r == -ENOENT)
        return 0;
    e = r == 0 ? dir_next(dir, &r) : NULL;
    if (r < 0)
        return err_errno(err, -r, "workdir %s/" WORK "/" INCOMPAT, d->work_name);
    if (e && strcmp(e->d_name, VOLATILE) == 0)
        return err_set(err, EINVAL,
                       "upperdir %s was mounted volatile, and may lack writes if the machine "
                       "has stopped since; if it has not: rm -r %s/" WORK "/" INCOMPAT,
                       d->upper_name, d->work_name);
    if (e)
        return err_set(err, EINVAL, "workdir %s belongs to a mount with the unknown feature %s", d->work_name,
                       e->d_name);
    return 0;
}

static int drop_lists(int fd)
{
    int r = owner_drop_list((struct where){fd, NULL}, ACL_DEFAULT);

    return r < 0 ? r : owner_drop_list((struct where){fd, NULL}, ACL_ACCESS);
}

/* Close the directory to all users without CAP_DAC_OVERRIDE; the daemon's user keeps access unless that is
 * root. */
static int close_to_others(int fd)
{
    int r = drop_lists(fd);

    if (r < 0)
        return r;
    if (geteuid() == 0 && fchmod(fd, 0) == 0 && faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) == 0)
        return 0;
    return fchmod(fd, 0700) < 0 ? -errno : 0;
}

/* A writer of the parent directory can replace the new one: check that it is the daemon's own. */
static int check_new(int fd)
{
    cleanup_dir DIR *dir = NULL;
    struct stat st;
    int r;

    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_uid != geteuid())
        return -EPERM;
    r = dir_reopen(fd, &dir);
    return r == 0 && dir_next(dir, &r) ? -EEXIST : r;
}

static int make(int base)
{
    cleanup_fd int fd = -1;
    int r = mkdirat(base, WORK, 0700) < 0 ? -errno : 0;

    if (r == 0)
        r = fd = entry_open(base, WORK, O_RDONLY | O_DIRECTORY);
    if (r >= 0)
        r = close_to_others(fd);
    if (r == 0)
        r = check_new(fd);
    return r < 0 ? r : steal_fd(&fd);
}

/* Another user's directory cannot be closed to that user: remove it, if it holds mica's files only. */
static int make_anew(int base, int old_fd, const struct branch_config *how)
{
    struct branch_config old = *how;
    int r;

    old.work_fd = old_fd;
    old.base_fd = base;
    r = branch_empty_work(&old);
    if (r == 0 && unlinkat(base, WORK, AT_REMOVEDIR) < 0)
        r = -errno;
    return r < 0 ? r : make(base);
}

int branch_work_find(int base)
{
    int fd = entry_open(base, WORK, O_RDONLY | O_DIRECTORY);

    if (fd == -EACCES && entry_chmod(base, WORK, 0700) == 0)
        fd = entry_open(base, WORK, O_RDONLY | O_DIRECTORY);
    return fd;
}

int branch_work_open(const struct branch_dirs *d, int base, const struct branch_config *how, struct err *err)
{
    cleanup_fd int fd = branch_work_find(base);
    struct stat st;
    int r = 0;

    if (fd >= 0 && !how->insecure_dirs)
        r = branch_owner_check_work(d, fd, WORK, err);
    if (fd >= 0 && r == 0)
        r = check_incompat(d, fd, err);
    if (r < 0)
        return r;
    if (fd == -ENOENT)
        r = make(base);
    else if (fd < 0 || fstat(fd, &st) < 0)
        r = fd < 0 ? fd : -errno;
    else if (st.st_uid != geteuid())
        r = make_anew(base, fd, how);
    else
        r = close_to_others(fd);
    if (r < 0)
        return err_errno(err, -r, "workdir %s/" WORK, d->work_name);
    return r > 0 ? r : steal_fd(&fd);
}

/* The mark must survive a crash: it is all that a volatile mount makes durable. */
int branch_work_mark_volatile(const struct branch_dirs *d, int base, struct err *err)
{
    cleanup_fd int work = entry_open(base, WORK, O_RDONLY | O_DIRECTORY), dir = -1, mark = -1;

    if (work >= 0 && (mkdirat(work, INCOMPAT, 0700) == 0 || errno == EEXIST))
        dir = beneath_open(work, INCOMPAT, O_RDONLY | O_DIRECTORY, 0);
    if (dir >= 0)
        mark = beneath_open(dir, VOLATILE, O_WRONLY | O_CREAT, 0600);
    if (mark < 0 || fsync(mark) < 0 || fsync(dir) < 0 || fsync(work) < 0 || fsync(base) < 0)
        return err_errno(err, mark < 0 ? EIO : errno, "cannot mark the branch volatile in workdir %s",
                         d->work_name);
    return 0;
}
