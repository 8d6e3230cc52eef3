/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/stderr_capture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/fd.h"

void stderr_capture_begin(struct stderr_capture *c)
{
    fflush(stderr);
    c->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    c->file = c->saved < 0 ? -1 : memfd_create("stderr", MFD_CLOEXEC);
    if (c->file >= 0)
        dup2(c->file, STDERR_FILENO);
}

/* Join the lines in `n` bytes with "; ", without a separator at the end. */
static void join_lines(char *to, size_t size, const char *lines, size_t n)
{
    size_t len = 0;

    while (n > 0 && lines[n - 1] == '\n')
        n--;
    for (size_t i = 0; i < n && len + 2 < size; i++) {
        if (lines[i] == '\n') {
            to[len++] = ';';
            to[len++] = ' ';
        } else {
            to[len++] = lines[i];
        }
    }
    to[len] = '\0';
}

void stderr_capture_end(struct stderr_capture *c, char *text, size_t size)
{
    char lines[1024];
    ssize_t n = 0;

    fflush(stderr);
    if (c->file >= 0) {
        n = fd_pread(c->file, lines, sizeof lines, 0);
        dup2(c->saved, STDERR_FILENO);
        close(c->file);
    }
    if (c->saved >= 0)
        close(c->saved);
    join_lines(text, size, lines, n > 0 ? (size_t)n : 0);
}
