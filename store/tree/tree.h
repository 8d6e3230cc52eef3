/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree: the immutable merged view of a stack of layers.
 *
 * Inodes and names are separate, as in a disk file system: (directory node, name) -> node; node -> metadata
 * and location of content. Node 1 is the root, 0 is no node. There are two kinds: the image tree
 * (image_tree.h: a file built at import, mapped; a node is its inode number and uses no memory) and the stack
 * tree (stack_tree.h: live directories, each merged when first looked at).
 *
 * Every call is thread-safe. Functions return 0 (or a count) or a negative errno; -EUCLEAN means damage on
 * disk.
 */
#ifndef MICA_TREE_TREE_H
#define MICA_TREE_TREE_H

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <time.h>

#define TREE_ROOT 1

struct tree;

/* The fields of stat(2). `ino` is the same after a remount; st_ino shows tree_shown_ino of it. */
struct tree_attr {
    uint64_t ino;
    uint32_t mode; /* type and permission bits, as st_mode */
    uint32_t nlink;
    uint32_t uid, gid;
    uint32_t rdev_major, rdev_minor;
    uint64_t size;   /* bytes */
    uint64_t blocks; /* of 512 bytes */
    struct timespec atime, mtime, ctime;
};

/* One name of a directory. */
struct tree_entry {
    const char
        *name; /* `name_len` bytes, NUL-terminated as well; valid until the next call for the same position */
    size_t name_len; /* 1 .. 255 */
    uint64_t ino;    /* as tree_attr.ino; 0 if unknown without a lookup */
    uint8_t type;    /* DT_* */
    uint64_t record; /* private to the tree: its record of the name */
};

/* A snapshot of the names of a directory at the begin of a listing. Owned by the tree; NULL in a tree that
 * never changes. */
struct tree_list;

/* The content of a regular file: `size` bytes at `offset` of `fd`. Released by tree_content_put. */
struct tree_content {
    int fd; /* borrowed: the caller never closes it */
    uint64_t offset, size;
    void *ref; /* private to the tree */
    /* The reader sets this if the file system gave EOPNOTSUPP for RWF_NOWAIT, which then holds for all these
     * files. NULL: they may be on several file systems. */
    atomic_bool *no_nowait;
};

/* The size of a live file that was not read from the file system: content begins at offset 0 and ends where
 * reading ends. */
#define TREE_SIZE_UNASKED UINT64_MAX

/* The kernel's use of its cached listing. */
enum tree_share {
    TREE_SHARE_NONE, /* must not cache: others still read an older listing of the directory */
    TREE_SHARE_ANEW, /* may cache, after dropping an older listing */
    TREE_SHARE_KEPT, /* may use its cached listing: the directory is unchanged */
};

