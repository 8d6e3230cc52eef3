/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a file of the upper is: a name in an open directory, or a descriptor of the file itself once it has
 * no name. Everything that can be done to either, without following a symbolic link. Functions return 0 (or a
 * length) or a negative errno.
 */
#ifndef MICA_UNION_WHERE_H
#define MICA_UNION_WHERE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct where {
    int fd; /* a directory, which may be O_PATH; or the file itself */
    /* One component; "." the directory itself; "" the file that `fd` is; NULL the same, where it is open for
     * reading or writing: then no path has to be walked. */
    const char *name;
};

int where_stat(struct where w, struct stat *ret);
/* Not for symbolic links: they have no mode of their own. */
int where_chmod(struct where w, mode_t mode);
int where_chown(struct where w, uid_t uid, gid_t gid);
int where_utimens(struct where w, const struct timespec times[2]);
ssize_t where_readlink(struct where w, char *buf, size_t size);
/* Gives it one more name. A file without a name can get one if it never had one (O_TMPFILE); else the file
 * system says -ENOENT. */
int where_link(struct where w, int dirfd, const char *name);
/* The file's handle, as name_to_handle_at(2) tells it: the same for as long as the file is there, and never
 * that of another file of its file system. Returns its length; -EOPNOTSUPP where there are none. */
struct where_handle {
    int type;
    unsigned char bytes[128];
};
ssize_t where_handle(struct where w, struct where_handle *ret);
/* A descriptor (O_PATH) of what has the name now: what is done by it is done to that, whatever gets the name
 * meanwhile. Not of what is mounted there: -EXDEV. */
int where_pin(struct where w, struct stat *ret_st);
/* A new descriptor of a regular file or a directory; with O_PATH one that is good for no less. By its name
 * nothing else is opened: -ESTALE, -ELOOP for a symbolic link. */
int where_open(struct where w, int flags);
ssize_t where_getxattr(struct where w, const char *attr, void *value, size_t size);
ssize_t where_listxattr(struct where w, char *list, size_t size);
int where_setxattr(struct where w, const char *attr, const void *value, size_t size, int flags);
int where_removexattr(struct where w, const char *attr);

#endif
