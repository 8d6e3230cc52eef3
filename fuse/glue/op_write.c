/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that would change something. The kernel does not even send them on a mount that is read-only; but
 * a mount that a helper made (mount -o drop_privileges) may not be, and then programs must hear the same.
 */
#include <errno.h>

#include "glue/ops.h"
#include "glue/reply.h"

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set, struct fuse_file_info *fi)
{
    (void)ino, (void)attr, (void)to_set, (void)fi;
    reply_error(req, -EROFS);
}

void op_mknod(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t rdev)
{
    (void)dir, (void)name, (void)mode, (void)rdev;
    reply_error(req, -EROFS);
}

void op_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode)
{
    (void)dir, (void)name, (void)mode;
    reply_error(req, -EROFS);
}

/* unlink and rmdir */
void op_remove(fuse_req_t req, fuse_ino_t dir, const char *name)
{
    (void)dir, (void)name;
    reply_error(req, -EROFS);
}

void op_symlink(fuse_req_t req, const char *target, fuse_ino_t dir, const char *name)
{
    (void)target, (void)dir, (void)name;
    reply_error(req, -EROFS);
}

void op_rename(fuse_req_t req, fuse_ino_t dir, const char *name, fuse_ino_t to_dir, const char *to_name,
               unsigned flags)
{
    (void)dir, (void)name, (void)to_dir, (void)to_name, (void)flags;
    reply_error(req, -EROFS);
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t dir, const char *name)
{
    (void)ino, (void)dir, (void)name;
    reply_error(req, -EROFS);
}

void op_create(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, struct fuse_file_info *fi)
{
    (void)dir, (void)name, (void)mode, (void)fi;
    reply_error(req, -EROFS);
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
              struct fuse_file_info *fi)
{
    (void)ino, (void)data, (void)size, (void)off, (void)fi;
    reply_error(req, -EROFS);
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len, struct fuse_file_info *fi)
{
    (void)ino, (void)mode, (void)off, (void)len, (void)fi;
    reply_error(req, -EROFS);
}

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size, int flags)
{
    (void)ino, (void)name, (void)value, (void)size, (void)flags;
    reply_error(req, -EROFS);
}

void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
    (void)ino, (void)name;
    reply_error(req, -EROFS);
}
