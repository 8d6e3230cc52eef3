/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's access to files of live layers, which may belong to other users. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "union/core.h"

/* Find the tree's part of a node: 0 if all of it is in the branch. */
static uint64_t tree_part_of(struct un *u, uint64_t node)
{
    struct node *n;
    uint64_t tree = node;

    if (!u->branch)
        return node;
    pthread_mutex_lock(&u->lock);
    n = core_known(u, node);
    if (n)
        tree = n->upper_ino && n->type != S_IFDIR && !n->metacopy ? 0 : n->tree;
    core_done(u, n);
    pthread_mutex_unlock(&u->lock);
    return tree < NODE_BORN ? tree : 0;
}

/* Check with the file system of the layer. */
static int ask(struct un *u, uint64_t tree, int mask)
{
    char path[sizeof "/proc/self/fd/" + 11];
    cleanup_fd int fd = tree_pin(u->tree, tree);

    if (fd < 0)
        return fd == -EOPNOTSUPP ? 0 : fd;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return faccessat(AT_FDCWD, path, mask, AT_EACCESS) < 0 ? -errno : 0;
}

int un_may_open(struct un *u, uint64_t node)
{
    struct tree_content c;
    int r = un_content(u, node, &c);

    if (r == 0)
        un_content_put(u, &c);
    return r;
}

int un_may_list(struct un *u, uint64_t dir)
{
    uint64_t tree = tree_part_of(u, dir);
    struct tree_list *list;
    int r = tree ? tree_list_begin(u->tree, tree, &list) : 0;

    if (tree && r == 0)
        tree_list_done(u->tree, list);
    return r;
}

bool un_is_closed(struct un *u, uint64_t node, bool dir)
{
    uint64_t tree = tree_part_of(u, node);

    return tree && ask(u, tree, dir ? X_OK : R_OK) == -EACCES;
}

int un_may_access(struct un *u, uint64_t node, int mask)
{
    struct stat st;
    uint64_t tree = tree_part_of(u, node);
    int r = un_getattr(u, node, &st);

    if (r < 0 || mask == F_OK)
        return r;
    if (S_ISDIR(st.st_mode)) {
        /* A change of the directory needs a search in it. */
        r = tree && mask & (W_OK | X_OK) ? ask(u, tree, X_OK) : 0;
        return r == 0 && mask & R_OK ? un_may_list(u, node) : r;
    }
    if (mask & X_OK && !(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
        return -EACCES;
    /* A write needs a copy-up, which reads. */
    return tree && S_ISREG(st.st_mode) ? ask(u, tree, R_OK) : 0;
}
