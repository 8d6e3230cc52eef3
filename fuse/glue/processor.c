/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/processor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/cleanup.h"

/* Fields of /proc/PID/stat, counted from the one after the name, which is in parentheses and may contain any
 * character. */
#define FIELD_AFTER_NAME 3
#define FIELD_PROCESSOR  39

int processor_parse(const char *stat)
{
    const char *p = strrchr(stat, ')');
    char *end;
    long cpu;

    if (!p || *++p != ' ')
        return -1;
    for (int field = FIELD_AFTER_NAME; field < FIELD_PROCESSOR; field++) {
        p = strchr(p + 1, ' ');
        if (!p)
            return -1;
    }
    cpu = strtol(p + 1, &end, 10);
    return end == p + 1 || cpu < 0 || cpu > INT32_MAX ? -1 : (int)cpu;
}

/* Read the beginning of a file as text; false if it is empty or unreadable. */
static bool read_text(int fd, char *buf, size_t size)
{
    ssize_t n = pread(fd, buf, size - 1, 0);

    buf[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static bool read_stat(pid_t pid, char *buf, size_t size)
{
    char path[32];
    cleanup_fd int fd = -1;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read_text(fd, buf, size);
}

int processor_of(pid_t pid)
{
    char text[1024];

    return read_stat(pid, text, sizeof text) ? processor_parse(text) : -1;
}

bool processor_is_taken(pid_t pid)
{
    char text[1024], *after;

    if (pid <= 0 || !read_stat(pid, text, sizeof text))
        return false;
    after = strrchr(text, ')');
    return after && strncmp(after, ") R", 3) == 0;
}

int processor_open_waited(void)
{
    int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

uint64_t processor_waited_ns(int fd)
{
    char text[64], *at;

    if (!read_text(fd, text, sizeof text))
        return 0;
    at = strchr(text, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}
