/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The union: nodes, names and stat(2) of a mount, without FUSE.
 *
 * A union is a branch over a tree. Node ids are the tree's, so that the union keeps no state for files that
 * are only read; files of the branch have state, and numbers of their own if they were born there. Without a
 * branch the union is the tree, read-only. `union` being a word of C, the prefix is un_.
 *
 * Every call is safe from any thread and returns 0 (or a count) or a negative errno; changes of a union
 * without a branch give -EROFS.
 *
 * Opening, lookup, attributes: union.c (with a branch: look.c, attributes.c). File handles: handles.c,
 * handles_find.c. Listing: list.c. Content and sync: content.c. Access: rights.c. Flags: flags.c. Changes:
 * make.c, link.c, remove.c, rename.c, change.c. un_forget: core.c.
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

/* Create a union. Takes the tree and the branch (NULL: read-only) over on success. */
int un_new(struct tree *tree, struct branch *branch, struct un **ret, struct err *err);
void un_free(struct un *u); /* NULL-safe */

/* Does the union change by its own calls alone? Then the kernel may cache answers for ever. */
bool un_is_coherent(const struct un *u);

/* Convert an inode number of the union, in st_ino below and struct un_entry, to the one that programs see
 * (tree.h, shown_ino). */
uint64_t un_shown_ino(const struct un *u, uint64_t ino);

/* Free caches while the mount is idle. */
void un_rest(struct un *u);

/* Look up `name` in `dir`; takes a reference on *ret_node. -ENAMETOOLONG, -ENOENT, -ENOTDIR. */
int un_lookup(struct un *u, uint64_t dir, const char *name, uint64_t *ret_node, struct stat *ret_st);
void un_forget(struct un *u, uint64_t node, uint64_t n);

/*
 * File handles: a node's number and a generation. Clients may keep them for ever, and use them after the
 * kernel has forgotten the node, and on another mount.
 */
/* Can nodes be found by handles? */
bool un_finds_handles(const struct un *u);
uint32_t un_generation(const struct un *u, uint64_t node);
/* Find a node by an untrusted number, and take a reference on it. -ESTALE if nothing of that number is
 * shown. */
int un_find(struct un *u, uint64_t node, struct stat *ret_st);
/* Find the parent of directory `node`, with a reference; the root is its own parent. */
int un_find_parent(struct un *u, uint64_t node, uint64_t *ret_node, struct stat *ret_st);

int un_getattr(struct un *u, uint64_t node, struct stat *ret);
ssize_t un_readlink(struct un *u, uint64_t node, char *buf, size_t size);
int un_statfs(struct un *u, struct statvfs *ret);

/*
 * Listing. A cookie is a place in a directory: 0 is the start, and each entry carries the cookie of the next.
 * The first two entries are "." and "..". 1 with an entry, 0 at the end.
 *
 * A list is one open listing of a directory: it keeps the tree's names of its beginning, so that its cookies
 * stay valid while live layers change. Used by one thread at a time.
 */
struct un_list;
int un_list_open(struct un *u, struct un_list **ret);
void un_list_close(struct un *u, struct un_list *list); /* NULL-safe */
/* May the kernel keep every listing for good, as only the mount itself can change what is listed? */
bool un_keeps_listings(const struct un *u);
/* If not: may the kernel cache this new listing of a union with a branch (tree.h, tree_share), and is its present
 * cache of the directory still valid? Such a listing is begun once. */
bool un_list_share(struct un *u, uint64_t dir, struct un_list *list, bool *ret_kept);
/* Begin, or begin again if `cookie` is the start, or at the first call. */
int un_list_begin(struct un *u, uint64_t dir, struct un_list *list, uint64_t cookie);

struct un_entry {
    const char *name; /* NUL-terminated; lives in `scratch` or longer */
    uint64_t next;    /* cookie */
    uint64_t ino;     /* 0: not known without a lookup */
    uint32_t mode;    /* type bits only, 0 when unknown */
    bool is_dot;      /* "." or "..": do not look up */
};
/* `list`: a listing that has begun, or NULL if the tree does not change. */
int un_entry_in(struct un *u, uint64_t dir, const struct un_list *list, uint64_t cookie, struct un_entry *ret,
                char scratch[256]);
/* As un_entry_in, and looks up the entry's file, as un_lookup. *ret_node is 0 if that fails, and for "." and
 * "..". */
int un_entry_found(struct un *u, uint64_t dir, const struct un_list *list, uint64_t cookie,
                   struct un_entry *ret, char scratch[256], uint64_t *ret_node, struct stat *ret_st);
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
/* Remove entries from an access list, with ids as shown, that this user namespace cannot express to the
 * kernel. Returns the new size. */
size_t un_known_acl(const struct un *u, void *value, size_t size);
ssize_t un_listxattr(struct un *u, uint64_t node, char *list, size_t size, bool privileged);

/* The content of a regular file, given back with un_content_put. */
int un_content(struct un *u, uint64_t node, struct tree_content *ret);
/* As un_content, without asking the size of a file of the machine: then the size is TREE_SIZE_UNASKED until
 * tree_content_ask. */