struct tree_ops {
    /* Finds `name` (name_len bytes) in `dir`; takes one reference on *ret_node. -ENOENT, -ENOTDIR. */
    int (*lookup)(struct tree *, uint64_t dir, const char *name, size_t name_len, uint64_t *ret_node,
                  struct tree_attr *ret_attr);
    /* Drops `n` references that lookups took. */
    void (*forget)(struct tree *, uint64_t node, uint64_t n);
    int (*getattr)(struct tree *, uint64_t node, struct tree_attr *ret);
    /* Gets the constants of a referenced node: its number as tree_attr.ino, and its type (S_IFMT). Does
     * not read a live layer, where the file may be gone. */
    int (*identity)(struct tree *, uint64_t node, uint64_t *ret_ino, uint32_t *ret_type);
    /* Gets the directory that holds directory `node`; the root's parent is the root. Takes no reference. */
    int (*parent)(struct tree *, uint64_t node, uint64_t *ret_parent, uint64_t *ret_ino);
    /* Gets a directory and a name in it (NUL-terminated) under which `node` is found; -EINVAL for the
     * root. Takes no reference on *ret_dir, which is valid while `node` is referenced. In a stack tree a
     * file has the name of its last lookup, and a lookup by another name releases the directory: if a call
     * on it then gives -ESTALE, call this again. */
    int (*name)(struct tree *, uint64_t node, uint64_t *ret_dir, char ret_name[256]);
    /* Takes `n` more references on a referenced node. */
    void (*ref)(struct tree *, uint64_t node, uint64_t n);
    /* Gets the inode number for a file (dev, ino) that is only in the upper directory of a branch on the
     * tree: never a number of the tree, and the same after a remount. */
    uint64_t (*outside_ino)(struct tree *, dev_t dev, ino_t ino);
    /* Gets the st_ino that programs see for any of these numbers. The numbers above are kept on disk and
     * have room to tell trees, devices and branches apart, but a 32-bit program can neither stat nor list
     * a file whose number exceeds 32 bits. Numbers for which there is room get one of 32 bits; others stay
     * or get one above. The mapping is one-to-one and constant. */
    uint64_t (*shown_ino)(struct tree *, uint64_t ino);
    /* Begins a listing of `dir` that shows the changes of a live layer since the previous one. Needs no
     * reference on the node; list_done releases it. NULL: the tree never changes. */
    int (*list)(struct tree *, uint64_t dir, struct tree_list **ret);
    void (*list_done)(struct tree *, struct tree_list *);
    bool (*list_has)(const struct tree_list *, const char *name);
    /* Listings of `dir` that the kernel caches (tree_share_open below). */
    enum tree_share (*share)(struct tree *, uint64_t dir);
    int (*shared)(struct tree *, uint64_t dir, struct tree_list **ret);
    void (*unshare)(struct tree *, uint64_t dir);
    /* Gets the name at `position` (0, 1, 2, ...) of `dir`, without "." and "..". Returns 1, 0 after the
     * last, or a negative errno. Within one `list` a position always gives the same name; with NULL,
     * position 0 begins a listing, which ends when the next one begins. The entry's name lives at least as
     * long as `scratch`. */
    int (*entry)(struct tree *, uint64_t dir, const struct tree_list *list, uint64_t position,
                 struct tree_entry *ret, char scratch[256]);
    /* Looks up the file of an entry of `dir` that `entry` has given, as `lookup` does, without a search for the
     * name where the directory is unchanged. NULL: `lookup` searches. */
    int (*entry_lookup)(struct tree *, uint64_t dir, const struct tree_entry *entry, uint64_t *ret_node,
                        struct tree_attr *ret_attr);
    /* Gets the target of a symbolic link: writes at most `size` bytes, no NUL; returns the full length. */
    ssize_t (*readlink)(struct tree *, uint64_t node, char *buf, size_t size);
    /* Get values and lists as getxattr(2) and listxattr(2) do (size 0 asks for the length; -ERANGE,
     * -ENODATA). Names private to overlay file systems are included: the union hides them. */
    ssize_t (*getxattr)(struct tree *, uint64_t node, const char *name, void *value, size_t size);
    ssize_t (*listxattr)(struct tree *, uint64_t node, char *list, size_t size);
    /* Gets the content of a regular file, perhaps without its size (tree_content_to_read); -EISDIR, -EINVAL for
     * other types. */
    int (*content)(struct tree *, uint64_t node, struct tree_content *ret);
    void (*content_put)(struct tree *, struct tree_content *);
    /* Opens the file in its live layer (of a merged directory, in the topmost layer) with `flags` of
     * open(2): O_PATH, or O_DIRECTORY. Returns a descriptor that the caller closes. NULL: the tree has no
     * live layers. */
    int (*pin)(struct tree *, uint64_t node, int flags);
    /* As `content`, with a known size, and as `getattr`, by one look at the file as it is opened. An error,
     * -EOPNOTSUPP among them, says nothing of either alone. NULL: as -EOPNOTSUPP. */
    int (*content_attr)(struct tree *, uint64_t node, struct tree_content *ret, struct tree_attr *ret_attr);
    /* Gets FS_IMMUTABLE_FL and FS_APPEND_FL (<linux/fs.h>) of the file in a live layer; if *ret_all is set,
     * FS_SYNC_FL and FS_NOATIME_FL as well. NULL: never set. */
    int (*protection)(struct tree *, uint64_t node, unsigned *ret, bool *ret_all);
    int (*statfs)(struct tree *, struct statvfs *ret);
    /* Frees memory of caches in an idle tree. NULL: there is none. */
    void (*rest)(struct tree *);
    void (*free)(struct tree *);
};

