/* SPDX-License-Identifier: Apache-2.0 */
/* Disk usage, as du(1) counts it. */
#ifndef MICA_OS_DISK_USAGE_H
#define MICA_OS_DISK_USAGE_H

#include <stdint.h>

/* Bytes on disk of a file, or of a directory with all below it on the same file system. A file with several
 * links counts once; no symbolic link is followed. Unreadable or concurrently changing parts count as far as
 * they were read; a path that is not there counts 0. 0 or a negative errno. */
int disk_usage(const char *path, uint64_t *ret);
/* Bytes on disk that removing it frees: a file with links elsewhere counts 0. */
int disk_usage_freed(const char *path, uint64_t *ret);

#endif
