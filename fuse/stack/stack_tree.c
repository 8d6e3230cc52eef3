/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stack tree (stack_tree.h): implements the interface of tree.h with its parts.
 *
 *   stack_place    directories of layers, and descriptors for them
 *   stack_ask      the facts of one layer about one name (stack_marks: its attributes)
 *   stack_descent  asking layer after layer, through redirects
 *   stack_find     a name in a merged directory, by the rule of resolve.h
 *   stack_node     numbers for the results
 *   stack_listing  the names of a merged directory
 *   stack_fresh    whether a listing still matches the layers
 *   stack_share    whether the kernel may cache it
 *
 * A lookup stops at the first layer that decides and needs no listing. A fresh listing gives the layer to
 * begin with, so that a walk of many layers asks only those that have the name.
 */
#include "stack/stack_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "os/acl.h"
#include "os/cleanup.h"
#include "os/entry.h"
#include "os/flags_at.h"
#include "os/xattr_at.h"
#include "stack/stack_find.h"
#include "stack/stack_ino.h"
#include "stack/stack_layers.h"
#include "stack/stack_list.h"
#include "stack/stack_open.h"
#include "stack/stack_stat.h"

/* Seconds for which names hold unless the options say it. */
#define HOLD_NAMES 1.0

struct stack_tree {
    struct tree tree;
    struct stack_layers *layers;
    struct stack_nodes *nodes;
    double hold_names;     /* seconds; INFINITY: names never change (stack_tree_hold_names) */
    bool crosses;          /* a layer may contain mount points */
    atomic_bool no_nowait; /* tree_content */
};

static struct stack_tree *of(struct tree *t)
{
    return (struct stack_tree *)t;
}

/* The node of a call, and the open directory with the name under which it is found. */
struct at {
    struct stack_node *node;
    struct spot *spot;
    struct place_fd fd;
    const char *name;
};

static void at_done(struct stack_tree *s, struct at *at)
{
    if (at->fd.fd >= 0)
        place_close(s->layers, &at->fd);
    spot_unref(s->layers, at->spot);
    if (at->node)
        stack_node_unpin(s->nodes, at->node);
    *at = (struct at){.fd = {-1, NULL}};
}

/* The file has gone from a live layer, or another one has its name: -ESTALE makes the kernel look the name
 * up again, while -ENOENT would reach the program. */
static int stale(int r)
{
    return r == -ENOENT || r == -ENOTDIR || r == -ELOOP ? -ESTALE : r;
}

static int at_open(struct stack_tree *s, uint64_t id, struct at *ret)
{
    *ret = (struct at){.fd = {-1, NULL}};
    ret->node = stack_node_pin(s->nodes, id);
    if (!ret->node)
        return -ESTALE;
    ret->spot = stack_node_spot(s->nodes, ret->node);
    ret->name = ret->spot ? ret->spot->name : ".";
    int r = place_open(s->layers, ret->spot ? ret->spot->in : s->layers->roots[0], &ret->fd);
    if (r < 0)
        at_done(s, ret);
    return stale(r);
}

static void fill_attr(const struct stack_tree *s, const struct stat *st, const struct stack_dir *dir,
                      struct tree_attr *ret)
{
    *ret = (struct tree_attr){
        .ino = stack_ino(s->layers, st->st_dev, st->st_ino),
        .mode = st->st_mode,
        /* Counting the subdirectories of a merged directory requires reading all of it; 1 means "not
         * counted" to find(1) and others, and kernel overlayfs gives the same. */
        .nlink = dir && dir->n > 1 ? 1 : (uint32_t)st->st_nlink,
        .uid = st->st_uid,
        .gid = st->st_gid,
        .rdev_major = major(st->st_rdev),
        .rdev_minor = minor(st->st_rdev),
        .size = (uint64_t)st->st_size,
        .blocks = (uint64_t)st->st_blocks,
        .atime = st->st_atim,
        .mtime = st->st_mtim,
        .ctime = st->st_ctim,
    };
}

static int stat_spot(struct stack_layers *l, const struct spot *spot, struct stat *ret)
{
    struct place_fd fd;
    int r = place_open(l, spot->in, &fd);
    if (r < 0)
        return r;
    r = stack_stat(l, spot->in->layer, fd.fd, spot->name, ret, NULL);
    place_close(l, &fd);
    return r;
}