/* The prefix of attributes in which overlay file systems keep their marks. In the tree, a file's own
 * attributes with that prefix have escaped names, as the kernel writes them; an image has no marks. */
enum tree_marks {
    TREE_MARKS_NONE,
    TREE_MARKS_TRUSTED, /* trusted.overlay. */
    TREE_MARKS_USER,    /* user.overlay. */
};

/* The first member of the structures of both kinds of tree. */
struct tree {
    const struct tree_ops *ops;
    /* The traits of the tree, constant while it is in use. */
    bool immutable;   /* names, metadata and contents never change; false: others can change live layers */
    bool fixed_names; /* the names in directories never change, or are taken not to: listings can be kept */
    enum tree_marks marks;
    /* 0: nodes get their numbers as they are looked up. Else they have them for ever, without references and
     * in every mount; a directory's is lower than those of what is in it. Trees that differ in one of them
     * differ in this. */
    uint64_t lasting;
};

static inline int tree_lookup(struct tree *t, uint64_t dir, const char *name, size_t name_len,
                              uint64_t *ret_node, struct tree_attr *ret_attr)
{
    return t->ops->lookup(t, dir, name, name_len, ret_node, ret_attr);
}
static inline void tree_forget(struct tree *t, uint64_t node, uint64_t n)
{
    t->ops->forget(t, node, n);
}
static inline int tree_getattr(struct tree *t, uint64_t node, struct tree_attr *ret)
{
    return t->ops->getattr(t, node, ret);
}
static inline int tree_identity(struct tree *t, uint64_t node, uint64_t *ret_ino, uint32_t *ret_type)
{
    return t->ops->identity(t, node, ret_ino, ret_type);
}
static inline int tree_parent(struct tree *t, uint64_t node, uint64_t *ret_parent, uint64_t *ret_ino)
{
    return t->ops->parent(t, node, ret_parent, ret_ino);
}
static inline int tree_name(struct tree *t, uint64_t node, uint64_t *ret_dir, char ret_name[256])
{
    return t->ops->name(t, node, ret_dir, ret_name);
}
static inline void tree_ref(struct tree *t, uint64_t node, uint64_t n)
{
    t->ops->ref(t, node, n);
}
static inline uint64_t tree_outside_ino(struct tree *t, dev_t dev, ino_t ino)
{
    return t->ops->outside_ino(t, dev, ino);
}
static inline uint64_t tree_shown_ino(struct tree *t, uint64_t ino)
{
    return t->ops->shown_ino(t, ino);
}
static inline int tree_list_begin(struct tree *t, uint64_t dir, struct tree_list **ret)
{
    *ret = NULL;
    return t->ops->list ? t->ops->list(t, dir, ret) : 0;
}
static inline void tree_list_done(struct tree *t, struct tree_list *list)
{
    if (list)
        t->ops->list_done(t, list);
}
/* The kernel keeps one cached listing per directory and fills it from the reads of all open handles, so
 * all of them must read the same names at the same positions. tree_share_open says how the kernel may use
 * the cache for a listing that is opened. Unless the result is TREE_SHARE_NONE, read the names of
 * tree_share_begin and end with tree_share_close; hold a reference on the node in between. */
