/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The union's state and helpers, for the files of this folder.
 *
 * One lock guards nodes, names and the branch's structure. A thread that changes a name holds it from the
 * decision through the change on disk to the mirror in memory, so that both always agree. It is not held while
 * content is copied, read, written or made durable.
 *
 * Functions: core_* in core.c, upper_* in upper.c, copy_up and copy_up_root in copy_up.c, copy_up_dir in
 * copy_dir.c.
 */
#ifndef MICA_UNION_CORE_H
#define MICA_UNION_CORE_H

#include <pthread.h>

#include "os/fd_cache.h"
#include "union/branch.h"
#include "union/id_space.h"
#include "union/nodes.h"
#include "union/ref_counts.h"
#include "union/union.h"

struct links;

struct un {
    struct tree *tree;
    struct id_space space; /* ids that access lists can name */
    struct branch *branch; /* NULL: read-only, and the fields below are unused */
    pthread_mutex_t lock;
    pthread_cond_t copied; /* signalled when a copy-up ends */
    struct nodes *nodes;
    struct ref_counts *refs; /* the kernel's references on nodes of the tree without state */
    struct links *links;     /* nodes with several names in the tree */
    struct node *root;       /* pinned */
    struct node *parking;    /* node of the work directory; pinned (keep.h) */
    unsigned held, held_max; /* descriptors kept open for orphans */
    unsigned nameless_max;   /* limit of `held` above which O_TMPFILE gives -ENFILE */
    /* Generations of file handles: `generation` for lasting node numbers, `fleeting` for those of this daemon
     * (handles.h). */
    uint32_t generation, fleeting;
    atomic_bool no_nowait; /* of the upper's file system (tree_content) */
    struct fd_cache *fds;  /* of directories and contents of the upper, under different keys */
    struct un_list *lists; /* listings that are open; with and without a branch */
};

/* Close the listings that are open at the end (list.c). */
void list_close_all(struct un *u);

static inline uint64_t dir_key(const struct node *n)
{
    return n->id << 1;
}
static inline uint64_t content_key(const struct node *n)
{
    return n->id << 1 | 1;
}
/* Cache key of a content opened for reading only. */
static inline uint64_t read_key(const struct node *n)
{
    return n->id << 1;
}

/* ---- nodes (core.c); all with the lock held */

/* Find the node of `id`, or create it from the tree's; pinned. -ESTALE. */
int core_node(struct un *u, uint64_t id, struct node **ret);
/* Find the node of `id` if it has state, pinned; else NULL. */
struct node *core_known(struct un *u, uint64_t id);
/* Move the kernel's references on a node of the tree into its new state. */
void core_take_refs(struct un *u, struct node *n);
/* Is the file so large that other requests must not wait for its copy-up? */
bool core_is_large(const struct tree_attr *a);
/* Mark the node as metadata only: its content is that of the tree's file with these attributes. */
void core_shares_content(struct node *n, const struct tree_attr *a);
/* Drop a pin. NULL-safe. */
void core_done(struct un *u, struct node *n);
/* Keep a descriptor, which is taken over, in place of the name of an orphan. */
void core_hold(struct un *u, struct node *n, int fd);
/* Count one reference of the kernel; `from_tree`: a lookup in the tree has counted it there already. */
void core_ref(struct un *u, struct node *n, bool from_tree);

/* Convert the tree's attributes. With a branch its directories have a link count of 1, "not counted", before
 * and after copy-up: counting merged subdirectories would take reading all of each. */
void core_stat_from_attr(const struct un *u, const struct tree_attr *a, struct stat *ret);
/* Does the tree's directory have the name? 1, 0, or an error. */
int core_tree_has(struct un *u, uint64_t tree_dir, const char *name);
/* Record in memory that a name of the upper shows this node. */
void core_name_shows(struct name *name, const struct node *n, bool in_tree);
struct owner_new;
/* Set the inheritance of a file to be made in new->dir, a directory of the upper. A default access list
 * replaces the umask. */
int core_mask(struct node *dir, struct owner_new *new);
/* -EINVAL or -ENAMETOOLONG for an invalid name. */
int core_check_name(const char *name);

/* ---- files of the upper (upper.c) */

/* An open directory of the upper: borrowed from the cache until upper_close, or (`own`) closed by it. */
struct upper_fd {
    int fd;
    struct fd_cache_entry *entry;
    bool own;
};

/* Open a directory of the upper (O_PATH). Lock held. */
int upper_open(struct un *u, struct node *dir, struct upper_fd *ret);
/* Locate a node of the upper. `ret_where` is valid until upper_close, and its name until the lock is given
 * up. Lock held. */
int upper_where(struct un *u, struct node *n, struct upper_fd *ret, struct where *ret_where);
/* As upper_where, for changing or opening the file: pinned by a descriptor of the node's very file, whatever
 * others put in its place. ret_where->name is NULL if the content is open for reading and writing already.
 * -ESTALE if another file has the name. *ret_st, if not NULL, is the file's stat(2). Lock held. */
int upper_pin(struct un *u, struct node *n, struct upper_fd *ret, struct where *ret_where,
              struct stat *ret_st);
/* Is it the node's own file? Compares inode numbers where the file system keeps them. */
bool upper_is(const struct un *u, const struct node *n, const struct stat *st);
void upper_close(struct un *u, struct upper_fd *fd);

/* Location of a node's metadata: attributes, extended attributes, the target of a link. */
struct upper_or_tree {
    struct where where; /* in the upper */
    uint64_t tree;      /* else the node of the tree */
    struct node *n;     /* pinned until upper_or_tree_done; NULL for a node without state */
    struct upper_fd fd;
};

/* 1 when the metadata is in the upper, 0 when it is in the tree, or an error. Lock held until after
 * upper_or_tree_done, which must always be called. */
int upper_or_tree(struct un *u, uint64_t id, struct upper_or_tree *ret);
void upper_or_tree_done(struct un *u, struct upper_or_tree *s);
/* Forget the names after an error that leaves the state on disk unknown; they are loaded again. */
void upper_unload(struct node *dir);
/* Load the names of a directory of the upper, unless done. Lock held. */
int upper_load(struct un *u, struct node *dir);
/* Note that a directory just copied up is empty, so that there is nothing to load. */
void upper_load_new(struct node *dir);
/* Mark a directory of the upper before it gets an entry that shows another inode number than its file's. Lock
 * held. */
int upper_make_impure(struct un *u, struct node *dir);

/* ---- copying up (copy_up.c) */

/* Extent of a copy-up. */
enum copy_up {
    COPY_METADATA, /* metadata; includes content if the branch has no metacopy */
    COPY_CONTENT,
    COPY_EMPTY, /* as COPY_CONTENT for a file about to be truncated to nothing */
};
/* After a check of the node's protection (protect.h) under the same lock, which is given up while content is
 * copied: check earlier findings again. */
int copy_up(struct un *u, struct node *n, enum copy_up what);
/* Give the upper's root the attributes of the tree's root, unless done. */
int copy_up_root(struct un *u, const struct tree_attr *attr);
/* Prepare a directory to get or lose a name: alive, in the upper, its names loaded, with room for one more;
 * pinned. After a check of its protection, as copy_up, unless it is in the upper. (copy_dir.c) */
int copy_up_dir(struct un *u, uint64_t id, struct node **ret);

#endif
