/* SPDX-License-Identifier: Apache-2.0 */
#include "container/bundle_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "act/mounts.h"
#include "bundle/places.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/fd.h"

#define RECORD     ".mica-bundle"
#define RECORD_MAX 4096u
#define FIRST_LINE "mica bundle 1\n"

void bundle_dir_close(struct bundle_dir *d)
{
    if (d->fd >= 0)
        close(d->fd);
    if (d->record >= 0)
        close(d->record);
    free(d->path);
    free(d->root);
    *d = (struct bundle_dir)BUNDLE_DIR_NONE;
}

/* ---- record */

static int identify(int dir, const char *name, int flags, struct statx *ret)
{
    return statx(dir, name, flags | AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_INO | STATX_BTIME, ret) < 0
               ? -errno
               : 0;
}

int bundle_dir_note(int record, int file, const char *name)
{
    struct statx st;
    int r = identify(file, "", AT_EMPTY_PATH, &st);

    if (r == 0 && dprintf(record, "file %s %" PRIu64 " %" PRId64 " %u\n", name, (uint64_t)st.stx_ino,
                          (int64_t)st.stx_btime.tv_sec, st.stx_btime.tv_nsec) < 0)
        r = -errno;
    return r;
}

static bool is_bundle_file(const char *name)
{
    for (size_t i = 0; bundle_files[i]; i++)
        if (strcmp(name, bundle_files[i]) == 0)
            return true;
    return strcmp(name, "config.json") == 0;
}

/* Remove the file named in a line of the record if it still has the recorded identity. Only names of bundle
 * files are removed: the record may have been altered. */
static void remove_noted(const struct bundle_dir *d, const char *line)
{
    char name[32];
    uint64_t ino;
    int64_t seconds;
    unsigned nanoseconds;
    struct statx st;

    if (sscanf(line, "file %31s %" SCNu64 " %" SCNd64 " %u", name, &ino, &seconds, &nanoseconds) != 4 ||
        !is_bundle_file(name) || identify(d->fd, name, 0, &st) < 0)
        return;
    if (S_ISREG(st.stx_mode) && st.stx_ino == ino && st.stx_btime.tv_sec == seconds &&
        st.stx_btime.tv_nsec == nanoseconds)
        (void)unlinkat(d->fd, name, 0);
}

/* ---- create */

static int check_empty(const char *dir, int fd, struct err *err)
{
    cleanup_dir DIR *names = NULL;
    struct stat st;
    int r = 0;

    if (fstatat(fd, RECORD, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return err_set(err, EEXIST, "%s is a bundle already; to remove it: mica bundle --rm %s", dir, dir);
    r = dir_reopen(fd, &names);
    if (r < 0)
        return err_errno(err, -r, "%s", dir);
    const struct dirent *e = dir_next(names, &r);
    if (e)
        return err_set(err, ENOTEMPTY, "%s contains %s: a bundle needs a new or an empty directory", dir,
                       e->d_name);
    return r < 0 ? err_errno(err, -r, "%s", dir) : 0;
}

static int open_own(const char *dir, const char *path, int *ret, struct stat *ret_st, struct err *err)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == ENOTDIR && lstat(path, ret_st) == 0 && S_ISLNK(ret_st->st_mode))
        return err_set(err, ELOOP, "%s is a symbolic link; name its target instead", dir);
    if (fd < 0 || fstat(fd, ret_st) < 0)
        return err_errno(err, errno, "%s", dir);
    if (ret_st->st_uid != geteuid())
        return err_set(err, EPERM, "%s belongs to user %u, who could open it to others", dir, ret_st->st_uid);
    *ret = steal_fd(&fd);
    return 0;
}

/* Close the directory to others before it has contents. A process that has it open already gains nothing:
 * each lookup checks the current permissions. */
static int close_to_others(const char *dir, struct bundle_dir *d, struct err *err)
{
    struct stat st;
    int r = open_own(dir, d->path, &d->fd, &st, err);

    if (r == 0)
        r = check_empty(dir, d->fd, err);
    if (r < 0)
        return r;
    d->mode = st.st_mode & 07777;
    return fchmod(d->fd, 0700) < 0 ? err_errno(err, errno, "%s", dir) : 0;
}

