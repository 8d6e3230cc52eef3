/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/ops.h"

/*
 * Missing handlers are deliberate. FLUSH has nothing to do: the library answers ENOSYS, and the kernel never
 * asks again. Locks are the kernel's own, which is right for a mount on one machine.
 */
const struct fuse_lowlevel_ops glue_ops = {
    .init = op_init,
    .lookup = op_lookup,
    .forget = op_forget,
    .forget_multi = op_forget_multi,
    .getattr = op_getattr,
    .readlink = op_readlink,
    .access = op_access,
    .open = op_open,
    .release = op_release,
    .read = op_read,
    .lseek = op_lseek,
    .ioctl = op_ioctl,
    .opendir = op_opendir,
    .releasedir = op_releasedir,
    .readdir = op_readdir,
    .readdirplus = op_readdirplus,
    .statfs = op_statfs,
    .getxattr = op_getxattr,
    .listxattr = op_listxattr,
    .setattr = op_setattr,
    .mknod = op_mknod,
    .mkdir = op_mkdir,
    .unlink = op_unlink,
    .rmdir = op_rmdir,
    .symlink = op_symlink,
    .rename = op_rename,
    .link = op_link,
    .create = op_create,
    .write = op_write,
    .fallocate = op_fallocate,
    .copy_file_range = op_copy_file_range,
    .fsync = op_fsync,
    .fsyncdir = op_fsyncdir,
    .setxattr = op_setxattr,
    .removexattr = op_removexattr,
};
