/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests of each kind came: round trips are what a FUSE mount's time goes to. */
#ifndef MICA_GLUE_STATISTICS_H
#define MICA_GLUE_STATISTICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum counted {
    COUNT_LOOKUP,
    COUNT_FORGET,
    COUNT_GETATTR,
    COUNT_READLINK,
    COUNT_ACCESS,
    COUNT_OPEN,
    COUNT_READ,
    COUNT_READ_WAITED, /* of them, those whose content was not in memory */
    COUNT_LSEEK,
    COUNT_OPENDIR,
    COUNT_READDIR,
    COUNT_READDIRPLUS,
    COUNT_ENTRIES, /* in answers to the two above */
    COUNT_STATFS,
    COUNT_GETXATTR,
    COUNT_LISTXATTR,
    COUNT_IOCTL,
    COUNT_SETATTR,
    COUNT_MKNOD,
    COUNT_MKDIR,
    COUNT_SYMLINK,
    COUNT_LINK,
    COUNT_CREATE,
    COUNT_TMPFILE,
    COUNT_UNLINK,
    COUNT_RMDIR,
    COUNT_RENAME,
    COUNT_WRITE,
    COUNT_KILL_PRIV, /* writes that took privileges away */
    COUNT_FALLOCATE,
    COUNT_COPY_FILE_RANGE,
    COUNT_SETXATTR,
    COUNT_REMOVEXATTR,
    COUNT_FSYNC,
    COUNT_FSYNCDIR,
    COUNT_CHANGE_WAITED, /* of all changes, those that another thread had to do */
    COUNT_FOLLOWED,      /* of all requests, those served on the processor of who asked */
    COUNT_ANSWER_LATE,   /* of their answers, those that the receiver wrote as the replier was late */
    COUNT_KINDS,
};

struct statistics {
    _Atomic uint64_t counts[COUNT_KINDS];
};

static inline void statistics_add(struct statistics *s, enum counted what, uint64_t n)
{
    atomic_fetch_add_explicit(&s->counts[what], n, memory_order_relaxed);
}

/* One line "lookup=1 read=2 ..." of what is not zero. */
#define STATISTICS_TEXT_MAX 1024
const char *statistics_text(struct statistics *s, char buf[STATISTICS_TEXT_MAX]);

#endif
