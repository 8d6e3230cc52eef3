/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities negotiated with the kernel in INIT, and the reasons. */
#include "glue/ops.h"

void op_init(void *userdata, struct fuse_conn_info *conn)
{
    struct glue *g = userdata;
    unsigned wanted = FUSE_CAP_ASYNC_READ | FUSE_CAP_ASYNC_DIO;

    /* Return attributes with every name: a walk then takes one round trip for about two hundred entries,
     * where READDIRPLUS_AUTO takes one for each of the first entries of each directory. */
    wanted |= FUSE_CAP_READDIRPLUS;

    /* Directories have flags as well. */
    wanted |= FUSE_CAP_IOCTL_DIR;

    /* Handlers hold no lock over a directory: several lookups may run in it at once. */
    wanted |= FUSE_CAP_PARALLEL_DIROPS;

    wanted |= FUSE_CAP_CACHE_SYMLINKS;

    /* Content may change behind the mount: the kernel drops its cache of a file or directory when the mtime
     * changes. */
    if (!g->coherent)
        wanted |= FUSE_CAP_AUTO_INVAL_DATA;

    /* Access lists take effect only if the kernel checks permissions. */
    if (g->want_acl)
        wanted |= FUSE_CAP_POSIX_ACL;

    /* A directory's default access list replaces the caller's umask: only the union knows which applies. */
    if (g->writable)
        wanted |= FUSE_CAP_DONT_MASK;

    /* Look up "." and ".." of nodes that the kernel may have forgotten. */
    if (un_finds_handles(g->un))
        wanted |= FUSE_CAP_EXPORT_SUPPORT;

    /* If opens may be refused, O_TRUNC must reach the daemon: a truncated file need not be readable. */
    if (g->may_refuse && !g->want_passthrough)
        wanted |= FUSE_CAP_ATOMIC_O_TRUNC;

    /*
     * Not wanted: WRITEBACK_CACHE, which reports write errors late and shows holes where data is in flight;
     * SPLICE_READ: a pipe costs more than it saves; SPLICE_WRITE and SPLICE_MOVE: see reply_content.h.
     */
    conn->want = conn->capable & wanted;
    conn->max_write = REQUEST_MAX;
    conn->max_read = g->max_read;

    /* ENOSYS for one OPEN or OPENDIR saves all later ones, and RELEASE; the kernel then keeps cached content
     * and listings across opens. Not if an open may have to be refused because the file cannot be read. */
    g->no_open = (conn->capable & FUSE_CAP_NO_OPEN_SUPPORT) && !g->want_passthrough && !g->may_refuse;
    g->keeps_listings = g->coherent && un_keeps_listings(g->un);
    g->no_opendir = g->keeps_listings && (conn->capable & FUSE_CAP_NO_OPENDIR_SUPPORT) && !g->may_refuse;
    g->initialized = true;
}
