/* SPDX-License-Identifier: Apache-2.0 */
#include "union/branch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/acl.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/entry.h"
#include "union/aside.h"
#include "union/branch_probe.h"
#include "union/branch_whiteout.h"
#include "union/name_marks.h"
#include "union/order.h"
#include "union/owner.h"
#include "union/owner_list.h"

/* ---- order of writes */

int branch_settle(const struct branch *b, int fd)
{
    if (b->config.volatile_ || b->needs_no_order)
        return 0;
    if (b->orders_writes && sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE) == 0)
        return 0;
    return fdatasync(fd) < 0 ? -errno : 0;
}

/* FUSE file systems may invent inode numbers and forget them; and another writer may change any file. */
static bool keeps_numbers(int fd)
{
    struct statfs st;

    return fstatfs(fd, &st) == 0 && st.f_type != FUSE_SUPER_MAGIC;
}

/* ---- opening */

/* Access to this directory would bypass the permissions of the directories above a file. */
static int close_to_others(const struct branch *b, int fd)
{
    const struct where w = {fd, NULL};
    struct stat st;
    int r;

    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_uid != geteuid())
        return geteuid() == 0 && !b->config.insecure_dirs ? -EPERM : 0;
    r = owner_drop_list(w, ACL_DEFAULT);
    if (r == 0)
        r = owner_drop_list(w, ACL_ACCESS);
    return r == 0 && st.st_mode & (S_IRWXG | S_IRWXO) ? where_chmod(w, 0700) : r;
}

int branch_open_beside(const struct branch *b, const char *name, int *ret)
{
    int base = b->config.base_fd, r;

    if (mkdirat(base, name, 0700) < 0 && errno != EEXIST)
        return -errno;
    *ret = entry_open(base, name, O_RDONLY | O_DIRECTORY);
    if (*ret < 0)
        return *ret;
    r = close_to_others(b, *ret);
    if (r < 0) {
        close(*ret);
        *ret = -1;
    }
    return r;
}

/* Open the directory of sidecar marks. */
static int open_aside(struct branch *b)
{
    int r = branch_open_beside(b, "mica-marks", &b->aside_fd);

    return r < 0 ? r : aside_tidy(b);
}

static bool has_aside(const struct branch_config *config)
{
    return config->user_xattrs || config->marks_are_names;
}

int branch_open(const struct branch_config *config, struct branch **ret, struct err *err)
{
    struct branch *b = calloc(1, sizeof *b);
    struct stat upper, work;
    bool gives = false;
    int r = 0;

    if (!b)
        return err_errno(err, ENOMEM, "branch");
    b->config = *config;
    b->links_fd = b->aside_fd = -1;
    b->prefix = config->user_xattrs ? "user.overlay." : "trusted.overlay.";
    if (fstat(config->upper_fd, &upper) < 0 || fstat(config->work_fd, &work) < 0)
        r = err_errno(err, errno, "upperdir and workdir");
    else if (upper.st_dev != work.st_dev)
        r = err_set(err, EXDEV, "upperdir and workdir are on different file systems");
    b->dev = upper.st_dev;
    b->keeps_numbers = keeps_numbers(config->upper_fd);
    b->orders_writes = order_is_kept(config->upper_fd);
    b->needs_no_order = order_is_needless(config->upper_fd);
    if (config->marks_are_names)
        b->config.redirect_dir = b->config.metacopy = false;
    if (r == 0 && has_aside(config) && (r = open_aside(b)) < 0)
        err_errno(err, -r, "workdir, mica-marks");
    if (r == 0 && (r = branch_clear_work(b)) < 0)
        err_errno(err, -r, "workdir cannot be emptied");
    /* Files made in the work directory must not inherit its default access list. */
    if (r == 0 && (r = owner_drop_list((struct where){config->work_fd, "."}, ACL_DEFAULT)) < 0)
        err_errno(err, -r, "workdir");
    if (r == 0)
        r = branch_probe(b, &gives, err);
    if (r == 0 && (r = branch_share_whiteout(b)) < 0)
        err_errno(err, -r, "workdir");
    if (r == 0)
        r = owner_choose(b, gives, err);
    if (r == 0 && config->marks_are_names && (r = name_marks_note(b)) < 0)
        err_errno(err, -r, "upperdir");
    if (r == 0 && (r = branch_open_beside(b, "mica-links", &b->links_fd)) < 0)
        err_errno(err, -r, "workdir, mica-links");
    if (r < 0) {
        branch_unshare_whiteout(b);
        if (b->aside_fd >= 0)
            close(b->aside_fd);
        free(b);
        return r;
    }
    *ret = b;
    return 0;
}

int branch_empty_work(const struct branch_config *config)
{
    struct branch b = {.config = *config, .links_fd = -1, .aside_fd = -1};
    int r = has_aside(config) ? open_aside(&b) : 0;

    if (r == 0)
        r = branch_clear_work(&b);
    if (b.aside_fd >= 0)
        close(b.aside_fd);
    return r;
}

void branch_free(struct branch *b)
{
    if (!b)
        return;
    branch_unshare_whiteout(b);
    close(b->config.upper_fd);
    close(b->config.work_fd);
    close(b->links_fd);
    if (b->aside_fd >= 0)
        close(b->aside_fd);
    free(b);
}
