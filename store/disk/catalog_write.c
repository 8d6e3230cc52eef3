/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/catalog_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/catalog_file.h"
#include "disk/share.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define NEW_CATALOG ".index.json" /* in the staging directory */

/* The file's bytes are synced; its name is not, because it will be renamed. */
int catalog_stage(struct store *s, int staging_fd, const char *text, size_t len, struct err *err)
{
    cleanup_fd int fd = beneath_open(staging_fd, NEW_CATALOG, O_WRONLY | O_CREAT | O_EXCL, 0600);
    int r = fd < 0 ? fd : fd_write(fd, text, len);

    if (r == 0 && store_is_shared(s) && fchmod(fd, 0644) < 0)
        r = -errno;
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    return r < 0 ? err_errno(err, -r, "cannot write a new %s/index.json", s->path) : 0;
}

int catalog_show(struct store *s, int staging_fd, struct err *err)
{
    if (renameat(staging_fd, NEW_CATALOG, s->fd, "index.json") < 0)
        return err_errno(err, errno, "cannot replace %s/index.json", s->path);
    if (fsync(s->fd) < 0)
        return err_errno(err, errno, "cannot make %s/index.json durable", s->path);
    return 0;
}
