/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content of files: the tree's, or the upper's through a bounded cache of descriptors.
 *
 * un_content_put must know where a descriptor came from: `ref` of the upper's is the cache entry with its
 * lowest bit set, and OWN_REF alone for an orphan, whose descriptor belongs to its node.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "union/copy_up.h"
#include "union/look.h"
#include "union/protect.h"
#include "union/upper.h"

#define OWN_REF ((uintptr_t)1)

/* Borrow a descriptor from the cache, for writing if possible; for reading only if the file does not permit
 * more. */
static int open_content(struct un *u, struct node *n, bool write, struct fd_cache_entry **ret)
{
    struct upper_fd fd;
    struct where w;
    uint64_t key = content_key(n);
    int r;

    *ret = fd_cache_get(u->fds, key);
    if (!*ret && !write)
        *ret = fd_cache_get(u->fds, read_key(n));
    if (*ret)
        return 0;
    r = upper_pin(u, n, &fd, &w, NULL);
    if (r < 0)
        return r;
    r = where_open(w, O_RDWR);
    if (!write && (r == -EACCES || r == -EROFS || r == -EPERM || r == -ETXTBSY)) {
        key = read_key(n);
        r = where_open(w, O_RDONLY);
    }
    upper_close(u, &fd);
    if (r < 0)
        return r;
    *ret = fd_cache_add(u->fds, key, r);
    return *ret ? 0 : -ENOMEM;
}

/* Leaves the size unasked. */
static int content_of(struct un *u, struct node *n, bool write, struct tree_content *ret)
{
    struct fd_cache_entry *e = NULL;
    int fd = n->held_fd, r;

    if (fd < 0) {
        r = open_content(u, n, write, &e);
        if (r < 0)
            return r;
        fd = fd_cache_fd(e);
    }
    *ret = (struct tree_content){.fd = fd,
                                 .size = TREE_SIZE_UNASKED,
                                 .ref = (void *)((uintptr_t)e | OWN_REF),
                                 .no_nowait = &u->no_nowait};
    return 0;
}

static int check_regular(const struct node *n)
{
    return n->type == S_IFREG ? 0 : n->type == S_IFDIR ? -EISDIR : -EINVAL;
}

/* 1 when the content is in the branch, 0 when it is in the tree: then *ret_tree is its node. */
static int branch_content(struct un *u, uint64_t node, struct tree_content *ret, uint64_t *ret_tree)
{
    struct node *n;
    int r = 0;

    pthread_mutex_lock(&u->lock);
    n = core_known(u, node);
    *ret_tree = n ? n->tree : node;
    if (n && n->upper_ino && !n->metacopy) {
        r = check_regular(n);
        if (r == 0)
            r = content_of(u, n, false, ret);
        if (r == 0)
            r = 1;
    } else if (*ret_tree == 0 || *ret_tree >= NODE_BORN) {
        r = -ESTALE;
    }
    core_done(u, n);
    pthread_mutex_unlock(&u->lock);
    return r;
}

int un_content(struct un *u, uint64_t node, struct tree_content *ret)
{
    int r = un_content_to_read(u, node, ret);

    if (r == 0 && (r = tree_content_ask(ret)) < 0)
        un_content_put(u, ret);
    return r;
}

int un_content_to_read(struct un *u, uint64_t node, struct tree_content *ret)
{
    int r = u->branch ? branch_content(u, node, ret, &node) : 0;

    if (r != 0)
        return r < 0 ? r : 0;
    return tree_content_to_read(u->tree, node, ret);
}

int un_content_backing(struct un *u, uint64_t node, struct tree_content *ret)
{
    struct stat st;
    int r;

    if (u->branch) {
        r = branch_content(u, node, ret, &node);
        /* The tree's file may be copied up later, and the kernel would go on with the old content. */
        return r > 0 ? 0 : r < 0 ? r : -EOPNOTSUPP;
    }
    r = tree_content(u->tree, node, ret);
    if (r < 0)
        return r;
    if (fstat(ret->fd, &st) < 0)
        r = -errno;
    else if (ret->offset != 0 || (uint64_t)st.st_size != ret->size)
        r = -EOPNOTSUPP; /* the content is only a part of that file */
    if (r < 0)
        un_content_put(u, ret);
    return r;
}

void un_content_put(struct un *u, struct tree_content *c)
{
    uintptr_t ref = (uintptr_t)c->ref;

    if (!(ref & OWN_REF))
        tree_content_put(u->tree, c);
    else if (ref != OWN_REF)
        fd_cache_put(u->fds, (struct fd_cache_entry *)(ref & ~OWN_REF));
    *c = (struct tree_content){.fd = -1};
}

int un_content_write(struct un *u, uint64_t node, bool appends, struct tree_content *ret)
{
    struct node *n;
    int r;

    if (!u->branch)
        return -EROFS;
    pthread_mutex_lock(&u->lock);
    r = core_node(u, node, &n);
    if (r == 0) {
        r = check_regular(n);
        if (r == 0)
            r = protect_change(u, n, appends);
        if (r == 0)
            r = copy_up(u, n, COPY_CONTENT);
        if (r == 0)
            r = content_of(u, n, true, ret);
        core_done(u, n);
    }
    pthread_mutex_unlock(&u->lock);
    return r;
}

bool un_would_wait(struct un *u, uint64_t node, bool metadata)
{
    struct node *n;
    bool wait;

    if (!u->branch)
        return false;
    pthread_mutex_lock(&u->lock);
    n = core_known(u, node);
    if (n && (n->upper_ino || n->copying))
        wait = n->copying || (!metadata && n->large && n->metacopy);
    else
        wait = !(metadata && u->branch->config.metacopy) && (n ? n->large : ref_counts_large(u->refs, node));
    core_done(u, n);
    pthread_mutex_unlock(&u->lock);
    return wait;
}

/* ---- making durable */

static int sync_fd(int fd, bool data_only)
{
    return (data_only ? fdatasync(fd) : fsync(fd)) < 0 ? -errno : 0;
}

static int sync_node(struct un *u, uint64_t node, bool data_only)
{
    struct node *n;
    struct upper_fd fd = {.fd = -1};
    struct where w = {-1, ""};
    int r = 0, file = -1;

    pthread_mutex_lock(&u->lock);
    n = core_known(u, node);
    if (n && n->upper_ino && (n->type == S_IFREG || n->type == S_IFDIR) &&
        (r = upper_pin(u, n, &fd, &w, NULL)) == 0 && w.name) {
        r = file = where_open(w, n->type == S_IFDIR ? O_RDONLY | O_DIRECTORY : O_RDONLY | O_NONBLOCK);
        upper_close(u, &fd);
    }
    core_done(u, n);
    pthread_mutex_unlock(&u->lock);
    if (r >= 0 && !w.name) { /* borrow the open descriptor: no lock of the union's is needed */
        r = sync_fd(fd.fd, data_only);
        upper_close(u, &fd);
    } else if (file >= 0) {
        r = sync_fd(file, data_only);
        close(file);
    }
    return r;
}

bool un_syncs(const struct un *u)
{
    return u->branch && !u->branch->config.volatile_;
}

int un_sync(struct un *u, uint64_t node, bool data_only)
{
    if (!un_syncs(u))
        return 0;
    if (node)
        return sync_node(u, node, data_only);
    return syncfs(u->branch->config.upper_fd) < 0 ? -errno : 0;
}
