/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing of whole extents. mica opens every descriptor O_CLOEXEC. */
#ifndef MICA_OS_FD_H
#define MICA_OS_FD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads up to `len` bytes, retrying on EINTR and short reads. Returns the bytes read (less than `len` only at
 * the end of the file) or a negative errno. */
ssize_t fd_read(int fd, void *buf, size_t len);
ssize_t fd_pread(int fd, void *buf, size_t len, uint64_t offset);

/* Writes all `len` bytes. Returns 0 or a negative errno (-ENOSPC if the system call wrote nothing). */
int fd_write(int fd, const void *buf, size_t len);
int fd_pwrite(int fd, const void *buf, size_t len, uint64_t offset);

/* Reads a whole file of at most `limit` bytes into allocated memory, NUL-terminated; the caller frees
 * *ret. -EFBIG if the file is longer. */
int fd_slurp(int fd, size_t limit, char **ret, size_t *ret_len);
/* The same of the file `path`, as openat(2) finds it; `ret_len` may be NULL. */
int fd_slurp_at(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_len);

/* Opens an unnamed file (O_TMPFILE) on the file system of directory `dirfd` for reading and writing; it
 * vanishes with its descriptor. Without O_TMPFILE the file has a random name for an instant. Returns the
 * descriptor or a negative errno. */
int fd_unnamed(int dirfd);

/* Writes the file `name` in `dirfd` atomically: temporary file beside it, fsync, rename, fsync of the
 * directory. */
int fd_replace_file(int dirfd, const char *name, const void *data, size_t len, mode_t mode);

#endif