static int fill(const char *dir, struct bundle_dir *d, struct err *err)
{
    d->record = openat(d->fd, RECORD, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (d->record < 0)
        return err_errno(err, errno, "%s/" RECORD, dir);
    if (dprintf(d->record, FIRST_LINE "directory %s %o\n", d->created ? "made" : "found", d->mode) < 0)
        return err_errno(err, errno, "%s/" RECORD, dir);
    return mkdirat(d->fd, "rootfs", 0755) < 0 ? err_errno(err, errno, "%s/rootfs", dir) : 0;
}

static int find_path(const char *dir, struct bundle_dir *d, struct err *err)
{
    int r = mountpoint_path(dir, &d->path);

    if (r == 0 && asprintf(&d->root, "%s/rootfs", d->path) < 0) {
        d->root = NULL;
        r = -ENOMEM;
    }
    return r < 0 ? err_errno(err, -r, "%s", dir) : 0;
}

int bundle_dir_make(const char *dir, struct bundle_dir *ret, struct err *err)
{
    struct bundle_dir d = BUNDLE_DIR_NONE;
    int r = find_path(dir, &d, err);

    if (r == 0) {
        d.created = mkdir(d.path, 0700) == 0;
        r = d.created || errno == EEXIST ? 0 : err_errno(err, errno, "%s", dir);
    }
    if (r == 0)
        r = close_to_others(dir, &d, err);
    if (r == 0 && (r = fill(dir, &d, err)) < 0)
        (void)bundle_dir_remove(&d, NULL, NULL);
    else if (r < 0 && d.created)
        (void)rmdir(d.path);
    if (r < 0)
        bundle_dir_close(&d);
    else
        *ret = d;
    return r;
}

/* ---- root */

int bundle_dir_allow_suid(const struct bundle_dir *d, struct err *err)
{
    cleanup_fd int fd = openat(d->fd, "rootfs", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    char name[32];
    struct statx st;
    struct statfs fs;
    struct statvfs now;
    struct stat dir;

    if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, 0, &st) < 0 || fstatfs(fd, &fs) < 0 ||
        fstatvfs(fd, &now) < 0 || fstat(d->fd, &dir) < 0)
        return err_errno(err, errno, "%s", d->root);
    if (!(st.stx_attributes & STATX_ATTR_MOUNT_ROOT) || fs.f_type != FUSE_SUPER_MAGIC ||
        dir.st_uid != geteuid() || (dir.st_mode & 0777) != 0700)
        return err_set(err, ESTALE, "%s was replaced or opened to others while the image was being mounted",
                       d->path);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd); /* the mount itself, even if its name changes */
    if (mount(NULL, name, NULL, MS_REMOUNT | MS_BIND | (now.f_flag & (ST_RDONLY | ST_NODEV | ST_NOEXEC)),
              NULL) < 0)
        return err_errno(err, errno, "%s", d->root);
    return 0;
}

/* ---- remove */

int bundle_dir_open(const char *path, bool mounted, struct bundle_dir *ret, struct err *err)
{
    struct bundle_dir d = BUNDLE_DIR_NONE;
    struct stat st;
    int r = find_path(path, &d, err);

    d.created = true; /* default without a record */
    if (r == 0)
        r = open_own(path, d.path, &d.fd, &st, err);
    if (r == 0 && !mounted && (fstatat(d.fd, RECORD, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode)))
        r = err_set(err, EINVAL, "%s is no bundle made by mica: it has no " RECORD, path);
    if (r < 0)
        bundle_dir_close(&d);
    else
        *ret = d;
    return r;
}

static void follow_record(struct bundle_dir *d)
{
    cleanup_fd int fd = openat(d->fd, RECORD, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    cleanup_free char *text = NULL;
    char how[8];
    unsigned mode;
    size_t len;

    if (fd < 0 || fd_slurp(fd, RECORD_MAX, &text, &len) < 0 ||
        strncmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0)
        return;
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        if (sscanf(line, "directory %7s %o", how, &mode) == 2) {
            d->created = strcmp(how, "made") == 0;
            d->mode = mode & 07777;
        }
        remove_noted(d, line);
    }
    (void)unlinkat(d->fd, RECORD, 0);
}

/* List the remaining names in `kept`. Returns 1 if there are any, 0 or a negative errno. */
static int list_kept(const struct bundle_dir *d, struct buf *kept)
{
    cleanup_dir DIR *names = NULL;
    const struct dirent *e;
    int r = dir_reopen(d->fd, &names), any = 0;

    while (r == 0 && (e = dir_next(names, &r))) {
        any = 1;
        if (kept)
            r = buf_printf(kept, "%s\n", e->d_name);
    }
    return r < 0 ? r : any;
}

int bundle_dir_remove(struct bundle_dir *d, struct buf *kept, struct err *err)
{
    follow_record(d);
    if (unlinkat(d->fd, "rootfs", AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY)
        return err_errno(err, errno, "%s", d->root);
    int r = list_kept(d, kept);
    if (r < 0)
        return err_errno(err, -r, "%s", d->path);
    if (!d->created)
        return fchmod(d->fd, d->mode) < 0 ? err_errno(err, errno, "%s", d->path) : 0;
    return r == 0 && rmdir(d->path) < 0 ? err_errno(err, errno, "%s", d->path) : 0;
}