/* A metacopy has its blocks elsewhere. */
static void fill_blocks(const struct stack_tree *s, const struct spot *spot, struct tree_attr *attr)
{
    struct stat st;
    if (spot && spot->content && stat_spot(s->layers, spot->content, &st) == 0)
        attr->blocks = (uint64_t)st.st_blocks;
}

static int stat_at(const struct stack_tree *s, const struct at *at, struct stat *ret)
{
    int r;
    if (at->spot)
        r = stack_stat(s->layers, at->spot->in->layer, at->fd.fd, at->name, ret, NULL);
    else
        r = stack_stat_root(s->layers, 0, ret);
    if (r < 0)
        return stale(r);
    bool same = ret->st_dev == at->node->dev && ret->st_ino == at->node->ino &&
                (ret->st_mode & S_IFMT) == at->node->type;
    return same ? 0 : -ESTALE;
}

static int lookup_in(struct stack_tree *s, struct stack_node *node, struct stack_dir *dir, const char *name,
                     size_t len, uint64_t hint, uint64_t *ret_node, struct tree_attr *ret_attr)
{
    if (!dir)
        return -ENOTDIR;
    if (len == 0 || memchr(name, '/', len) || memchr(name, 0, len))
        return -EINVAL;
    if ((len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.'))
        return -ENOENT;
    unsigned first;
    int r = listing_recent_place(&dir->listing, s->hold_names, name, len, hint, &first);
    if (r < 0)
        return r;
    struct found found;
    r = stack_find(s->layers, dir, first, name, len, &found);
    if (r < 0)
        return r;
    fill_attr(s, &found.st, found.dir, ret_attr);
    fill_blocks(s, found.spot, ret_attr);
    return stack_node_enter(s->nodes, node, &found.st, found.spot, found.dir, ret_node);
}

/* `hint`: the probable position of the name in the directory's listing. */
static int lookup_at(struct stack_tree *s, uint64_t dir, const char *name, size_t name_len, uint64_t hint,
                     uint64_t *ret_node, struct tree_attr *ret_attr)
{
    struct stack_node *node = stack_node_pin(s->nodes, dir);
    if (!node)
        return -ESTALE;
    struct stack_dir *merged = stack_node_dir(s->nodes, node);
    int r = lookup_in(s, node, merged, name, name_len, hint, ret_node, ret_attr);
    stack_dir_unref(s->layers, merged);
    stack_node_unpin(s->nodes, node);
    return r;
}

static int stack_lookup(struct tree *t, uint64_t dir, const char *name, size_t name_len, uint64_t *ret_node,
                        struct tree_attr *ret_attr)
{
    return lookup_at(of(t), dir, name, name_len, UINT64_MAX, ret_node, ret_attr);
}

static int stack_entry_lookup(struct tree *t, uint64_t dir, const struct tree_entry *entry,
                              uint64_t *ret_node, struct tree_attr *ret_attr)
{
    return lookup_at(of(t), dir, entry->name, entry->name_len, entry->record, ret_node, ret_attr);
}

static void stack_forget(struct tree *t, uint64_t node, uint64_t n)
{
    stack_node_forget(of(t)->nodes, node, n);
}

static int stack_getattr(struct tree *t, uint64_t node, struct tree_attr *ret)
{
    struct stack_tree *s = of(t);
    struct at at;
    int r = at_open(s, node, &at);
    if (r < 0)
        return r;
    struct stat st;
    r = stat_at(s, &at, &st);
    if (r == 0) {
        struct stack_dir *dir = stack_node_dir(s->nodes, at.node);
        fill_attr(s, &st, dir, ret);
        stack_dir_unref(s->layers, dir);
        fill_blocks(s, at.spot, ret);
    }
    at_done(s, &at);
    return r;
}

static int stack_identity(struct tree *t, uint64_t node, uint64_t *ret_ino, uint32_t *ret_type)
{
    struct stack_tree *s = of(t);
    struct stack_node *n = stack_node_pin(s->nodes, node);
    if (!n)
        return -ESTALE;
    *ret_ino = stack_ino(s->layers, n->dev, n->ino);
    *ret_type = n->type;
    stack_node_unpin(s->nodes, n);
    return 0;
}

static int stack_parent(struct tree *t, uint64_t node, uint64_t *ret_parent, uint64_t *ret_ino)
{
    struct stack_tree *s = of(t);
    struct stack_node *n = stack_node_pin(s->nodes, node);
    if (!n)
        return -ESTALE;
    int r = n->type == S_IFDIR ? 0 : -ENOTDIR;
    if (r == 0) {
        const struct stack_node *parent = n->parent ? n->parent : n;
        *ret_parent = parent->id;
        *ret_ino = stack_ino(s->layers, parent->dev, parent->ino);
    }
    stack_node_unpin(s->nodes, n);
    return r;
}

static int stack_name(struct tree *t, uint64_t node, uint64_t *ret_dir, char ret_name[256])
{
    return stack_node_name(of(t)->nodes, node, ret_dir, ret_name);
}

static void stack_ref(struct tree *t, uint64_t node, uint64_t n)
{
    stack_node_ref(of(t)->nodes, node, n);
}

static uint64_t stack_outside_ino(struct tree *t, dev_t dev, ino_t ino)
{
    return stack_ino(of(t)->layers, dev, ino);
}

static uint64_t stack_tree_shown_ino(struct tree *t, uint64_t ino)
{
    return stack_shown_ino(of(t)->layers, ino);
}

static int stack_list(struct tree *t, uint64_t dir, struct tree_list **ret)
{
    struct listing *list;
    int r = node_list(of(t)->layers, of(t)->nodes, dir, true, of(t)->hold_names, &list);
    if (r == 0)
        *ret = (struct tree_list *)list;
    return r;
}

static void stack_list_done(struct tree *t, struct tree_list *list)
{
    (void)t;
    listing_unref((struct listing *)list);
}

static bool stack_list_has(const struct tree_list *list, const char *name)
{
    return listing_find((const struct listing *)list, name, strlen(name));
}

static enum tree_share stack_share(struct tree *t, uint64_t dir)
{
    return node_list_share(of(t)->layers, of(t)->nodes, dir, of(t)->hold_names);
}

static int stack_shared(struct tree *t, uint64_t dir, struct tree_list **ret)
{
    struct listing *list;
    int r = node_list_shared(of(t)->layers, of(t)->nodes, dir, of(t)->hold_names, &list);
    if (r == 0)
        *ret = (struct tree_list *)list;
    return r;
}

static void stack_unshare(struct tree *t, uint64_t dir)
{
    node_list_unshare(of(t)->nodes, dir);
}

static int stack_entry(struct tree *t, uint64_t dir, const struct tree_list *list, uint64_t position,
                       struct tree_entry *ret, char scratch[256])
{
    if (list)
        return listing_entry((const struct listing *)list, position, ret, scratch);
    struct listing *current;
    int r = node_list(of(t)->layers, of(t)->nodes, dir, position == 0, of(t)->hold_names, &current);
    if (r < 0)
        return r;
    r = listing_entry(current, position, ret, scratch);
    listing_unref(current);
    return r;
}

/* readlinkat(2) truncates the target, so the full length needs a large enough buffer. */
static ssize_t read_target(const struct at *at, char *buf, size_t size)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(at->fd.fd, at->name, target, sizeof(target));
    if (n < 0)
        return errno == EINVAL ? -ESTALE : stale(-errno);
    memcpy(buf, target, (size_t)n < size ? (size_t)n : size);
    return n;
}

static ssize_t stack_readlink(struct tree *t, uint64_t node, char *buf, size_t size)
{
    struct stack_tree *s = of(t);
    struct at at;
    int r = at_open(s, node, &at);
    if (r < 0)
        return r;
    ssize_t n = at.node->type == S_IFLNK ? read_target(&at, buf, size) : -EINVAL;
    at_done(s, &at);
    return n;
}

/* A mount on a directory is not asked for attributes (stack_stat.h). */
static bool is_covered(const struct stack_tree *s, const struct at *at)
{
    return at->node->type == S_IFDIR && at->spot &&
           stack_covered(s->layers, at->spot->in->layer, at->fd.fd, at->name, NULL);
}

/* An access list must match the mode that is kept beside the file. */
static ssize_t fit_list(struct stack_tree *s, const struct at *at, void *list, size_t size)
{
    struct stat st;
    if (!s->layers->overridden[at->spot ? at->spot->in->layer : 0])
        return (ssize_t)size;
    int r = stat_at(s, at, &st);
    if (r < 0)
        return r;
    acl_chmod(list, size, st.st_mode);
    return (ssize_t)size;
}

static ssize_t stack_getxattr(struct tree *t, uint64_t node, const char *name, void *value, size_t size)
{
    struct stack_tree *s = of(t);
    struct at at;
    int r = at_open(s, node, &at);
    if (r < 0)
        return r;
    ssize_t n = is_covered(s, &at) ? -ENODATA : xattr_get_at(at.fd.fd, at.name, name, value, size);
    if (n > 0 && size > 0 && strcmp(name, ACL_ACCESS) == 0)
        n = fit_list(s, &at, value, (size_t)n);
    at_done(s, &at);
    return n == -EOPNOTSUPP ? -ENODATA : n == -ENOENT ? -ESTALE : n;
}

static ssize_t stack_listxattr(struct tree *t, uint64_t node, char *list, size_t size)
{
    struct stack_tree *s = of(t);
    struct at at;
    int r = at_open(s, node, &at);
    if (r < 0)
        return r;
    ssize_t n = is_covered(s, &at) ? 0 : xattr_list_at(at.fd.fd, at.name, list, size);
    at_done(s, &at);
    return n == -EOPNOTSUPP ? 0 : n == -ENOENT ? -ESTALE : n;
}

static int open_content(struct stack_tree *s, const struct at *at, struct stat *ret_st)
{
    if (at->spot->no_content)
        return -EIO;
    const struct spot *content = at->spot->content;
    if (!content) {
        cleanup_fd int fd = stack_open_regular(s->layers, at->spot->in->layer, at->fd.fd, at->name, ret_st);
        if (fd < 0)
            return stale(fd);
        if (ret_st->st_dev != at->node->dev || ret_st->st_ino != at->node->ino)
            return -ESTALE;
        return steal_fd(&fd);
    }
    struct place_fd in;
    int r = place_open(s->layers, content->in, &in);
    if (r < 0)
        return stale(r);
    int fd = stack_open_regular(s->layers, content->in->layer, in.fd, content->name, ret_st);
    place_close(s->layers, &in);
    return stale(fd);
}

/* *ret_own: is *ret_st the file's own stat(2), as getattr reads it? */
static int content_entry(struct stack_tree *s, uint64_t node, struct fd_cache_entry **ret,
                         struct stat *ret_st, bool *ret_own)
{
    struct at at;
    int r = at_open(s, node, &at);
    if (r < 0)
        return r;
    *ret_own = at.spot && !at.spot->content && !s->layers->overridden[at.spot->in->layer];
    if (at.node->type != S_IFREG)
        r = at.node->type == S_IFDIR ? -EISDIR : -EINVAL;
    int fd = r < 0 ? r : open_content(s, &at, ret_st);
    if (fd >= 0) {
        stack_node_has_content(s->nodes, at.node);
        *ret = fd_cache_add(s->layers->cache, content_key(node), fd);
    }
    at_done(s, &at);
    return fd < 0 ? fd : *ret ? 0 : -ENOMEM;
}

static int stack_content(struct tree *t, uint64_t node, struct tree_content *ret)
{
    struct stack_tree *s = of(t);
    struct fd_cache_entry *e = fd_cache_get(s->layers->cache, content_key(node));
    bool known = !e, own; /* is the size known? */
    struct stat st;
    int r = e ? 0 : content_entry(s, node, &e, &st, &own);
    if (r < 0)
        return r;
    *ret = (struct tree_content){.fd = fd_cache_fd(e), .size = TREE_SIZE_UNASKED, .ref = e};
    if (known)
        ret->size = (uint64_t)st.st_size;
    if (s->layers->n_devs == 1 && !s->crosses)
        ret->no_nowait = &s->no_nowait;
    return 0;
}

/* Of a file that is not open: the name leads to it now. Attributes of a metacopy, and those kept in attributes,
 * are elsewhere. */
static int stack_content_attr(struct tree *t, uint64_t node, struct tree_content *ret,
                              struct tree_attr *ret_attr)
{
    struct stack_tree *s = of(t);
    struct fd_cache_entry *e = fd_cache_get(s->layers->cache, content_key(node));
    struct stat st;
    bool own;
    int r;
    if (e) {
        fd_cache_put(s->layers->cache, e);
        return -EOPNOTSUPP;
    }
    r = content_entry(s, node, &e, &st, &own);
    if (r < 0)
        return r;
    if (!own) {
        fd_cache_put(s->layers->cache, e);
        return -EOPNOTSUPP;
    }
    *ret = (struct tree_content){.fd = fd_cache_fd(e), .size = (uint64_t)st.st_size, .ref = e};
    fill_attr(s, &st, NULL, ret_attr);
    return 0;
}

static void stack_content_put(struct tree *t, struct tree_content *c)
{
    fd_cache_put(of(t)->layers->cache, c->ref);
    *c = (struct tree_content){.fd = -1};
}

static int stack_pin(struct tree *t, uint64_t node, int flags)
{
    struct stack_tree *s = of(t);
    struct at at;
    struct stat st;
    int r = at_open(s, node, &at);
    if (r < 0)
        return r;
    cleanup_fd int fd = entry_open(at.fd.fd, at.name, flags);
    if (fd < 0)
        r = fd == -EXDEV ? -EOPNOTSUPP : stale(fd); /* covered by a mount, which is not entered */
    else if (fstat(fd, &st) < 0)
        r = -errno;
    else if (st.st_dev != at.node->dev || st.st_ino != at.node->ino)
        r = -ESTALE;
    at_done(s, &at);
    return r < 0 ? r : steal_fd(&fd);
}

static int stack_protection(struct tree *t, uint64_t node, unsigned *ret, bool *ret_all)
{
    struct stack_tree *s = of(t);
    struct at at;
    int r = at_open(s, node, &at);
    if (r < 0)
        return r;
    r = stack_stat_protection(s->layers, at.spot ? at.spot->in->layer : 0, at.fd.fd, at.name, ret, ret_all);
    at_done(s, &at);
    return stale(r);
}

static int stack_statfs(struct tree *t, struct statvfs *ret)
{
    return fstatvfs(of(t)->layers->fds[0], ret) < 0 ? -errno : 0;
}

static void stack_free(struct tree *t)
{
    struct stack_tree *s = of(t);
    stack_nodes_free(s->nodes);
    stack_layers_close(s->layers);
    free(s);
}

static const struct tree_ops stack_ops = {
    .lookup = stack_lookup,
    .forget = stack_forget,
    .getattr = stack_getattr,
    .identity = stack_identity,
    .parent = stack_parent,
    .name = stack_name,
    .ref = stack_ref,
    .outside_ino = stack_outside_ino,
    .shown_ino = stack_tree_shown_ino,
    .list = stack_list,
    .list_done = stack_list_done,
    .list_has = stack_list_has,
    .share = stack_share,
    .shared = stack_shared,
    .unshare = stack_unshare,
    .entry = stack_entry,
    .entry_lookup = stack_entry_lookup,
    .readlink = stack_readlink,
    .getxattr = stack_getxattr,
    .listxattr = stack_listxattr,
    .content = stack_content,
    .content_attr = stack_content_attr,
    .content_put = stack_content_put,
    .pin = stack_pin,
    .protection = stack_protection,
    .statfs = stack_statfs,
    .free = stack_free,
};

void stack_tree_hold_names(struct tree *t, double seconds)
{
    of(t)->hold_names = seconds;
    t->fixed_names = isinf(seconds);
}

int stack_tree_new(const int *fds, unsigned n, const struct stack_options *options, struct tree **ret,
                   struct err *err)
{
    struct stack_tree *s = calloc(1, sizeof(*s));
    if (!s)
        return err_errno(err, ENOMEM, "tree");
    s->tree = (struct tree){.ops = &stack_ops, .marks = TREE_MARKS_USER};
    stack_tree_hold_names(&s->tree, options->has_timeout ? options->timeout : HOLD_NAMES);
    int r = stack_layers_open(fds, n, options, &s->layers, err);
    if (r < 0) {
        free(s);
        return r;
    }
    for (unsigned i = 0; i < n; i++)
        s->crosses |= s->layers->crosses[i];
    (void)flags_at(fds[0], ".", &(unsigned){0}); /* the first call asks the kernel whether it has the call */
    if (s->layers->trusted)
        s->tree.marks = TREE_MARKS_TRUSTED;
    struct stack_dir *root = NULL;
    struct stat st;
    r = stack_find_root(s->layers, &root, &st);
    if (r == 0) {
        s->nodes = stack_nodes_new(s->layers, &st, root);
        r = s->nodes ? 0 : -ENOMEM;
    }
    if (r < 0) {
        stack_dir_unref(s->layers, root);
        stack_layers_close(s->layers);
        free(s);
        return err_errno(err, -r, "cannot look at the layers");
    }
    s->layers->owned = true;
    *ret = &s->tree;
    return 0;
}
