/* SPDX-License-Identifier: Apache-2.0 */
/* Open files within a root directory as a process inside it would: links, also absolute ones, and ".." are
 * followed, and never lead out of the root. */
#ifndef MICA_BUNDLE_ROOTED_H
#define MICA_BUNDLE_ROOTED_H

#include <stddef.h>

/* Open `path` beneath the directory `rootfd`. Adds O_CLOEXEC. Returns a descriptor or a negative errno. */
int rooted_open(int rootfd, const char *path, int flags);

/* Resolve `path` beneath `rootfd`: an absolute path without links, "." and "..", in fresh memory. Missing
 * components are kept. -ELOOP, -ENAMETOOLONG. */
int rooted_resolve(int rootfd, const char *path, char **ret);

/* Normalize a path without looking for links. Pure; NULL without memory. */
char *rooted_plain(const char *path);

/* Read a regular file of at most `limit` bytes into fresh memory, NUL-terminated. -EINVAL for another file
 * type (never blocks, never opens a device) and for a file with a NUL; -EFBIG. */
int rooted_read(int rootfd, const char *path, size_t limit, char **ret);

#endif
