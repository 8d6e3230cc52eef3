/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Abilities of this machine and of a file system, found by trying them. A trial happens in a child process
 * with namespaces of its own, in files without names, or in the directory of a transaction, so nothing of it
 * is left, also when the process is killed.
 */
#ifndef MICA_ACT_HOST_FACTS_H
#define MICA_ACT_HOST_FACTS_H

#include <stdbool.h>
#include <stdint.h>

struct store;

enum ability_state { ABILITY_UNKNOWN, ABILITY_NO, ABILITY_YES };
struct ability {
    enum ability_state state;
    int error; /* the errno of the trial that failed, or 0 */
};

/* Of the file system that a directory is on. */
struct fs_facts {
    struct ability reflink, unnamed_files, hard_links, whiteouts, user_xattrs, trusted_xattrs;
};

/* Of the kernel's FUSE: its answer to a mount that nobody sees. */
struct fuse_facts {
    struct ability mounts; /* in namespaces of one's own */
    unsigned major, minor; /* protocol; 0: unknown */
    struct ability passthrough, io_uring;
};
struct host_facts {
    struct ability user_namespaces; /* one can be made, and mounts in it */
    struct ability fuse_device;     /* /dev/fuse can be opened */
    struct fuse_facts fuse;
};
void host_facts_find(struct host_facts *ret);

#endif
