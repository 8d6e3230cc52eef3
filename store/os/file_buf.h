/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growable run of bytes for what may be large, is written once and seldom looked at: beyond a megabyte it
 * moves to an unnamed file and is mapped from there, so that memory does not follow its size. Pages that were
 * written are given back as it grows; they stay in the kernel's cache, and looking at them costs a minor
 * fault. Room is reserved on the disk before it is written to, so that a full disk is -ENOSPC and no SIGBUS.
 */
#ifndef MICA_OS_FILE_BUF_H
#define MICA_OS_FILE_BUF_H

#include <stddef.h>

struct file_buf {
    char *data; /* `len` bytes; moves when the run grows */
    size_t len, cap;
    size_t given_back; /* the length when pages were last given back */
    int dirfd;         /* where the file is made; borrowed for the run's life, -1: always in memory */
    int fd;            /* -1: still in memory */
};

#define FILE_BUF_INIT(dirfd)                                                                                 \
    {                                                                                                        \
        NULL, 0, 0, 0, dirfd, -1                                                                             \
    }

int file_buf_append(struct file_buf *b, const void *data, size_t len);
/* Gives back all pages of a run that is in a file: for whoever has looked at much of it. */
void file_buf_give_back(struct file_buf *b);
void file_buf_free(struct file_buf *b);

#endif
