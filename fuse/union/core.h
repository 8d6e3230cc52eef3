/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The union's insides, for the files of this folder.
 *
 * One lock guards nodes, names and the branch's structure: whoever changes a name holds it from the decision
 * to the change on disk and the mirror in memory, so that both always agree. It is not held while content is
 * copied, read, written or made durable.
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
    struct id_space space; /* what access lists can name */
    struct branch *branch; /* NULL: read-only; then the rest is not there either */
    pthread_mutex_t lock;
    pthread_cond_t copied; /* a node's copying has ended */
    struct nodes *nodes;
    struct ref_counts *refs; /* of the kernel, on nodes of the tree without state */
    struct links *links;     /* nodes that the tree has several names for */
    struct node *root;       /* pinned */
    struct node *parking;    /* stands for the work directory; pinned (keep.h) */
    unsigned held, held_max; /* descriptors that stand in for names */
    unsigned nameless_max;   /* held, with which no file is made that never had a name: -ENFILE */
    /* Parts of file handles, beside the numbers of nodes: of those that last, and of those that go with this
     * daemon (handles.h). */
    uint32_t generation, fleeting;
    struct fd_cache *fds; /* of directories and contents of the upper, each under a key of its own */
};

static inline uint64_t dir_key(const struct node *n)
{
    return n->id << 1;
}
static inline uint64_t content_key(const struct node *n)
{
    return n->id << 1 | 1;
}
/* Of a file that cannot be opened for writing. */
static inline uint64_t read_key(const struct node *n)
{
    return n->id << 1;
}

/* ---- nodes (core.c); all with the lock held */

/* The node of `id`, made of the tree's when it has no state yet; pinned. -ESTALE. */
int core_node(struct un *u, uint64_t id, struct node **ret);
/* The node of `id` when it has state, pinned; else NULL. */
struct node *core_known(struct un *u, uint64_t id);
/* From now on the kernel's references on a node of the tree are counted with the node, which is new. */
void core_take_refs(struct un *u, struct node *n);
/* Does copying it up take so long that other requests are not to wait for it? */
bool core_is_large(const struct tree_attr *a);
/* Only the metadata is in the upper; the content is that of the tree's file with these attributes. */
void core_shares_content(struct node *n, const struct tree_attr *a);
/* Gives a pin back. NULL-safe. */
void core_done(struct un *u, struct node *n);
/* From now on the descriptor, which is taken over, stands in for the node's name. */
void core_hold(struct un *u, struct node *n, int fd);
/* Counts one reference of the kernel; `from_tree`: a lookup in the tree has taken one there already. */
void core_ref(struct un *u, struct node *n, bool from_tree);

/* What the tree tells. With a branch its directories have a link count of 1, "not counted", before they are
 * copied up as after: to count those that merge would take reading all of each. */
void core_stat_from_attr(const struct un *u, const struct tree_attr *a, struct stat *ret);
/* Is the name in the tree's directory? 1, 0, or an error. */
int core_tree_has(struct un *u, uint64_t tree_dir, const char *name);
/* Says in memory that a name of the upper is this node's now. */
void core_name_shows(struct name *name, const struct node *n, bool in_tree);
struct owner_new;
/* Says of what is to be made in a directory of the upper what it inherits from: new->dir, which is given.
 * With a default access list the umask does not count. */
int core_mask(struct node *dir, struct owner_new *new);
/* -EINVAL or -ENAMETOOLONG for what can be no name. */
int core_check_name(const char *name);

/* ---- files of the upper (upper.c) */

/* An open directory of the upper, borrowed until upper_close; or (`own`) a descriptor that it closes. */
struct upper_fd {
    int fd;
    struct fd_cache_entry *entry;
    bool own;
};

/* O_PATH descriptor of a directory that is in the upper; lock held. */
int upper_open(struct un *u, struct node *dir, struct upper_fd *ret);
/* Where a node that is in the upper is; lock held. `ret_where` is valid until upper_close, and its name until
 * the lock is given back. */
int upper_where(struct un *u, struct node *n, struct upper_fd *ret, struct where *ret_where);
/* The same for changing it, or opening it: by a descriptor of the very file that the node is, whatever others
 * put in its place. One whose content is open for reading and writing already has ret_where->name NULL. Else
 * -ESTALE where something else has its name by now. *ret_st, if it is not NULL, is what the file system says
 * of it. Lock held. */
int upper_pin(struct un *u, struct node *n, struct upper_fd *ret, struct where *ret_where,
              struct stat *ret_st);
/* Is that the node's own file? Numbers tell, where the file system's stay as they are. */
bool upper_is(const struct un *u, const struct node *n, const struct stat *st);
void upper_close(struct un *u, struct upper_fd *fd);

/* Where that is which a node shows as its own: attributes, extended attributes, the target of a link. */
struct upper_or_tree {
    struct where where; /* in the upper */
    uint64_t tree;      /* else this node of the tree has it */
    struct node *n;     /* pinned until upper_or_tree_done; NULL for a node without state */
    struct upper_fd fd;
};

/* 1 when the upper has it, 0 when the tree has, or an error; lock held from here to upper_or_tree_done, which
 * is called in any case. */
int upper_or_tree(struct un *u, uint64_t id, struct upper_or_tree *ret);
void upper_or_tree_done(struct un *u, struct upper_or_tree *s);
/* Forgets the names, after an error that leaves open what is on disk: they are loaded again. */
void upper_unload(struct node *dir);
/* Loads the names of a directory that is in the upper, if that has not been done; lock held. */
int upper_load(struct un *u, struct node *dir);
/* Marks a directory that is in the upper, before something comes into it that has not the inode number of its
 * own file; lock held. */
int upper_make_impure(struct un *u, struct node *dir);

/* ---- copying up (copy_up.c) */

/* What of a file is to be in the upper afterwards. */
enum copy_up {
    COPY_METADATA, /* the content too where the branch does not separate them */
    COPY_CONTENT,
    COPY_EMPTY, /* as COPY_CONTENT for a file that will be truncated to nothing */
};
/* Lock held, but given up while content is copied: what was learnt before may be over. */
int copy_up(struct un *u, struct node *n, enum copy_up what);
/* Gives the upper's root the attributes of the tree's, unless that has been done. */
int copy_up_root(struct un *u, const struct tree_attr *attr);
/* A directory that is to get or lose a name: alive, in the upper, its names loaded, with room for one more;
 * pinned. (copy_dir.c) */
int copy_up_dir(struct un *u, uint64_t id, struct node **ret);

#endif
