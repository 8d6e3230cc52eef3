/* SPDX-License-Identifier: Apache-2.0 */
#include "union/branch.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/entry.h"
#include "tree/acl.h"
#include "union/aside.h"
#include "union/branch_probe.h"
#include "union/owner.h"

static const char *const mark_names[] = {
    [MARK_OPAQUE] = "opaque",    [MARK_REDIRECT] = "redirect", [MARK_METACOPY] = "metacopy",
    [MARK_IMPURE] = "impure",    [MARK_WHITEOUT] = "whiteout", [MARK_INODE] = "mica.ino",
    [MARK_LINKS] = "mica.links", [MARK_OWNER] = "mica.owner",  [MARK_NAME] = "mica.name",
};

#define MARK_NAME_MAX 48

static const char *mark_name(const struct branch *b, enum branch_mark mark, char buf[MARK_NAME_MAX])
{
    snprintf(buf, MARK_NAME_MAX, "%s%s", b->prefix, mark_names[mark]);
    return buf;
}

/* Those that anything but a directory can have. */
static bool is_aside(const struct branch *b, enum branch_mark mark)
{
    return b->config.user_xattrs && (mark == MARK_INODE || mark == MARK_LINKS);
}

int branch_mark_set(const struct branch *b, struct where w, enum branch_mark mark, const void *value,
                    size_t len)
{
    char attr[MARK_NAME_MAX];
    int r = where_setxattr(w, mark_name(b, mark, attr), value, len, 0);

    if (r != -EPERM || !is_aside(b, mark))
        return r;
    r = aside_set(b, w, mark, value, len);
    return r == -EINVAL ? -EPERM : r;
}

ssize_t branch_mark_get(const struct branch *b, struct where w, enum branch_mark mark, void *value,
                        size_t size)
{
    char attr[MARK_NAME_MAX];
    ssize_t n = where_getxattr(w, mark_name(b, mark, attr), value, size);

    return n == -ENODATA && is_aside(b, mark) ? aside_get(b, w, mark, value, size) : n;
}

int branch_mark_remove(const struct branch *b, struct where w, enum branch_mark mark)
{
    char attr[MARK_NAME_MAX];
    int r = where_removexattr(w, mark_name(b, mark, attr));

    return r == -ENODATA ? 0 : r;
}

static int none_or_error(ssize_t r)
{
    return r == -ENODATA || r == -EOPNOTSUPP || r == -ERANGE ? 0 : (int)r;
}

int branch_mark_is(const struct branch *b, struct where w, enum branch_mark mark, char value)
{
    char is;
    ssize_t n = branch_mark_get(b, w, mark, &is, 1);

    return n < 0 ? none_or_error(n) : n == 1 && is == value;
}

int branch_mark_has(const struct branch *b, struct where w, enum branch_mark mark)
{
    ssize_t n = branch_mark_get(b, w, mark, NULL, 0);

    return n < 0 ? none_or_error(n) : 1;
}

int branch_kept_ino(const struct branch *b, struct where w, uint64_t *ret)
{
    uint64_t ino = 0;
    ssize_t n = branch_mark_get(b, w, MARK_INODE, &ino, sizeof(ino));

    *ret = n == (ssize_t)sizeof(ino) ? le64toh(ino) : 0;
    return n < 0 ? none_or_error(n) : 0;
}

/* ---- order */

/*
 * ext4 (data=ordered, its default) commits a file's new blocks and size, with the content written before, no
 * later than what is done to names afterwards, once the blocks have been chosen; starting to write chooses
 * them. It does the same by itself where one file is renamed over another. A file system in memory has no
 * crashes to survive. Everywhere else only waiting is sure.
 */
static bool orders_writes(int fd)
{
    struct statfs st;

    return fstatfs(fd, &st) == 0 && (st.f_type == EXT4_SUPER_MAGIC || st.f_type == TMPFS_MAGIC);
}

int branch_settle(const struct branch *b, int fd)
{
    if (b->config.volatile_)
        return 0;
    if (b->orders_writes && sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE) == 0)
        return 0;
    return fdatasync(fd) < 0 ? -errno : 0;
}

/* A FUSE file system may make numbers up, and forget them; and where somebody else is at work, everything may
 * change. */
static bool keeps_numbers(int fd)
{
    struct statfs st;

    return fstatfs(fd, &st) == 0 && st.f_type != FUSE_SUPER_MAGIC;
}

/* ---- opening */

