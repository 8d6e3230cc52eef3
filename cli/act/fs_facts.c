/* SPDX-License-Identifier: Apache-2.0 */
/* Tests the abilities of a file system on files made for it. */
#include "act/fs_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "act/host_facts.h"
#include "disk/transaction.h"
#include "os/cleanup.h"
#include "os/fd.h"

static struct ability ability_of(int r)
{
    return r < 0 ? (struct ability){ABILITY_NO, -r} : (struct ability){ABILITY_YES, 0};
}

static int try_call(int r)
{
    return r < 0 ? -errno : 0;
}

static int open_unnamed(int dirfd)
{
    int fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

static int try_reflink(int from, int to)
{
    static const char block[4096] = "mica";
    int r = fd_pwrite(from, block, sizeof block, 0);

    return r < 0 ? r : try_call(ioctl(to, FICLONE, from));
}

/* Tests that need two open files and no name. */
static void try_files(int from, int to, struct fs_facts *ret)
{
    ret->reflink = ability_of(try_reflink(from, to));
    ret->user_xattrs = ability_of(try_call(fsetxattr(from, "user.mica.probe", "y", 1, 0)));
    ret->trusted_xattrs = ability_of(try_call(fsetxattr(from, "trusted.mica.probe", "y", 1, 0)));
}

void fs_facts_of_dir(int dirfd, struct fs_facts *ret)
{
    cleanup_fd int from = open_unnamed(dirfd), to = from < 0 ? -1 : open_unnamed(dirfd);

    *ret = (struct fs_facts){.reflink.error = 0};
    /* Another error says nothing about the file system. */
    if (from >= 0 || from == -EOPNOTSUPP || from == -EISDIR)
        ret->unnamed_files = ability_of(from);
    if (to >= 0)
        try_files(from, to, ret);
}

static void try_names(int dir, struct fs_facts *ret)
{
    cleanup_fd int from = openat(dir, "from", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    cleanup_fd int to = openat(dir, "to", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    ret->whiteouts = ability_of(try_call(mknodat(dir, "whiteout", S_IFCHR, makedev(0, 0))));
    if (from < 0 || to < 0)
        return;
    try_files(from, to, ret);
    ret->hard_links = ability_of(try_call(linkat(dir, "from", dir, "link", 0)));
}

void fs_facts_of_store(struct store *s, bool *ret_writable, struct fs_facts *ret)
{
    struct tx *tx;

    *ret = (struct fs_facts){.reflink.error = 0};
    *ret_writable = tx_begin(s, &tx, NULL) == 0;
    if (!*ret_writable)
        return;
    fs_facts_of_dir(tx_fd(tx), ret);
    try_names(tx_fd(tx), ret);
    tx_abort(tx);
}
