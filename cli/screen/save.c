/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "act/copy_place.h"
#include "os/cleanup.h"
#include "os/fd.h"

enum {
    PIECE = 256 * 1024,
};

/* Opens the directory of `path`; *ret_name is the name in it, in `path` or `name`. */
static int open_place(const char *path, const char *name, const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    *ret_name = name;
    if (fd >= 0)
        return fd;
    if (errno != ENOENT && errno != ENOTDIR)
        return -errno;
    *ret_name = slash ? slash + 1 : path;
    if (!**ret_name)
        return -ENOENT;
    cleanup_free char *dir = slash ? strndup(path, (size_t)(slash + 1 - path)) : strdup(".");
    if (!dir)
        return -ENOMEM;
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int copy(int fd, uint64_t at, const struct index_inode *in, int to, bool (*is_wanted)(void *ctx),
                void *ctx)
{
    cleanup_free char *piece = malloc(PIECE);
    int r = piece ? 0 : -ENOMEM;

    for (uint64_t done = 0; r == 0 && done < in->size;) {
        size_t want = in->size - done < PIECE ? (size_t)(in->size - done) : PIECE;
        ssize_t got = fd_pread(fd, piece, want, at + done);

        if (got <= 0)
            return got < 0 ? (int)got : -EUCLEAN;
        r = is_wanted(ctx) ? fd_write(to, piece, (size_t)got) : -ECANCELED;
        done += (uint64_t)got;
    }
    return r == 0 && fsync(to) < 0 ? -errno : r;
}

/* Gives the finished file its name, which nothing has yet. */
static int put_new(struct copy_place *p, int dir, const char *name)
{
    if (renameat2(p->stage, COPY_PLACE_NEW, dir, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    /* The file system cannot: a link does not replace either. */
    return linkat(p->stage, COPY_PLACE_NEW, dir, name, 0) < 0 ? -errno : 0;
}

static int make(struct copy_place *p, int fd, uint64_t at, const struct index_inode *in,
                bool (*is_wanted)(void *ctx), void *ctx)
{
    mode_t mask = umask(0);
    cleanup_fd int to = -1;

    umask(mask);
    to = openat(p->stage, COPY_PLACE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0)
        return -errno;
    int r = copy(fd, at, in, to, is_wanted, ctx);
    return r == 0 && fchmod(to, (in->mode & 0777 & ~mask) | S_IRUSR) < 0 ? -errno : r;
}

int save_file(int fd, uint64_t at, const struct index_inode *in, const char *path, const char *name,
              bool replace, bool (*is_wanted)(void *ctx), void *ctx, struct err *err)
{
    struct copy_place place = COPY_PLACE_INIT;
    struct stat st;
    const char *as;
    cleanup_fd int dir = open_place(path, name, &as);
    int r = dir;

    if (dir >= 0)
        r = replace || fstatat(dir, as, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : -EEXIST;
    if (r == 0)
        r = copy_place_for(&place, dir);
    if (r == 0)
        r = make(&place, fd, at, in, is_wanted, ctx);
    if (r == 0)
        r = replace ? copy_place_put(&place, dir, as) : put_new(&place, dir, as);
    if (r == 0 && fsync(dir) < 0 && errno != EINVAL)
        r = -errno;
    copy_place_end(&place);
    if (r == -EEXIST && !replace)
        return r;
    if (r == -ECANCELED)
        return err_set(err, ECANCELED, "interrupted: nothing was saved");
    return r < 0 ? err_errno(err, -r, "cannot save %s", path) : 0;
}
