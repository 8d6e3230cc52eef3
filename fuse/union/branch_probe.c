/* SPDX-License-Identifier: Apache-2.0 */
#include "union/branch_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "tree/whiteout.h"
#include "union/branch_marks.h"
#include "union/branch_whiteout.h"
#include "union/name_marks.h"
#include "union/name_whiteout.h"

static int refuse(struct err *err, int r, const char *what)
{
    return err_set(err, -r, "the file system of upperdir and workdir %s (%s): they must be on another one",
                   what, strerror(-r));
}

static int try_marks(struct branch *b, int dir, struct err *err)
{
    int r = branch_mark_set(b, (struct where){dir, "."}, MARK_OPAQUE, "y", 1);

    if (r < 0 && b->config.marks_are_names)
        return err_errno(err, -r, "workdir");
    if (r < 0)
        err_set(err, -r, "the file system of upperdir does not take the attribute %sopaque (%s)%s", b->prefix,
                strerror(-r), b->config.user_xattrs ? "" : "; as an ordinary user mount with -o userxattr");
    return r;
}

static int try_rename(int dir, const char *from, const char *to, unsigned flag)
{
    return renameat2(dir, from, dir, to, flag) < 0 ? -errno : 0;
}

/* Does the error say that the file system does not support the flag, rather than that the call failed? */
static bool is_lacking(int r)
{
    return r == -EINVAL || r == -ENOSYS || r == -EOPNOTSUPP || r == -EPERM;
}

static int try_flag(int dir, const char *from, const char *to, unsigned flag, bool *ret_lacks)
{
    int r = try_rename(dir, from, to, flag);

    *ret_lacks = is_lacking(r);
    return is_lacking(r) ? 0 : r;
}

static bool has_device(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == 0;
}

static int try_names(struct branch *b, int dir, struct err *err)
{
    int r = mknodat(dir, "a", S_IFREG | 0600, 0) < 0 || mknodat(dir, "b", S_IFREG | 0600, 0) < 0 ? -errno : 0;

    if (r < 0)
        return err_errno(err, -r, "workdir");
    r = try_rename(dir, "a", "b", RENAME_EXCHANGE);
    if (r < 0)
        return refuse(err, r, "cannot let two names change places (renameat2, RENAME_EXCHANGE)");
    if (linkat(dir, "a", dir, "c", 0) < 0)
        return refuse(err, -errno, "has no hard links");
    r = try_flag(dir, "a", "d", RENAME_NOREPLACE, &b->lacks_noreplace);
    if (r == 0)
        r = try_flag(dir, "b", "e", RENAME_WHITEOUT, &b->lacks_rename_whiteout);
    if (r < 0)
        return err_errno(err, -r, "workdir");
    /* Without RENAME_WHITEOUT's device a later rename would lose the whiteout. */
    if (!b->lacks_rename_whiteout && !has_device(dir, "b"))
        b->lacks_rename_whiteout = true;
    return 0;
}

static int try_whiteouts(struct branch *b, int dir, struct err *err)
{
    int r = branch_whiteout_alone(b, dir, "w");

    if (r == 0 || !is_lacking(r))
        return r < 0 ? err_errno(err, -r, "workdir") : 0;
    b->whiteouts_are_names = b->config.marks_are_names;
    b->whiteouts_are_files = !b->whiteouts_are_names;
    r = b->whiteouts_are_names ? name_whiteout_make(b, dir, "w") : branch_whiteout_alone(b, dir, "w");
    return r < 0 ? refuse(err, r, "takes no whiteouts (character device 0:0, or an attribute of a file)") : 0;
}

static int try_all(struct branch *b, const char *name, bool *ret_gives, struct err *err)
{
    cleanup_fd int dir = openat(b->config.work_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int r = dir < 0 ? err_errno(err, errno, "workdir") : try_marks(b, dir, err);

    if (r == 0)
        r = try_names(b, dir, err);
    if (r == 0)
        r = try_whiteouts(b, dir, err);
    if (r == 0)
        *ret_gives = fchownat(dir, ".", geteuid() == 1 ? 2 : 1, getegid() == 1 ? 2 : 1, 0) == 0;
    return r;
}

int branch_probe(struct branch *b, bool *ret_gives, struct err *err)
{
    char name[BRANCH_TEMPORARY_MAX];
    int r;

    branch_temporary(b, name);
    if (mkdirat(b->config.work_fd, name, 0700) < 0)
        return err_errno(err, errno, "workdir");
    r = try_all(b, name, ret_gives, err);
    branch_discard(b, name);
    return r;
}
