/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes of a name in a directory, for every file type and without opening the file: symbolic
 * links, devices and fifos have them too. A symbolic link at `name` is never followed. */
#ifndef MICA_OS_XATTR_AT_H
#define MICA_OS_XATTR_AT_H

#include <stddef.h>
#include <sys/types.h>

/* As getxattr(2) and listxattr(2), but return a negative errno. `name` is one component, or "." for
 * `dirfd` itself, which may be O_PATH. -EOPNOTSUPP on a file system without extended attributes. */
ssize_t xattr_get_at(int dirfd, const char *name, const char *attr, void *value, size_t size);
ssize_t xattr_list_at(int dirfd, const char *name, char *list, size_t size);

/* The fallback through /proc/self/fd for Linux before 6.13; exported for its test. */
ssize_t xattr_get_by_proc(int dirfd, const char *name, const char *attr, void *value, size_t size);
ssize_t xattr_list_by_proc(int dirfd, const char *name, char *list, size_t size);

#endif