/* What is made in a directory of its own there (make.c) has this name in it. */
static int forget_in(const struct branch *b, const char *temporary)
{
    int fd = entry_open(b->config.work_fd, temporary, O_PATH | O_DIRECTORY);
    int r = fd < 0 ? 0 : aside_forget_last(b, fd, "x");

    if (fd >= 0)
        close(fd);
    return r;
}

bool branch_is_temporary(const char *name)
{
    return name[0] == '#' && name[1] && !name[1 + strspn(name + 1, "0123456789abcdef")];
}

/* What an earlier daemon, or the kernel, left in the work directory was never part of the upper, or is so no
 * more. Anything else is somebody's. */
static int empty_work(const struct branch *b)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_reopen(b->config.work_fd, &dir);

    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));) {
        if (!branch_is_temporary(e->d_name))
            continue;
        r = aside_forget_last(b, b->config.work_fd, e->d_name);
        if (r == 0 && b->aside_fd >= 0)
            r = forget_in(b, e->d_name);
        if (r == 0)
            r = beneath_remove(b->config.work_fd, e->d_name);
    }
    return r;
}

/* Whoever could look into it could open what the permissions of the directories above a file keep from him.
 */
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
        r = err_set(err, EXDEV, "upperdir and workdir are not on one file system");
    b->dev = upper.st_dev;
    b->keeps_numbers = keeps_numbers(config->upper_fd);
    b->orders_writes = orders_writes(config->upper_fd);
    if (r == 0 && config->user_xattrs && (r = aside_open(b)) < 0)
        err_errno(err, -r, "workdir, mica-marks");
    if (r == 0 && (r = empty_work(b)) < 0)
        err_errno(err, -r, "workdir cannot be emptied");
    /* What is made in the work directory inherits no access lists but those that it is given. */
    if (r == 0 && (r = owner_drop_list((struct where){config->work_fd, "."}, ACL_DEFAULT)) < 0)
        err_errno(err, -r, "workdir");
    if (r == 0)
        r = branch_probe(b, &gives, err);
    if (r == 0 && (r = branch_share_whiteout(b)) < 0)
        err_errno(err, -r, "workdir");
    if (r == 0)
        r = owner_choose(b, gives, err);
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
    int r = config->user_xattrs ? aside_open(&b) : 0;

    if (r == 0)
        r = empty_work(&b);
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

/* ---- the work directory */

const char *branch_temporary(struct branch *b, char buf[BRANCH_TEMPORARY_MAX])
{
    snprintf(buf, BRANCH_TEMPORARY_MAX, "#%llx",
             (unsigned long long)__atomic_add_fetch(&b->next_temporary, 1, __ATOMIC_RELAXED));
    return buf;
}

/* What we put there is whiteouts, or one thing that is being made. Whoever owns the directory may have put
 * more into it, which is nobody's to remove but theirs: nothing goes that would take emptying. */
static void empty_directory(int fd)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_reopen(fd, &dir);

    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));)
        if (unlinkat(fd, e->d_name, 0) < 0 && errno == EISDIR)
            (void)unlinkat(fd, e->d_name, AT_REMOVEDIR);
}

/* Taking whiteouts out of a directory is no change that a program, which still has the directory open, should
 * see. */
static void discard_directory(struct branch *b, const char *temporary)
{
    struct stat st;
    cleanup_fd int fd = entry_open(b->config.work_fd, temporary, O_PATH | O_DIRECTORY);
    bool known = fd >= 0 && fstat(fd, &st) == 0;

    if (fd >= 0 && faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) < 0) /* an ordinary user's */
        (void)entry_chmod(b->config.work_fd, temporary, 0700);
    if (fd >= 0)
        empty_directory(fd);
    (void)unlinkat(b->config.work_fd, temporary, AT_REMOVEDIR);
    if (known)
        (void)utimensat(fd, "", (const struct timespec[]){st.st_atim, st.st_mtim}, AT_EMPTY_PATH);
}

void branch_discard(struct branch *b, const char *temporary)
{
    /* Else it stays until the next mount, which tries again. */
    if (aside_forget_last(b, b->config.work_fd, temporary) < 0)
        return;
    if (unlinkat(b->config.work_fd, temporary, 0) < 0 && (errno == EISDIR || errno == EPERM) &&
        unlinkat(b->config.work_fd, temporary, AT_REMOVEDIR) < 0)
        discard_directory(b, temporary);
}
