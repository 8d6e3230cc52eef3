/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The union: what a mount shows, in terms of nodes, names and stat(2), without FUSE.
 *
 * A union is a branch over a tree. Node ids are the tree's nodes, so that the union keeps no state for what
 * is only looked at; what the branch has changed has state, and numbers of its own where it was born there.
 * Without a branch the union is the tree, read-only. `union` being a word of C, the prefix is un_.
 *
 * Every call is safe from any thread and returns 0 (or a count) or a negative errno; what would change a
 * union without a branch gives -EROFS.
 */
#ifndef MICA_UNION_UNION_H
#define MICA_UNION_UNION_H

#include <linux/fs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "os/err.h"
#include "tree/tree.h"

#define UN_ROOT     TREE_ROOT
#define UN_NAME_MAX 255

struct branch;
struct un;

/* Takes the tree, and the branch (NULL: read-only), over on success. */
int un_new(struct tree *tree, struct branch *branch, struct un **ret, struct err *err);
void un_free(struct un *u); /* NULL-safe */

/* For how many seconds an answer may be kept by the kernel. */
double un_timeout(const struct un *u);

/* An inode number that the union tells as programs see it (tree.h, shown_ino): st_ino below, and struct
 * un_entry's. */
uint64_t un_shown_ino(const struct un *u, uint64_t ino);

/* Nobody has asked for a while: gives back memory that is there for speed alone. */
void un_rest(struct un *u);

/* Finds `name` in `dir` and takes a reference on *ret_node. -ENAMETOOLONG, -ENOENT, -ENOTDIR. */
int un_lookup(struct un *u, uint64_t dir, const char *name, uint64_t *ret_node, struct stat *ret_st);
void un_forget(struct un *u, uint64_t node, uint64_t n);

/*
 * File handles: the number of a node and a generation, which clients may keep for ever, and with which they
 * come back after the kernel has forgotten the node, and to another mount.
 */
/* Are nodes found by handles? */
bool un_finds_handles(const struct un *u);
uint32_t un_generation(const struct un *u, uint64_t node);
/* Finds a node by its number, which may be any, and takes a reference on it. -ESTALE where nothing of that
 * number is shown. */
int un_find(struct un *u, uint64_t node, struct stat *ret_st);
/* The directory in which directory `node` is, with a reference; the root's is the root. */
int un_find_parent(struct un *u, uint64_t node, uint64_t *ret_node, struct stat *ret_st);

int un_getattr(struct un *u, uint64_t node, struct stat *ret);
ssize_t un_readlink(struct un *u, uint64_t node, char *buf, size_t size);
int un_statfs(struct un *u, struct statvfs *ret);

/*
 * Listing. A cookie is a place in a directory: 0 is the start, and each entry carries the cookie of the next.
 * The first two entries are "." and "..". 1 with an entry, 0 at the end.
 *
 * A list is somebody's listing of one directory: it keeps what the tree had when it began, so that cookies of
 * it stay right where live layers change. Used by one thread at a time.
 */
struct un_list;
int un_list_open(struct un_list **ret);
void un_list_close(struct un *u, struct un_list *list); /* NULL-safe */
/* Begins, or begins anew, if `cookie` is the start or nothing has been asked for yet. */
int un_list_begin(struct un *u, uint64_t dir, struct un_list *list, uint64_t cookie);

struct un_entry {
    const char *name; /* NUL-terminated; lives in `scratch` or longer */
    uint64_t next;    /* cookie */
    uint64_t ino;     /* 0: not known without a lookup */
    uint32_t mode;    /* type bits only, 0 when unknown */
    bool is_dot;      /* "." or "..": not to be looked up */
};
/* `list`: one that has begun, or NULL where the tree does not change meanwhile. */
int un_entry_in(struct un *u, uint64_t dir, const struct un_list *list, uint64_t cookie, struct un_entry *ret,
                char scratch[256]);
static inline int un_entry(struct un *u, uint64_t dir, uint64_t cookie, struct un_entry *ret,
                           char scratch[256])
{
    return un_entry_in(u, dir, NULL, cookie, ret, scratch);
}

/*
 * Extended attributes, as getxattr(2) and listxattr(2) with xattr_policy.h applied. `privileged`: the caller
 * may see trusted.*.
 */
ssize_t un_getxattr(struct un *u, uint64_t node, const char *name, void *value, size_t size, bool privileged);
/* Leaves out of the value of an access list, with ids as they are shown, what cannot be said to the kernel in
 * this user namespace. Returns the new size. */
size_t un_known_acl(const struct un *u, void *value, size_t size);
ssize_t un_listxattr(struct un *u, uint64_t node, char *list, size_t size, bool privileged);

/* The content of a regular file, given back with un_content_put. */
int un_content(struct un *u, uint64_t node, struct tree_content *ret);
/* The same without asking how large a file of the branch is: then the size is UN_SIZE_UNASKED, for
 * un_content_ask to put right. */
int un_content_to_read(struct un *u, uint64_t node, struct tree_content *ret);
int un_content_ask(struct tree_content *c);
#define UN_SIZE_UNASKED UINT64_MAX
void un_content_put(struct un *u, struct tree_content *c);
/* The same where what is read from and written to the descriptor's file by somebody else is right as well,
 * now and for as long as the node is known: it is the whole of that file, and never another one's. With a
 * branch only what is in it; -EOPNOTSUPP for others. */
