/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growable run of bytes for what may be large, is written once and seldom looked at: beyond a megabyte it
 * moves to an unnamed file and is mapped from there, so that memory does not follow its size. Pages that were
 * written are given back as it grows, and those that are looked at through the functions below once they are
 * many; they stay in the kernel's cache, and looking at them again costs a minor fault. Room is reserved on
 * the disk before it is written to, so that a full disk is -ENOSPC and no SIGBUS.
 */
#ifndef MICA_OS_FILE_BUF_H
#define MICA_OS_FILE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_BUF_BLOCK  65536u /* what the kernel maps at once around a byte that is read */
#define FILE_BUF_RECENT 64u    /* so many blocks may be resident */

struct file_buf {
    char *data; /* `len` bytes; moves when the run grows */
    size_t len, cap;
    size_t given_back; /* the length when pages were last given back */
    int dirfd;         /* where the file is made; borrowed for the run's life, -1: always in memory */
    int fd;            /* -1: still in memory */
    /* Blocks that were looked at lately: block n is in place n % FILE_BUF_RECENT, unless another took it. */
    struct file_buf_recent {
        uint32_t block; /* n + 1 */
        uint32_t looks;
    } recent[FILE_BUF_RECENT];
    uint32_t resident; /* blocks that became resident since pages were last given back; some perhaps twice */
};

#define FILE_BUF_INIT(dir)                                                                                   \
    {                                                                                                        \
        .dirfd = (dir), .fd = -1                                                                             \
    }

int file_buf_append(struct file_buf *b, const void *data, size_t len);
/* Gives back all pages of a run that is in a file: for whoever has looked at much of it. */
void file_buf_give_back(struct file_buf *b);
void file_buf_free(struct file_buf *b);

/* The bytes at `at`, for whoever looks at few places or changes what is there. The pointer is good until
 * something is appended; NULL while the run is empty. */
void *file_buf_at(struct file_buf *b, size_t at);
/* Copies `len` bytes. Those of places that are seldom looked at are read from the file: a page that is mapped
 * for one look costs many times as much. */
void file_buf_copy(struct file_buf *b, size_t at, void *to, size_t len);
/* Are the `len` bytes at `at` these? */
bool file_buf_equals(struct file_buf *b, size_t at, const void *data, size_t len);

#endif
