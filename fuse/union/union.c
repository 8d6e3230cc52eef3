/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the union that read. Without a branch they ask the tree. */
#include "union/union.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "union/attributes.h"
#include "union/copy_up.h"
#include "union/handles.h"
#include "union/links.h"
#include "union/look.h"
#include "union/upper.h"
#include "union/xattr_policy.h"

/* Upper limit of a list of names (XATTR_LIST_MAX): one call always suffices. */
#define LIST_MAX 65536

/* Limits for descriptors of the upper and for those of orphans: an eighth of RLIMIT_NOFILE each (the tree's
 * take more), up to a useful maximum. */
#define FDS_MIN 4
#define FDS_MAX 256

/* Create the root, which is always in the upper and merged with the tree's. */
static int open_root(struct un *u)
{
    struct tree_attr attr;
    struct stat st;
    int r = tree_getattr(u->tree, TREE_ROOT, &attr);

    if (r == 0 && fstat(u->branch->config.upper_fd, &st) < 0)
        r = -errno;
    if (r < 0)
        return r;
    u->root = node_new(u->nodes, UN_ROOT, S_IFDIR); /* its pin stays */
    if (!u->root)
        return -ENOMEM;
    u->root->tree = TREE_ROOT;
    u->root->ino = attr.ino;
    tree_ref(u->tree, TREE_ROOT, 1);
    node_set_upper(u->nodes, u->root, st.st_ino);
    return u->branch->config.adopts_root && !u->branch->config.only_looks ? copy_up_root(u, &attr) : 0;
}

static int open_parking(struct un *u)
{
    u->parking = node_new(u->nodes, 0, S_IFDIR); /* its pin stays */
    if (!u->parking)
        return -ENOMEM;
    u->parking->held_fd = fcntl(u->branch->config.work_fd, F_DUPFD_CLOEXEC, 0);
    return u->parking->held_fd < 0 ? -errno : 0;
}

static unsigned fds_max(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur / 8 < FDS_MIN)
        return FDS_MIN;
    return limit.rlim_cur / 8 < FDS_MAX ? (unsigned)(limit.rlim_cur / 8) : FDS_MAX;
}

/* O_TMPFILE files cannot be parked in the work directory instead (keep.c): one program must not use up the
 * descriptors that others need to open files. */
static unsigned nameless_max(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return FDS_MIN;
    return limit.rlim_cur / 2 < UINT_MAX ? (unsigned)(limit.rlim_cur / 2) : UINT_MAX;
}

static int open_branch(struct un *u, struct err *err)
{
    int r;

    u->nodes = nodes_new();
    u->refs = ref_counts_new();
    u->held_max = fds_max();
    u->nameless_max = nameless_max();
    u->fds = fd_cache_new(u->held_max);
    if (!u->nodes || !u->refs || !u->fds)
        return -ENOMEM;
    r = open_root(u);
    if (r == 0)
        r = open_parking(u);
    return r < 0 ? r : links_open(u, err);
}

static void close_branch(struct un *u)
{
    links_close(u);
    nodes_free(u->nodes);
    ref_counts_free(u->refs);
    if (u->fds)
        fd_cache_free(u->fds);
}

int un_new(struct tree *tree, struct branch *branch, struct un **ret, struct err *err)
{
    struct err line = {""};
    struct un *u = calloc(1, sizeof *u);
    int r;

    if (!u)
        return err_errno(err, ENOMEM, "union");
    pthread_mutex_init(&u->lock, NULL);
    pthread_cond_init(&u->copied, NULL);
    u->tree = tree;
    u->branch = branch;
    r = id_space_read(&u->space);
    handles_open(u);
    if (r == 0 && branch)
        r = open_branch(u, &line);
    if (r < 0) {
        close_branch(u);
        id_space_clear(&u->space);
        free(u);
        return line.text[0] ? err_set(err, -r, "%s", line.text) : err_errno(err, -r, "union");
    }
    *ret = u;
    return 0;
}

void un_free(struct un *u)
{
    if (!u)
        return;
    list_close_all(u);
    if (u->branch) {
        close_branch(u);
        branch_free(u->branch);
    }
    tree_free(u->tree);
    id_space_clear(&u->space);
    pthread_mutex_destroy(&u->lock);
    pthread_cond_destroy(&u->copied);
    free(u);
}