static inline enum tree_share tree_share_open(struct tree *t, uint64_t dir)
{
    return t->ops->share ? t->ops->share(t, dir) : TREE_SHARE_KEPT;
}
static inline int tree_share_begin(struct tree *t, uint64_t dir, struct tree_list **ret)
{
    *ret = NULL;
    return t->ops->shared ? t->ops->shared(t, dir, ret) : 0;
}
static inline void tree_share_close(struct tree *t, uint64_t dir)
{
    if (t->ops->unshare)
        t->ops->unshare(t, dir);
}
/* Is `name` in the list? True without a list: the tree never changes. */
static inline bool tree_list_has(struct tree *t, const struct tree_list *list, const char *name)
{
    return !list || t->ops->list_has(list, name);
}
static inline int tree_entry_in(struct tree *t, uint64_t dir, const struct tree_list *list, uint64_t position,
                                struct tree_entry *ret, char scratch[256])
{
    return t->ops->entry(t, dir, list, position, ret, scratch);
}
static inline int tree_entry(struct tree *t, uint64_t dir, uint64_t position, struct tree_entry *ret,
                             char scratch[256])
{
    return t->ops->entry(t, dir, NULL, position, ret, scratch);
}
static inline int tree_entry_lookup(struct tree *t, uint64_t dir, const struct tree_entry *entry,
                                    uint64_t *ret_node, struct tree_attr *ret_attr)
{
    if (!t->ops->entry_lookup)
        return t->ops->lookup(t, dir, entry->name, entry->name_len, ret_node, ret_attr);
    return t->ops->entry_lookup(t, dir, entry, ret_node, ret_attr);
}
static inline ssize_t tree_readlink(struct tree *t, uint64_t node, char *buf, size_t size)
{
    return t->ops->readlink(t, node, buf, size);
}
static inline ssize_t tree_getxattr(struct tree *t, uint64_t node, const char *name, void *value, size_t size)
{
    return t->ops->getxattr(t, node, name, value, size);
}
static inline ssize_t tree_listxattr(struct tree *t, uint64_t node, char *list, size_t size)
{
    return t->ops->listxattr(t, node, list, size);
}
/* The size may be TREE_SIZE_UNASKED until tree_content_ask. */
static inline int tree_content_to_read(struct tree *t, uint64_t node, struct tree_content *ret)
{
    return t->ops->content(t, node, ret);
}
static inline int tree_content_ask(struct tree_content *c)
{
    struct stat st;

    if (c->size != TREE_SIZE_UNASKED)
        return 0;
    if (fstat(c->fd, &st) < 0)
        return -errno;
    c->size = (uint64_t)st.st_size;
    return 0;
}
static inline void tree_content_put(struct tree *t, struct tree_content *c)
{
    t->ops->content_put(t, c);
}
static inline int tree_content(struct tree *t, uint64_t node, struct tree_content *ret)
{
    int r = tree_content_to_read(t, node, ret);

    if (r == 0 && (r = tree_content_ask(ret)) < 0)
        tree_content_put(t, ret);
    return r;
}
static inline int tree_statfs(struct tree *t, struct statvfs *ret)
{
    return t->ops->statfs(t, ret);
}
static inline void tree_rest(struct tree *t)
{
    if (t->ops->rest)
        t->ops->rest(t);
}
/* Opens the file O_PATH; the caller closes it. -EOPNOTSUPP: the tree has no live layers. */
static inline int tree_pin(struct tree *t, uint64_t node)
{
    return t->ops->pin ? t->ops->pin(t, node, O_PATH) : -EOPNOTSUPP;
}
/* Opens a directory of a live layer for reading; the caller closes it. -EOPNOTSUPP as tree_pin. */
static inline int tree_open_dir(struct tree *t, uint64_t node)
{
    return t->ops->pin ? t->ops->pin(t, node, O_RDONLY | O_DIRECTORY) : -EOPNOTSUPP;
}
static inline int tree_content_attr(struct tree *t, uint64_t node, struct tree_content *ret,
                                    struct tree_attr *ret_attr)
{
    return t->ops->content_attr ? t->ops->content_attr(t, node, ret, ret_attr) : -EOPNOTSUPP;
}
static inline int tree_protection(struct tree *t, uint64_t node, unsigned *ret, bool *ret_all)
{
    *ret = 0;
    *ret_all = !t->ops->protection;
    return t->ops->protection ? t->ops->protection(t, node, ret, ret_all) : 0;
}
static inline void tree_free(struct tree *t)
{
    if (t)
        t->ops->free(t);
}

#endif
