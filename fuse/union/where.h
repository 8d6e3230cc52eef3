/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Location of a file in the upper: a name in an open directory, or a descriptor of the file itself once it
 * has no name; with all operations on either, none of which follows a symbolic link. Functions return 0 (or a
 * length) or a negative errno.
 */
#ifndef MICA_UNION_WHERE_H
#define MICA_UNION_WHERE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct where {
    int fd; /* a directory, which may be O_PATH; or the file itself */
    /* One component; "." the directory itself; "" the file of `fd`; NULL the same, open for reading or
     * writing, so that no path is walked. */
    const char *name;
};

int where_stat(struct where w, struct stat *ret);
/* Not for symbolic links: they have no mode of their own. */
int where_chmod(struct where w, mode_t mode);
int where_chown(struct where w, uid_t uid, gid_t gid);
int where_utimens(struct where w, const struct timespec times[2]);
ssize_t where_readlink(struct where w, char *buf, size_t size);
/* Add a name. A file without a name can get one only if it never had one (O_TMPFILE); else the file system
 * gives -ENOENT. */
int where_link(struct where w, int dirfd, const char *name);
/* The file's handle (name_to_handle_at(2)): constant for the life of the file, and unique in its file system.
 * Returns its length; -EOPNOTSUPP if there are none. */
struct where_handle {
    int type;
    unsigned char bytes[128];
};
ssize_t where_handle(struct where w, struct where_handle *ret);
/* Open a descriptor (O_PATH) of the file that has the name now: operations on it reach that file, whatever
 * gets the name later. -EXDEV for a mount point. */
int where_pin(struct where w, struct stat *ret_st);
/* Open a new descriptor of a regular file or a directory; with O_PATH no better than where_pin's. By name
 * no other type is opened: -ESTALE, -ELOOP for a symbolic link. */
int where_open(struct where w, int flags);
ssize_t where_getxattr(struct where w, const char *attr, void *value, size_t size);
ssize_t where_listxattr(struct where w, char *list, size_t size);
int where_setxattr(struct where w, const char *attr, const void *value, size_t size, int flags);
int where_removexattr(struct where w, const char *attr);

#endif