size_t un_known_acl(const struct un *u, void *value, size_t size)
{
    return id_space_known_acl(&u->space, value, size);
}

bool un_is_writable(const struct un *u)
{
    return u->branch;
}

uint64_t un_shown_ino(const struct un *u, uint64_t ino)
{
    return tree_shown_ino(u->tree, ino);
}

bool un_is_coherent(const struct un *u)
{
    /* Changes below a mounted branch are looked for in listings alone, as in kernel overlayfs. */
    return u->tree->immutable || u->branch;
}

bool un_keeps_listings(const struct un *u)
{
    return u->tree->fixed_names;
}

void un_rest(struct un *u)
{
    tree_rest(u->tree);
}

int un_lookup(struct un *u, uint64_t dir, const char *name, uint64_t *ret_node, struct stat *ret_st)
{
    size_t len = strlen(name);
    struct tree_attr attr;
    int r;

    if (len > UN_NAME_MAX)
        return -ENAMETOOLONG;
    if (u->branch) {
        pthread_mutex_lock(&u->lock);
        r = look_lookup(u, dir, name, ret_node, ret_st);
        pthread_mutex_unlock(&u->lock);
        return r;
    }
    r = tree_lookup(u->tree, dir, name, len, ret_node, &attr);
    if (r < 0)
        return r;
    core_stat_from_attr(u, &attr, ret_st);
    return 0;
}

int un_getattr(struct un *u, uint64_t node, struct stat *ret)
{
    struct node *n = NULL;
    struct tree_attr attr;
    int r = 0;

    if (u->branch) {
        pthread_mutex_lock(&u->lock);
        n = core_known(u, node);
        r = n ? look_stat(u, n, ret) : node >= NODE_BORN ? -ESTALE : 0;
        core_done(u, n);
        pthread_mutex_unlock(&u->lock);
        if (n || r < 0)
            return r;
    }
    r = tree_getattr(u->tree, node, &attr);
    if (r == 0)
        core_stat_from_attr(u, &attr, ret);
    return r;
}

ssize_t un_readlink(struct un *u, uint64_t node, char *buf, size_t size)
{
    struct upper_or_tree at;
    ssize_t r;

    if (!u->branch)
        return tree_readlink(u->tree, node, buf, size);
    pthread_mutex_lock(&u->lock);
    r = upper_or_tree(u, node, &at);
    if (r > 0)
        r = where_readlink(at.where, buf, size);
    else if (r == 0)
        r = tree_readlink(u->tree, at.tree, buf, size);
    upper_or_tree_done(u, &at);
    pthread_mutex_unlock(&u->lock);
    return r;
}

int un_statfs(struct un *u, struct statvfs *ret)
{
    int r = 0;

    if (u->branch)
        r = fstatvfs(u->branch->config.upper_fd, ret) < 0 ? -errno : 0;
    else
        r = tree_statfs(u->tree, ret);
    if (r < 0)
        return r;
    ret->f_namemax = UN_NAME_MAX;
    if (!u->branch)
        ret->f_flag |= ST_RDONLY;
    return 0;
}

ssize_t un_getxattr(struct un *u, uint64_t node, const char *name, void *value, size_t size, bool privileged)
{
    ssize_t r;

    if (!xattr_visible(name, privileged))
        return -ENODATA;
    r = attributes_get(u, node, name, value, size);
    return r == -ENODATA ? xattr_absent(name) : r;
}

ssize_t un_listxattr(struct un *u, uint64_t node, char *list, size_t size, bool privileged)
{
    char small[512];
    cleanup_free char *large = NULL;
    char *names = small;
    ssize_t n = attributes_list(u, node, small, sizeof small);
    size_t len;

    if (n == -ERANGE) {
        large = malloc(LIST_MAX);
        if (!large)
            return -ENOMEM;
        names = large;
        n = attributes_list(u, node, large, LIST_MAX);
        if (n == -ERANGE)
            return -E2BIG; /* as listxattr(2) if no list can be given */
    }
    if (n < 0)
        return n;
    len = xattr_filter_list(names, (size_t)n, privileged);
    if (size > 0 && len > size)
        return -ERANGE;
    if (size > 0)
        memcpy(list, names, len);
    return (ssize_t)len;
}
