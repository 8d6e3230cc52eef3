/* SPDX-License-Identifier: Apache-2.0 */
#include "act/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"

static const char *place(void)
{
    const char *dir = getenv("TMPDIR");

    return dir && *dir && access(dir, W_OK | X_OK) == 0 ? dir : "/tmp";
}

int temporary_open(void)
{
    int fd = open(place(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

int temporary_dir_make(struct temporary_dir *ret, struct err *err)
{
    ret->fd = -1;
    if (snprintf(ret->path, sizeof ret->path, "%s/mica.XXXXXX", place()) >= (int)sizeof ret->path)
        return err_set(err, ENAMETOOLONG, "the path of $TMPDIR is too long");
    if (!mkdtemp(ret->path))
        return err_errno(err, errno, "cannot make a directory in %s", place());
    ret->fd = open(ret->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (ret->fd < 0) {
        int r = err_errno(err, errno, "cannot open %s", ret->path);

        rmdir(ret->path);
        return r;
    }
    return 0;
}

void temporary_dir_remove(struct temporary_dir *d)
{
    cleanup_fd int parent = -1;
    char *slash = strrchr(d->path, '/');

    if (d->fd < 0)
        return;
    close(d->fd);
    d->fd = -1;
    *slash = '\0';
    parent = open(*d->path ? d->path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent >= 0)
        beneath_remove(parent, slash + 1);
}
