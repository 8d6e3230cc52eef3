/* SPDX-License-Identifier: Apache-2.0 */
/* A growable run of bytes for content that may be large, is written once and rarely read. Beyond a
 * megabyte it moves to an unnamed file and is mapped from there, so that memory use does not follow its
 * size. Written pages are released as the run grows, and pages accessed through the functions below once
 * they are many; they stay in the page cache, and another access costs a minor fault. Disk space is
 * allocated before it is written to, so that a full disk gives -ENOSPC instead of SIGBUS. */
#ifndef MICA_OS_FILE_BUF_H
#define MICA_OS_FILE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_BUF_BLOCK  65536u /* the kernel maps this much around a page fault (fault-around) */
#define FILE_BUF_RECENT 64u    /* limit of resident blocks */

struct file_buf {
    char *data; /* `len` bytes; moves when the run grows */
    size_t len, cap;
    size_t given_back; /* length at the last release of pages */
    int dirfd;         /* directory for the file; borrowed for the run's life, -1: always in memory */
    int fd;            /* -1: still in memory */
    /* Recently accessed blocks: block n uses slot n % FILE_BUF_RECENT; a later block replaces it. */
    struct file_buf_recent {
        uint32_t block; /* n + 1 */
        uint32_t looks;
    } recent[FILE_BUF_RECENT];
    uint32_t resident; /* blocks that became resident since the last release of pages; may count some twice */
};

#define FILE_BUF_INIT(dir)                                                                                   \
    {                                                                                                        \
        .dirfd = (dir), .fd = -1                                                                             \
    }

int file_buf_append(struct file_buf *b, const void *data, size_t len);
/* Releases all resident pages of a run in a file. For callers that have read much of it. */
void file_buf_give_back(struct file_buf *b);
void file_buf_free(struct file_buf *b);

/* Returns the bytes at offset `at`, for callers that access few places or modify them. The pointer is
 * valid until the next append; NULL while the run is empty. */
void *file_buf_at(struct file_buf *b, size_t at);
/* Copies `len` bytes. Rarely accessed places are read from the file: mapping a page for one access costs
 * many times as much. */
void file_buf_copy(struct file_buf *b, size_t at, void *to, size_t len);
/* Do the `len` bytes at offset `at` equal `data`? */
bool file_buf_equals(struct file_buf *b, size_t at, const void *data, size_t len);

#endif
