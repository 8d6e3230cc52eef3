/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree: the immutable merged view of a stack of layers.
 *
 * Inodes and names are apart, as in a real file system: (directory node, name) -> node; node -> metadata and
 * place of content. Node 1 is the root, node 0 is no node. Two makers: the image tree (image_tree.h: a file
 * built at import, mapped; a node is its inode number and costs no memory) and the stack tree (stack_tree.h:
 * live directories, merged one directory at a time when first looked at).
 *
 * Every call is safe from any thread. Functions return 0 (or a count) or a negative errno; -EUCLEAN means
 * that what is on disk is damaged.
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

/* All that stat(2) tells. `ino` stays over remounts; st_ino shows tree_shown_ino of it. */
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
    uint64_t ino;    /* as tree_attr.ino, 0 when it is not known without a lookup */
    uint8_t type;    /* DT_* */
};

/* The names of a directory as they are when somebody begins to list it; the maker's. NULL stands for those of
 * a directory that never changes. */
struct tree_list;

/* Where the bytes of a regular file are: `size` bytes at `offset` of `fd`. Given back with tree_content_put.
 */
struct tree_content {
    int fd; /* borrowed: never closed by the caller */
    uint64_t offset, size;
    void *ref; /* the maker's */
    /* Set by a reader whom the file system said EOPNOTSUPP to RWF_NOWAIT: it will say so of all such files. NULL:
     * they may be on several. */
    atomic_bool *no_nowait;
};

/* Size of a live file that was not asked: it begins at offset 0 and ends where reading ends. */
#define TREE_SIZE_UNASKED UINT64_MAX

/* What may the kernel do with a listing? */
enum tree_share {
    TREE_SHARE_NONE, /* not keep it: others still read an older one of the directory */
    TREE_SHARE_ANEW, /* keep it, in place of an older one */
    TREE_SHARE_KEPT, /* use the one that it has: the directory is as it was */
};

struct tree_ops {
    /* Finds `name` (name_len bytes) in `dir`; takes one reference on *ret_node. -ENOENT, -ENOTDIR. */
    int (*lookup)(struct tree *, uint64_t dir, const char *name, size_t name_len, uint64_t *ret_node,
                  struct tree_attr *ret_attr);
    /* Gives back `n` references that lookups took. */
    void (*forget)(struct tree *, uint64_t node, uint64_t n);
    int (*getattr)(struct tree *, uint64_t node, struct tree_attr *ret);
    /* What a node stays for as long as it is referenced: its number as tree_attr.ino, and its type (S_IFMT).
     * A live layer is not asked, so it may have lost the file. */
    int (*identity)(struct tree *, uint64_t node, uint64_t *ret_ino, uint32_t *ret_type);
    /* The directory that holds directory `node`; the root's parent is the root. No reference is taken. */
    int (*parent)(struct tree *, uint64_t node, uint64_t *ret_parent, uint64_t *ret_ino);
    /* A directory and a name in it (NUL-terminated) under which `node` is found; the root has none: -EINVAL.
     * No reference is taken on *ret_dir. It is valid while `node` is referenced; in a stack tree a file has
     * the name that it was last looked up by, and a lookup by another name lets go of the directory: a call
     * on it that then says -ESTALE is to be begun again from here. */
    int (*name)(struct tree *, uint64_t node, uint64_t *ret_dir, char ret_name[256]);
    /* Takes `n` more references on a node that has one. */
    void (*ref)(struct tree *, uint64_t node, uint64_t n);
    /* The st_ino to show for the file (dev, ino) that is not of the tree, but of the upper directory of a
     * branch on it: never one of the tree's, and the same after a remount. */
    uint64_t (*outside_ino)(struct tree *, dev_t dev, ino_t ino);
    /* Any of these numbers as programs see it. What is kept on disk are the numbers above, which have room to
     * tell trees, devices and branches apart; a 32-bit program can neither stat nor list a file whose number
     * has more than 32 bits. So what fits gets a number that does, and others keep theirs or get one beyond
     * 32 bits. Different numbers are shown as different ones, always the same ones. */
    uint64_t (*shown_ino)(struct tree *, uint64_t ino);
    /* Begins a listing of `dir`: what a live layer has gained or lost since the one before is seen. Given
     * back with list_done; it needs no reference on the node. NULL: the tree never changes. */
    int (*list)(struct tree *, uint64_t dir, struct tree_list **ret);
    void (*list_done)(struct tree *, struct tree_list *);
    bool (*list_has)(const struct tree_list *, const char *name);
    /* Listings of `dir` that the kernel keeps (tree_share below). */
    enum tree_share (*share)(struct tree *, uint64_t dir);
    int (*shared)(struct tree *, uint64_t dir, struct tree_list **ret);
    void (*unshare)(struct tree *, uint64_t dir);
    /* The name at `position` (0, 1, 2, ...) of `dir`: "." and ".." are not among them. 1 when there is one, 0
     * behind the last, or an error. In one `list` the same position always gives the same name; with NULL,
     * position 0 begins a listing, and the next one that begins ends it. The entry's name lives in `scratch`,
     * or longer. */
    int (*entry)(struct tree *, uint64_t dir, const struct tree_list *list, uint64_t position,
                 struct tree_entry *ret, char scratch[256]);
    /* The target of a symbolic link: writes at most `size` bytes, no NUL; returns the whole length. */
    ssize_t (*readlink)(struct tree *, uint64_t node, char *buf, size_t size);
    /* Values and lists as getxattr(2) and listxattr(2) give them (size 0 asks for the length; -ERANGE,
     * -ENODATA). All names are there, those private to overlay file systems too: hiding them is the union's
     * part. */
    ssize_t (*getxattr)(struct tree *, uint64_t node, const char *name, void *value, size_t size);
    ssize_t (*listxattr)(struct tree *, uint64_t node, char *list, size_t size);
    /* The content of a regular file, perhaps without its size (tree_content_to_read); -EISDIR, -EINVAL for other
     * types. */
    int (*content)(struct tree *, uint64_t node, struct tree_content *ret);
    void (*content_put)(struct tree *, struct tree_content *);
    /* A new descriptor (`flags` of open(2): O_PATH, or O_DIRECTORY) of the file as it is in a live layer, of a
     * directory of the topmost of those that merge; the caller's. NULL: there is no such file. */
    int (*pin)(struct tree *, uint64_t node, int flags);
    /* Is the file immutable or append-only in a live layer? FS_IMMUTABLE_FL and FS_APPEND_FL (<linux/fs.h>).
     * NULL: never. */
    int (*protection)(struct tree *, uint64_t node, unsigned *ret);
    int (*statfs)(struct tree *, struct statvfs *ret);
    /* Nobody has asked for a while: gives back memory that is there for speed alone. NULL: there is none. */
    void (*rest)(struct tree *);
    void (*free)(struct tree *);
};

