/* SPDX-License-Identifier: Apache-2.0 */
#include "export/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/fd.h"

#define OWN_NAME_MAX 32

/* The path that gives an unnamed file a name (linkat). */
static const char *own_name(int fd, char buf[OWN_NAME_MAX])
{
    snprintf(buf, OWN_NAME_MAX, "/proc/self/fd/%d", fd);
    return buf;
}

static int open_unnamed(int dir, mode_t mode)
{
    char name[OWN_NAME_MAX];
    int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);

    if (fd >= 0 && access(own_name(fd, name), F_OK) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

int out_file_begin(int dir, const char *name, const char *temporary, mode_t mode, struct out_file *ret)
{
    *ret = (struct out_file){.dir = dir, .name = name, .temporary = temporary};
    if (unlinkat(dir, temporary, 0) < 0 && errno != ENOENT)
        return -errno;
    ret->fd = open_unnamed(dir, mode);
    if (ret->fd >= 0)
        return 0;
    ret->fd = beneath_open(dir, temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
    ret->named = ret->fd >= 0;
    return ret->fd < 0 ? ret->fd : 0;
}

void out_file_drop(struct out_file *f)
{
    if (f->named)
        unlinkat(f->dir, f->temporary, 0);
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    f->named = 0;
}

static int link_as(const struct out_file *f, const char *name)
{
    char own[OWN_NAME_MAX];

    return linkat(AT_FDCWD, own_name(f->fd, own), f->dir, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static int give_name(struct out_file *f)
{
    int r = f->named ? -EEXIST : link_as(f, f->name);

    if (r != -EEXIST)
        return r;
    if (!f->named && (r = link_as(f, f->temporary)) < 0)
        return r;
    f->named = 1;
    if (renameat(f->dir, f->temporary, f->dir, f->name) < 0)
        return -errno;
    f->named = 0;
    return 0;
}

int out_file_publish(struct out_file *f)
{
    int r = fsync(f->fd) < 0 ? -errno : give_name(f);

    if (r == 0 && fsync(f->dir) < 0)
        r = -errno;
    out_file_drop(f);
    return r;
}

int out_file_text(int dir, const char *name, const char *temporary, const char *text, size_t len, mode_t mode)
{
    struct out_file f;
    int r = out_file_begin(dir, name, temporary, mode, &f);

    if (r < 0)
        return r;
    r = fd_write(f.fd, text, len);
    if (r == 0)
        return out_file_publish(&f);
    out_file_drop(&f);
    return r;
}
