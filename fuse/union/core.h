/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The union's state and helpers, for the files of this folder.
 *
 * One lock guards nodes, names and the branch's structure. A thread that changes a name holds it from the
 * decision through the change on disk to the mirror in memory, so that both always agree. It is not held while
 * content is copied, read, written or made durable.
 *
 * Functions: core_* in core.c, copy_up_dir in copy_dir.c.
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

/* Location of a node's metadata: attributes, extended attributes, the target of a link. */
struct upper_or_tree {
    struct where where; /* in the upper */
    uint64_t tree;      /* else the node of the tree */
    struct node *n;     /* pinned until upper_or_tree_done; NULL for a node without state */
    struct upper_fd fd;
};

/* ---- copying up (copy_up.c) */

/* Extent of a copy-up. */
enum copy_up {
    COPY_METADATA, /* metadata; includes content if the branch has no metacopy */
    COPY_CONTENT,
    COPY_EMPTY, /* as COPY_CONTENT for a file about to be truncated to nothing */
};
/* Prepare a directory to get or lose a name: alive, in the upper, its names loaded, with room for one more;
 * pinned. After a check of its protection, as copy_up, unless it is in the upper. (copy_dir.c) */
int copy_up_dir(struct un *u, uint64_t id, struct node **ret);

#endif