int un_content_backing(struct un *u, uint64_t node, struct tree_content *ret);

/*
 * May the daemon do it? Files of live layers may be others' files, so that an ordinary user, and root of a
 * user namespace, can meet some that are closed; -EACCES.
 */
/* Read the content of a regular file, which is needed for a change of it, too. */
int un_may_open(struct un *u, uint64_t node);
int un_may_list(struct un *u, uint64_t dir);
/* A file: is it closed to reading; a directory: to entering? */
bool un_is_closed(struct un *u, uint64_t node, bool dir);
/* As access(2), for who may do everything in the mount: `mask` of R_OK, W_OK, X_OK. */
int un_may_access(struct un *u, uint64_t node, int mask);

/* Flags of a file or directory (chattr(1)), in both forms in which they can be asked for. A file of an image
 * has none; -ENOTTY for other types, and where the file system has no flags. */
struct un_flags {
    unsigned flags;   /* FS_IOC_GETFLAGS */
    struct fsxattr x; /* FS_IOC_FSGETXATTR */
};
int un_get_flags(struct un *u, uint64_t node, struct un_flags *ret);
/* Of one form, that of FS_IOC_FSSETXATTR if `extended`. */
int un_set_flags(struct un *u, uint64_t node, const struct un_flags *flags, bool extended);
/* Do they differ in what makes a file immutable or append-only? Pure. */
bool un_flags_protect_otherwise(const struct un_flags *a, const struct un_flags *b, bool extended);

/*
 * Changing. Names are checked (-EINVAL for "", ".", ".." and what has a slash; -ENAMETOOLONG). Calls that
 * give a node take a reference on it, as un_lookup.
 */

/* For whom: owns what is made, as the file system under the branch sees it. */
struct un_caller {
    uid_t uid;
    gid_t gid;
    mode_t umask; /* applied where the directory has no default access list */
};

/* Makes a regular file, fifo, socket or device by mode; mknod(2). -EEXIST. */
int un_mknod(struct un *u, uint64_t dir, const char *name, mode_t mode, dev_t rdev, const struct un_caller *c,
             uint64_t *ret_node, struct stat *ret_st);
int un_mkdir(struct un *u, uint64_t dir, const char *name, mode_t mode, const struct un_caller *c,
             uint64_t *ret_node, struct stat *ret_st);
int un_symlink(struct un *u, uint64_t dir, const char *name, const char *target, const struct un_caller *c,
               uint64_t *ret_node, struct stat *ret_st);
/* A regular file without a name (O_TMPFILE); un_link can give it one. */
int un_tmpfile(struct un *u, uint64_t dir, mode_t mode, const struct un_caller *c, uint64_t *ret_node,
               struct stat *ret_st);
int un_link(struct un *u, uint64_t node, uint64_t dir, const char *name, struct stat *ret_st);
int un_unlink(struct un *u, uint64_t dir, const char *name);
int un_rmdir(struct un *u, uint64_t dir, const char *name);
/* `flags` as renameat2(2)'s; -EXDEV where a directory of the tree would have to move and the branch does not
 * redirect. */
int un_rename(struct un *u, uint64_t dir, const char *name, uint64_t to_dir, const char *to_name,
              unsigned flags);

/* What setattr changes; the times as utimensat(2)'s, so UTIME_NOW and UTIME_OMIT are values. */
enum {
    UN_MODE = 1 << 0,
    UN_UID = 1 << 1,
    UN_GID = 1 << 2,
    UN_SIZE = 1 << 3,
    UN_TIMES = 1 << 4,
    UN_KILL_SGID = 1 << 6, /* with that or an owner: set-group-ID goes where it is not executable, too */
    UN_KILL_PRIV = 1 << 5, /* drop set-user-ID, set-group-ID (where executable) and security.capability, as a
                              write or a change of owner by somebody without CAP_FSETID does */
};
struct un_change {
    unsigned what;
    mode_t mode; /* permission bits */
    uid_t uid;
    gid_t gid;
    uint64_t size;
    struct timespec times[2]; /* atime, mtime */
};
int un_setattr(struct un *u, uint64_t node, const struct un_change *change, struct stat *ret_st);

/* `flags` as setxattr(2)'s. -EOPNOTSUPP for names that belong to the union itself. */
int un_setxattr(struct un *u, uint64_t node, const char *name, const void *value, size_t size, int flags,
                bool privileged);
int un_removexattr(struct un *u, uint64_t node, const char *name, bool privileged);

/* The content of a regular file in the branch, open for reading and writing (offset 0; the size is not told):
 * copied up first where it is the tree's. Given back with un_content_put. */
int un_content_write(struct un *u, uint64_t node, bool appends, struct tree_content *ret);

/* Would changing this node's content (or, with `metadata`, anything of it) wait: for a copy of many bytes, or
 * for another thread that copies it up? A hint, for choosing the thread that does it. */
bool un_would_wait(struct un *u, uint64_t node, bool metadata);

/* Makes durable: a file or directory, or (`node` 0) the whole branch. 0 at once where nothing is in the
 * branch, or the branch is volatile. */
int un_sync(struct un *u, uint64_t node, bool data_only);
/* Does it ever do anything? */
bool un_syncs(const struct un *u);

/* Is there a branch? */
bool un_is_writable(const struct un *u);

#endif
