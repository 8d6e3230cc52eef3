/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/statistics.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const names[COUNT_KINDS] = {
    [COUNT_LOOKUP] = "lookup",
    [COUNT_FORGET] = "forget",
    [COUNT_GETATTR] = "getattr",
    [COUNT_READLINK] = "readlink",
    [COUNT_ACCESS] = "access",
    [COUNT_OPEN] = "open",
    [COUNT_READ] = "read",
    [COUNT_READ_WAITED] = "read-waited",
    [COUNT_LSEEK] = "lseek",
    [COUNT_OPENDIR] = "opendir",
    [COUNT_READDIR] = "readdir",
    [COUNT_READDIRPLUS] = "readdirplus",
    [COUNT_ENTRIES] = "entries",
    [COUNT_STATFS] = "statfs",
    [COUNT_GETXATTR] = "getxattr",
    [COUNT_LISTXATTR] = "listxattr",
    [COUNT_IOCTL] = "ioctl",
    [COUNT_SETATTR] = "setattr",
    [COUNT_MKNOD] = "mknod",
    [COUNT_MKDIR] = "mkdir",
    [COUNT_SYMLINK] = "symlink",
    [COUNT_LINK] = "link",
    [COUNT_CREATE] = "create",
    [COUNT_TMPFILE] = "tmpfile",
    [COUNT_UNLINK] = "unlink",
    [COUNT_RMDIR] = "rmdir",
    [COUNT_RENAME] = "rename",
    [COUNT_WRITE] = "write",
    [COUNT_KILL_PRIV] = "kill-priv",
    [COUNT_FALLOCATE] = "fallocate",
    [COUNT_COPY_FILE_RANGE] = "copy-file-range",
    [COUNT_SETXATTR] = "setxattr",
    [COUNT_REMOVEXATTR] = "removexattr",
    [COUNT_FSYNC] = "fsync",
    [COUNT_FSYNCDIR] = "fsyncdir",
    [COUNT_CHANGE_WAITED] = "change-waited",
    [COUNT_FOLLOWED] = "followed",
    [COUNT_ANSWER_LATE] = "answer-late",
};

const char *statistics_text(struct statistics *s, char buf[STATISTICS_TEXT_MAX])
{
    size_t len = 0;

    buf[0] = '\0';
    for (int i = 0; i < COUNT_KINDS; i++) {
        uint64_t n = atomic_load_explicit(&s->counts[i], memory_order_relaxed);
        int written;

        if (n == 0)
            continue;
        written =
            snprintf(buf + len, STATISTICS_TEXT_MAX - len, "%s%s=%" PRIu64, len ? " " : "", names[i], n);
        if (written < 0 || (size_t)written >= STATISTICS_TEXT_MAX - len)
            break;
        len += (size_t)written;
    }
    return buf;
}
