/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/readahead.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "os/cleanup.h"
#include "os/fd.h"

/* Several requests' worth: while one is answered the next have arrived. */
#define READ_AHEAD_KB "512"

void readahead_raise(const char *mountpoint)
{
    struct statx stx;
    char path[64];
    cleanup_fd int fd = -1;

    /* Do not send a request to the mount itself: its reply would have to come from this thread. */
    if (statx(AT_FDCWD, mountpoint, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &stx) < 0)
        return;
    snprintf(path, sizeof path, "/sys/class/bdi/%u:%u/read_ahead_kb", stx.stx_dev_major, stx.stx_dev_minor);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)fd_write(fd, READ_AHEAD_KB, strlen(READ_AHEAD_KB));
}