int un_content_to_read(struct un *u, uint64_t node, struct tree_content *ret);
void un_content_put(struct un *u, struct tree_content *c);
/* As un_content, for reads and writes by another party (the kernel): valid while the node is known, covers
 * the whole file, and never another node's. With a branch only files in it; -EOPNOTSUPP for others. */
int un_content_backing(struct un *u, uint64_t node, struct tree_content *ret);

/*
 * Access of the daemon. Files of live layers may belong to other users, so that they can be closed to an
 * ordinary user, and to root of a user namespace; -EACCES.
 */
/* May the daemon read the content of a regular file? A change needs that as well. */
int un_may_open(struct un *u, uint64_t node);
int un_may_list(struct un *u, uint64_t dir);
/* Is a file closed to reading, or a directory to search? */
bool un_is_closed(struct un *u, uint64_t node, bool dir);
/* Like access(2), for a user to whom the mount permits everything: `mask` of R_OK, W_OK, X_OK. */
int un_may_access(struct un *u, uint64_t node, int mask);

/* Flags of a file or directory (chattr(1)), in both forms of the ioctls. An image's file has none; -ENOTTY
 * for other types, and on file systems without flags. */
struct un_flags {
    unsigned flags;   /* FS_IOC_GETFLAGS */
    struct fsxattr x; /* FS_IOC_FSGETXATTR */
};
int un_get_flags(struct un *u, uint64_t node, struct un_flags *ret);
/* Set one form, that of FS_IOC_FSSETXATTR if `extended`. */
int un_set_flags(struct un *u, uint64_t node, const struct un_flags *flags, bool extended);
/* Do they differ in immutable or append-only? Pure. */
bool un_flags_protect_otherwise(const struct un_flags *a, const struct un_flags *b, bool extended);

/*
 * Changes. Names are checked (-EINVAL for "", ".", ".." and names with a slash; -ENAMETOOLONG). Calls that
 * return a node take a reference on it, as un_lookup.
 */

/* The caller, who owns new files, with ids of the file system under the branch. */
struct un_caller {
    uid_t uid;
    gid_t gid;
    mode_t umask; /* applied if the directory has no default access list */
};

/* Create a regular file, fifo, socket or device by mode; mknod(2). -EEXIST. */
int un_mknod(struct un *u, uint64_t dir, const char *name, mode_t mode, dev_t rdev, const struct un_caller *c,
             uint64_t *ret_node, struct stat *ret_st);
int un_mkdir(struct un *u, uint64_t dir, const char *name, mode_t mode, const struct un_caller *c,
             uint64_t *ret_node, struct stat *ret_st);
int un_symlink(struct un *u, uint64_t dir, const char *name, const char *target, const struct un_caller *c,
               uint64_t *ret_node, struct stat *ret_st);
/* Create a regular file without a name (O_TMPFILE); un_link can give it one. */
int un_tmpfile(struct un *u, uint64_t dir, mode_t mode, const struct un_caller *c, uint64_t *ret_node,
               struct stat *ret_st);
int un_link(struct un *u, uint64_t node, uint64_t dir, const char *name, struct stat *ret_st);
int un_unlink(struct un *u, uint64_t dir, const char *name);
int un_rmdir(struct un *u, uint64_t dir, const char *name);
/* `flags` as in renameat2(2); -EXDEV if a directory of the tree would move and the branch does not
 * redirect. */
int un_rename(struct un *u, uint64_t dir, const char *name, uint64_t to_dir, const char *to_name,
              unsigned flags);

/* Bits of a change by setattr; times as in utimensat(2), with UTIME_NOW and UTIME_OMIT. */
enum {
    UN_MODE = 1 << 0,
    UN_UID = 1 << 1,
    UN_GID = 1 << 2,
    UN_SIZE = 1 << 3,
    UN_TIMES = 1 << 4,
    UN_KILL_SGID = 1 << 6, /* with UN_KILL_PRIV or an owner: drop set-group-ID of non-executable files, too */
    UN_KILL_PRIV = 1 << 5, /* drop set-user-ID, set-group-ID (where executable) and security.capability, like
                            * a write or a change of owner without CAP_FSETID */
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

/* `flags` as in setxattr(2). -EOPNOTSUPP for names reserved for the union. */
int un_setxattr(struct un *u, uint64_t node, const char *name, const void *value, size_t size, int flags,
                bool privileged);
int un_removexattr(struct un *u, uint64_t node, const char *name, bool privileged);

/* Open the content of a regular file for reading and writing (offset 0; size not set): copied up first if it
 * is the tree's. Given back with un_content_put. */
int un_content_write(struct un *u, uint64_t node, bool appends, struct tree_content *ret);

/* Would a change of this node's content (or, with `metadata`, any change) wait for a large copy, or for
 * another thread's copy-up? A hint for choosing the thread. */
bool un_would_wait(struct un *u, uint64_t node, bool metadata);

/* Make durable a file or directory, or (`node` 0) the whole branch. 0 at once if it is not in the branch, or
 * the branch is volatile. */
int un_sync(struct un *u, uint64_t node, bool data_only);
/* Can un_sync do anything? */
bool un_syncs(const struct un *u);

/* Is there a branch? */
bool un_is_writable(const struct un *u);

#endif
