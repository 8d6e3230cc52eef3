/* SPDX-License-Identifier: Apache-2.0 */
#include "union/core.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "os/acl.h"
#include "union/owner.h"

/* A copy up to this size is done before another thread would have woken up. */
#define SMALL_COPY (256u << 10)

void core_stat_from_attr(const struct un *u, const struct tree_attr *a, struct stat *ret)
{
    bool uncounted = u->branch && S_ISDIR(a->mode);

    *ret = (struct stat){
        .st_ino = a->ino,
        .st_mode = a->mode,
        .st_nlink = uncounted ? 1 : a->nlink,
        .st_uid = a->uid,
        .st_gid = a->gid,
        .st_rdev = makedev(a->rdev_major, a->rdev_minor),
        .st_size = (off_t)a->size,
        .st_blksize = 4096,
        .st_blocks = (blkcnt_t)a->blocks,
        .st_atim = a->atime,
        .st_mtim = a->mtime,
        .st_ctim = a->ctime,
    };
}

int core_mask(struct node *dir, struct owner_new *new)
{
    if (dir->default_acl == ACL_UNKNOWN) {
        ssize_t n = where_getxattr(new->dir, ACL_DEFAULT, NULL, 0);

        if (n < 0 && n != -ENODATA && n != -EOPNOTSUPP)
            return (int)n;
        dir->default_acl = n > 0 ? ACL_SET : ACL_NONE;
    }
    new->has_list = dir->default_acl == ACL_SET;
    if (!new->has_list)
        new->mode &= ~(new->caller->umask & 0777);
    return 0;
}

void core_name_shows(struct name *name, const struct node *n, bool in_tree)
{
    name->whiteout = false;
    name->in_tree = in_tree;
    name->type = (uint8_t)IFTODT(n->type);
    name->upper_ino = n->upper_ino;
    name->ino = n->ino;
}

int core_check_name(const char *name)
{
    size_t len = strlen(name);

    if (len > UN_NAME_MAX)
        return -ENAMETOOLONG;
    if (len == 0 || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return -EINVAL;
    return 0;
}

struct node *core_known(struct un *u, uint64_t id)
{
    struct node *n = node_by_id(u->nodes, id);

    if (n)
        node_pin(n);
    return n;
}

bool core_is_large(const struct tree_attr *a)
{
    return S_ISREG(a->mode) && a->size > SMALL_COPY;
}

void core_shares_content(struct node *n, const struct tree_attr *a)
{
    n->metacopy = true;
    n->blocks = a->blocks;
    n->large = core_is_large(a);
}

void core_take_refs(struct un *u, struct node *n)
{
    n->large = ref_counts_large(u->refs, n->id);
    n->lookups = ref_counts_get(u->refs, n->id);
    ref_counts_drop(u->refs, n->id, n->lookups);
}

int core_node(struct un *u, uint64_t id, struct node **ret)
{
    struct node *n = core_known(u, id);
    uint64_t ino;
    uint32_t type;
    int r;

    if (n) {
        *ret = n;
        return 0;
    }
    if (id >= NODE_BORN)
        return -ESTALE;
    r = tree_identity(u->tree, id, &ino, &type);
    if (r < 0)
        return r;
    n = node_new(u->nodes, id, type);
    if (!n)
        return -ENOMEM;
    n->tree = id;
    n->ino = ino;
    tree_ref(u->tree, id, 1);
    core_take_refs(u, n);
    *ret = n;
    return 0;
}

void core_hold(struct un *u, struct node *n, int fd)
{
    n->held_fd = fd;
    u->held++;
}

static void bury(struct un *u, struct node *dead)
{
    while (dead) {
        struct node *next = dead->next_id;

        if (dead->type == S_IFDIR) {
            fd_cache_drop(u->fds, dir_key(dead));
        } else {
            fd_cache_drop(u->fds, content_key(dead));
            fd_cache_drop(u->fds, read_key(dead));
        }
        if (dead->held_fd >= 0)
            u->held--;
        if (dead->parked)
            branch_discard(u->branch, dead->name);
        if (dead->tree)
            tree_forget(u->tree, dead->tree, 1);
        node_free(dead);
        dead = next;
    }
}

void core_done(struct un *u, struct node *n)
{
    if (n)
        bury(u, node_unpin(u->nodes, n, 0));
}

void core_ref(struct un *u, struct node *n, bool from_tree)
{
    n->lookups++;
    if (n->tree == n->id && !from_tree)
        tree_ref(u->tree, n->tree, 1);
}

void un_forget(struct un *u, uint64_t id, uint64_t n)
{
    struct node *node;

    if (!u->branch) {
        tree_forget(u->tree, id, n);
        return;
    }
    pthread_mutex_lock(&u->lock);
    node = core_known(u, id);
    if (node)
        bury(u, node_unpin(u->nodes, node, n));
    else
        ref_counts_drop(u->refs, id, n);
    pthread_mutex_unlock(&u->lock);
    if (id < NODE_BORN)
        tree_forget(u->tree, id, n);
}

int core_tree_has(struct un *u, uint64_t tree_dir, const char *name)
{
    struct tree_attr attr;
    uint64_t node;
    int r;

    if (!tree_dir)
        return 0;
    r = tree_lookup(u->tree, tree_dir, name, strlen(name), &node, &attr);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    tree_forget(u->tree, node, 1);
    return 1;
}
