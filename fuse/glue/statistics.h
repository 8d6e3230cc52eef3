/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of requests by kind: round trips dominate the time of a FUSE mount. */
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
    COUNT_READ_WAITED, /* reads whose content was not cached */
    COUNT_LSEEK,
    COUNT_OPENDIR,
    COUNT_READDIR,
    COUNT_READDIRPLUS,
    COUNT_ENTRIES, /* in replies to the two above */
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
    COUNT_KILL_PRIV, /* writes that dropped privileges */
    COUNT_FALLOCATE,
    COUNT_COPY_FILE_RANGE,
    COUNT_SETXATTR,
    COUNT_REMOVEXATTR,
    COUNT_FSYNC,
    COUNT_FSYNCDIR,
    COUNT_CHANGE_WAITED, /* changes handed to another thread */
    COUNT_FOLLOWED,      /* requests served on the caller's processor */
    COUNT_ANSWER_LATE,   /* replies to these that the receiver wrote as the replier was late */
    COUNT_KINDS,
};

struct statistics {
    _Atomic uint64_t counts[COUNT_KINDS];
};

static inline void statistics_add(struct statistics *s, enum counted what, uint64_t n)
{
    atomic_fetch_add_explicit(&s->counts[what], n, memory_order_relaxed);
}

/* One line "lookup=1 read=2 ..." of the counters above zero. */
#define STATISTICS_TEXT_MAX 1024
const char *statistics_text(struct statistics *s, char buf[STATISTICS_TEXT_MAX]);

#endif
