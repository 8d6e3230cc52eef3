/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes of a name in a directory, whatever its type and without opening it: symbolic links,
 * devices and fifos have them too. A symbolic link at `name` is never followed. */
#ifndef MICA_OS_XATTR_AT_H
#define MICA_OS_XATTR_AT_H

#include <stddef.h>
#include <sys/types.h>

/* As getxattr(2) and listxattr(2), but with a negative errno. `name` is one component, or "." for `dirfd`
 * itself, which may be an O_PATH descriptor. A file system without extended attributes gives -EOPNOTSUPP. */
ssize_t xattr_get_at(int dirfd, const char *name, const char *attr, void *value, size_t size);
ssize_t xattr_list_at(int dirfd, const char *name, char *list, size_t size);

/* The same through /proc/self/fd, which is what they fall back to before Linux 6.13; for their test. */
ssize_t xattr_get_by_proc(int dirfd, const char *name, const char *attr, void *value, size_t size);
ssize_t xattr_list_by_proc(int dirfd, const char *name, char *list, size_t size);

#endif
