/* SPDX-License-Identifier: Apache-2.0 */
#include "act/copy_meta.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "command/verb.h"
#include "os/acl.h"
#include "os/cleanup.h"
#include "os/entry.h"

void copy_lost_add(struct copy_lost *l, int error, const char *path)
{
    if (l->n++ == 0) {
        l->error = error;
        l->first = strdup(path);
    }
}

/* Clears the set-id bits in *mode that would act for another owner than the original's. */
static int set_owner(const struct tree_attr *attr, int dirfd, const char *name, mode_t *mode, int *ret_lost)
{
    struct stat st;

    *ret_lost = 0;
    if (fchownat(dirfd, name, attr->uid, attr->gid, AT_SYMLINK_NOFOLLOW) < 0) {
        *ret_lost = -errno;
        if (fchownat(dirfd, name, (uid_t)-1, attr->gid, AT_SYMLINK_NOFOLLOW) < 0 && errno == EIO)
            return -EIO;
    }
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (st.st_uid == attr->uid && st.st_gid == attr->gid)
        *ret_lost = 0;
    if (st.st_uid != attr->uid)
        *mode &= ~(mode_t)S_ISUID;
    if (st.st_gid != attr->gid)
        *mode &= ~(mode_t)S_ISGID;
    return 0;
}

/* Lists all xattr names of a node, each NUL-terminated; fresh memory. */
static int list_names(struct tree *t, uint64_t node, char **ret, size_t *ret_len)
{
    ssize_t len = tree_listxattr(t, node, NULL, 0);

    if (len < 0)
        return (int)len;
    char *names = malloc((size_t)len + 1);
    if (!names)
        return -ENOMEM;
    len = tree_listxattr(t, node, names, (size_t)len);
    if (len < 0) {
        free(names);
        return (int)len;
    }
    names[len] = '\0';
    *ret = names;
    *ret_len = (size_t)len;
    return 0;
}

/* -ENOMEM and errors of the tree end the copy; *ret_lost is the file system's error. */
static int set_value(struct tree *t, uint64_t node, const char *attribute, const char *file, int *ret_lost)
{
    ssize_t size = tree_getxattr(t, node, attribute, NULL, 0);

    if (size < 0)
        return (int)size;
    cleanup_free char *value = malloc((size_t)size + 1);
    if (!value)
        return -ENOMEM;
    size = tree_getxattr(t, node, attribute, value, (size_t)size);
    if (size < 0)
        return (int)size;
    if (lsetxattr(file, attribute, value, (size_t)size, 0) < 0 && *ret_lost == 0)
        *ret_lost = -errno;
    return 0;
}

static bool has_name(const char *names, size_t len, const char *name)
{
    for (const char *at = names; at < names + len; at += strlen(at) + 1)
        if (strcmp(at, name) == 0)
            return true;
    return false;
}

static int set_xattrs(struct tree *t, uint64_t node, const struct tree_attr *attr, int dirfd,
                      const char *name, int *ret_lost)
{
    char file[64 + NAME_MAX];
    cleanup_free char *names = NULL;
    size_t len = 0;
    int r = list_names(t, node, &names, &len);

    *ret_lost = 0;
    /* No call sets xattrs of symbolic links and devices by descriptor. */
    snprintf(file, sizeof file, "/proc/self/fd/%d/%s", dirfd, name);
    if (r == 0 && !S_ISLNK(attr->mode) && !has_name(names, len, ACL_ACCESS))
        lremovexattr(file, ACL_ACCESS);
    if (r == 0 && S_ISDIR(attr->mode) && !has_name(names, len, ACL_DEFAULT))
        lremovexattr(file, ACL_DEFAULT);
    for (const char *at = names; r == 0 && at < names + len; at += strlen(at) + 1)
        r = set_value(t, node, at, file, ret_lost);
    return r;
}

int copy_meta_set(struct copy_meta *m, struct tree *t, uint64_t node, const struct tree_attr *attr, int dirfd,
                  const char *name, const char *path)
{
    const struct timespec times[2] = {attr->atime, attr->mtime};
    mode_t mode = attr->mode & 07777;
    int lost;
    int r = set_owner(attr, dirfd, name, &mode, &lost);

    if (lost)
        copy_lost_add(&m->owners, lost, path);
    if (r == 0) {
        r = set_xattrs(t, node, attr, dirfd, name, &lost);
        if (lost)
            copy_lost_add(&m->xattrs, lost, path);
    }
    if (r == 0 && utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
        r = -errno;
    /* The mode comes last: without search permission, the directory's times could no longer be set. */
    if (r < 0 || S_ISLNK(attr->mode))
        return r;
    if (strcmp(name, ".") != 0)
        return entry_chmod(dirfd, name, mode);
    return fchmod(dirfd, mode) < 0 ? -errno : 0;
}

static void tell(const struct copy_lost *l, const char *what)
{
    if (l->n)
        cli_notef("%s of %llu files could not be set: %s (%s%s)", what, (unsigned long long)l->n,
                  strerror(-l->error), l->n > 1 ? "first of all " : "", l->first ? l->first : "");
}

void copy_meta_tell(const struct copy_meta *m)
{
    tell(&m->owners, "owner or group");
    tell(&m->xattrs, "extended attributes");
}

void copy_meta_free(struct copy_meta *m)
{
    free(m->owners.first);
    free(m->xattrs.first);
    *m = (struct copy_meta){0};
}
