/* SPDX-License-Identifier: Apache-2.0 */
/* What is agreed on with the kernel in INIT, and why. */
#include "glue/ops.h"

void op_init(void *userdata, struct fuse_conn_info *conn)
{
    struct glue *g = userdata;
    unsigned wanted = FUSE_CAP_ASYNC_READ | FUSE_CAP_ASYNC_DIO;

    /* Every name comes with its attributes: a walk then takes one round trip for some two hundred entries,
     * where the kernel's own guess (READDIRPLUS_AUTO) takes one for each of the first ones of each directory.
     */
    wanted |= FUSE_CAP_READDIRPLUS;

    /* Directories have flags as well. */
    wanted |= FUSE_CAP_IOCTL_DIR;

    /* Handlers hold no lock over a directory: several may ask for names in it at once. */
    wanted |= FUSE_CAP_PARALLEL_DIROPS;

    wanted |= FUSE_CAP_CACHE_SYMLINKS;

    /* Where content can change behind the mount, the kernel is to drop what it has cached of a file or a
     * directory once it learns of another mtime. */
    if (!glue_is_coherent(g))
        wanted |= FUSE_CAP_AUTO_INVAL_DATA;

    /* Access lists of the image count only where the kernel checks permissions at all. */
    if (g->want_acl)
        wanted |= FUSE_CAP_POSIX_ACL;

    /* A directory's default access list replaces the caller's umask: only the union knows which counts. */
    if (g->writable)
        wanted |= FUSE_CAP_DONT_MASK;

    /* Names "." and "..", of nodes that the kernel may have forgotten. */
    if (un_finds_handles(g->un))
        wanted |= FUSE_CAP_EXPORT_SUPPORT;

    /* Where opening may be refused, a file that is cut to nothing by it need not be read. */
    if (g->may_refuse && !g->want_passthrough)
        wanted |= FUSE_CAP_ATOMIC_O_TRUNC;

    /*
     * Not wanted: WRITEBACK_CACHE, with which an error of a write comes long after it and files seem to have
     * holes where data is on its way; SPLICE_READ: reading requests through a pipe costs more than it saves;
     * SPLICE_WRITE and SPLICE_MOVE: see reply_content.h.
     */
    conn->want = conn->capable & wanted;
    conn->max_write = REQUEST_MAX;
    conn->max_read = g->max_read;

    /* Answering OPEN and OPENDIR with ENOSYS once saves them, and RELEASE, for as long as the mount lives;
     * the kernel then keeps what it has read over opens, listings of directories included. An answer is
     * needed where it may have to be that a file or a directory cannot be read. */
    g->no_open = (conn->capable & FUSE_CAP_NO_OPEN_SUPPORT) && !g->want_passthrough && !g->may_refuse;
    g->no_opendir = glue_is_coherent(g) && (conn->capable & FUSE_CAP_NO_OPENDIR_SUPPORT) && !g->may_refuse;
    g->initialized = true;
}
