/* SPDX-License-Identifier: Apache-2.0 */
/* Opening files of a root directory as somebody within it would: links, absolute ones as well, and ".." are
 * followed, and never lead out of it. */
#ifndef MICA_BUNDLE_ROOTED_H
#define MICA_BUNDLE_ROOTED_H

#include <stddef.h>

/* Opens `path` as it is beneath the directory `rootfd`. O_CLOEXEC is added. A descriptor or a negative errno.
 */
int rooted_open(int rootfd, const char *path, int flags);

/* Follows `path` beneath `rootfd`: an absolute path without links, "." and "..", in fresh memory. Names that
 * are not there are kept, as whoever makes them would meet them. -ELOOP, -ENAMETOOLONG. */
int rooted_resolve(int rootfd, const char *path, char **ret);

/* The same of a path in which nothing is a link. Pure; NULL without memory. */
char *rooted_plain(const char *path);

/* Reads a regular file of at most `limit` bytes into fresh memory, NUL behind it. -EINVAL for a file of
 * another type (nothing is waited for, and no device is opened), and for one with a NUL in it; -EFBIG. */
int rooted_read(int rootfd, const char *path, size_t limit, char **ret);

#endif
