/* SPDX-License-Identifier: Apache-2.0 */
/* Two kinds of container: a directory, whose members are opened beneath it, and an archive, whose members
 * are extents of one file. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "import/archive_index.h"
#include "import/layout.h"
#include "import/spool.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"

struct container {
    int fd;                        /* the directory, or the seekable archive */
    struct archive_index *members; /* NULL: a directory */
    int spool;                     /* of unpacked members; -1: none yet */
};

void extent_done(struct extent *x)
{
    if (x->own_fd && x->fd >= 0)
        close(x->fd);
    *x = (struct extent){.fd = -1};
}

void container_close(struct container *c)
{
    if (!c)
        return;
    archive_index_free(c->members);
    close(c->fd);
    if (c->spool >= 0)
        close(c->spool);
    free(c);
}

/* Takes over `fd` and `members` on success. */
static int container_make(int *fd, struct archive_index *members, struct container **ret, struct err *err)
{
    struct container *c = calloc(1, sizeof(*c));

    if (!c) {
        archive_index_free(members);
        return err_errno(err, ENOMEM, "cannot open the source");
    }
    c->fd = steal_fd(fd);
    c->members = members;
    c->spool = -1;
    *ret = c;
    return 0;
}

int container_open_stream(int fd, const struct source_options *opt, struct container **ret, struct err *err)
{
    struct archive_index *members;
    cleanup_fd int file = -1;
    uint64_t size;
    int r = spool_open(fd, opt, &file, &size, err);

    if (r == 0)
        r = archive_index_new(file, size, opt->tmp_dirfd, opt->max_size, &members, err);
    if (r < 0)
        return r;
    return container_make(&file, members, ret, err);
}

int container_open_path(const char *path, const struct source_options *opt, struct container **ret,
                        struct err *err)
{
    /* Does not wait for a fifo's writer here: the later read can be cancelled. */
    cleanup_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return err_errno(err, errno, "cannot open it");
    if (S_ISDIR(st.st_mode))
        return container_make(&fd, NULL, ret, err);
    return container_open_stream(fd, opt, ret, err);
}

static int directory_member(int dirfd, const char *path, struct extent *ret, struct err *err)
{
    struct stat st;
    /* Does not wait for a fifo's writer: a member must be a regular file anyway. */
    cleanup_fd int fd = beneath_open(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

    if (fd == -ENOENT || fd == -ENOTDIR)
        return -ENOENT;
    if (fd == -ELOOP)
        return err_set(err, ELOOP, "%s is a symbolic link, which is not followed", path);
    if (fd < 0)
        return err_errno(err, -fd, "cannot open %s", path);
    if (fstat(fd, &st) < 0)
        return err_errno(err, errno, "cannot open %s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, EINVAL, "%s is not a regular file", path);
    *ret = (struct extent){.size = (uint64_t)st.st_size, .own_fd = true};
    ret->fd = steal_fd(&fd);
    return 0;
}

int container_member(struct container *c, const char *path, struct extent *ret, struct err *err)
{
    cleanup_free char *clean = NULL;
    uint64_t offset, size;
    int fd;
    int r = member_path_clean(path, NULL, &clean);

    if (r == -ENOENT)
        return r;
    if (r == -EXDEV)
        return err_set(err, EXDEV, "the path %s leads out of the source", path);
    if (r < 0)
        return err_errno(err, -r, "cannot open %s", path);
    if (!c->members)
        return directory_member(c->fd, clean, ret, err);
    r = archive_index_find(c->members, clean, &fd, &offset, &size);
    if (r == -ELOOP)
        return err_set(err, ELOOP, "%s is a link that leads in a circle", path);
    if (r < 0)
        return r;
    *ret = (struct extent){.fd = fd, .offset = offset, .size = size};
    return 0;
}

int container_unpack(struct container *c, const struct extent *x, const struct source_options *opt,
                     struct extent *ret, struct err *err)
{
    struct extent found = {0};
    off_t end;
    int r;

    if (c->spool < 0)
        c->spool = fd_unnamed(opt->tmp_dirfd);
    if (c->spool < 0)
        return err_errno(err, -c->spool, "cannot make a file in the store's tmp/");
    end = lseek(c->spool, 0, SEEK_END);
    if (end < 0)
        return err_errno(err, errno, "cannot use a file in the store's tmp/");
    found = (struct extent){.fd = c->spool, .offset = (uint64_t)end};
    r = spool_unpack(x, opt, c->spool, &found.size, err);
    if (r == 0)
        *ret = found;
    return r;
}

int container_read(struct container *c, const char *path, size_t limit, char **ret, size_t *ret_len,
                   struct err *err)
{
    cleanup_free char *data = NULL;
    struct extent x;
    ssize_t n;
    int r = container_member(c, path, &x, err);

    if (r < 0)
        return r;
    if (x.size > limit) {
        r = err_set(err, EFBIG, "%s has %" PRIu64 " bytes, more than the limit of %zu", path, x.size, limit);
    } else if (!(data = malloc((size_t)x.size + 1))) {
        r = err_errno(err, ENOMEM, "cannot read %s", path);
    } else {
        n = fd_pread(x.fd, data, (size_t)x.size, x.offset);
        if (n < 0)
            r = err_errno(err, (int)-n, "cannot read %s", path);
        else if ((uint64_t)n != x.size)
            r = err_set(err, EBADMSG, "%s became shorter while it was read", path);
    }
    *ret_len = (size_t)x.size;
    extent_done(&x);
    if (r < 0)
        return r;
    data[*ret_len] = '\0';
    *ret = steal_ptr(&data);
    return 0;
}