/* The prefix of attributes by which overlay file systems keep their books in a tree. A file's own attributes
 * of that prefix have escaped names there, as in what the kernel writes; in an image there are no marks. */
enum tree_marks {
    TREE_MARKS_NONE,
    TREE_MARKS_TRUSTED, /* trusted.overlay. */
    TREE_MARKS_USER,    /* user.overlay. */
};

/* The first member of both makers' structures. */
struct tree {
    const struct tree_ops *ops;
    /* Live directories can change behind our back and are asked again after this many seconds; an image tree
     * never changes and says HUGE_VAL-like (1e9). */
    double timeout;
    /* The same for the names of directories: the union may let the kernel keep what it has looked up for
     * longer, but a listing that begins has the names that are there. */
    double list_timeout;
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
/*
 * The kernel fills one copy of a directory's listing from what all who list it read, so that all of them must
 * read the same names at the same places. tree_share_open says what the kernel may do with a listing that is
 * opened. Unless that is TREE_SHARE_NONE, its names are those of tree_share_begin, and it ends with
 * tree_share_close; in between the caller holds a reference on the node.
 */
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
/* True without a list: what never changes has what it had. */
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
/* -EOPNOTSUPP: files of the tree are no files of the machine. */
static inline int tree_pin(struct tree *t, uint64_t node)
{
    return t->ops->pin ? t->ops->pin(t, node, O_PATH) : -EOPNOTSUPP;
}
/* Open a directory of a live layer for reading; -EOPNOTSUPP as tree_pin. */
static inline int tree_open_dir(struct tree *t, uint64_t node)
{
    return t->ops->pin ? t->ops->pin(t, node, O_RDONLY | O_DIRECTORY) : -EOPNOTSUPP;
}
static inline int tree_protection(struct tree *t, uint64_t node, unsigned *ret)
{
    *ret = 0;
    return t->ops->protection ? t->ops->protection(t, node, ret) : 0;
}
static inline void tree_free(struct tree *t)
{
    if (t)
        t->ops->free(t);
}

/* Walks `path` from the root (a leading slash and repeated slashes are nothing; "." and ".." are walked
 * inside the tree). Symbolic links on the way are followed inside the tree, a last one only if `follow_last`;
 * more than 40 of them give -ELOOP. Takes a reference on *ret_node. (path_walk.c) */
int tree_walk(struct tree *t, const char *path, bool follow_last, uint64_t *ret_node,
              struct tree_attr *ret_attr);

#endif
