/* SPDX-License-Identifier: Apache-2.0 */
#include "views/views_tree.h"

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tree/image_tree.h"
#include "views/view_numbers.h"
#include "views/views_names.h"

/* Mixed into the identity of the image's tree. */
#define VIEWS_MARK UINT64_C(0x9e3779b97f4a7c15)

struct made_view {
    _Atomic(struct tree *) tree; /* NULL: not made yet */
};

struct views_tree {
    struct tree base;
    struct tree *image;
    struct view_stack stack;
    uint64_t n; /* of the next two */
    struct view_range *ranges;
    struct made_view *views;
    pthread_mutex_t making;
};

/* The position of a node: a made-up directory, or a file of a view. */
struct at {
    uint64_t range; /* UINT64_MAX: a made-up directory */
    uint64_t node;  /* in the view, or the number of the directory */
};

static struct views_tree *of(struct tree *t)
{
    return (struct views_tree *)(void *)t;
}

static bool is_made_up(const struct at *at)
{
    return at->range == UINT64_MAX;
}

/* ---- views */

static enum view_kind kind_of(const struct views_tree *v, uint64_t range)
{
    return (enum view_kind)((range - 1) / v->stack.n);
}

static uint32_t layer_of(const struct views_tree *v, uint64_t range)
{
    return (uint32_t)((range - 1) % v->stack.n);
}

static int locate(const struct views_tree *v, uint64_t node, struct at *ret)
{
    *ret = (struct at){UINT64_MAX, node};
    if (node >= 1 && node <= VIEWS_DIRS)
        return 0;
    ret->range = view_numbers_find(v->ranges, v->n, node);
    if (ret->range == UINT64_MAX)
        return -ESTALE;
    ret->node = node - v->ranges[ret->range].base;
    return 0;
}

static int make(struct views_tree *v, uint64_t range, struct tree **ret)
{
    struct err err = {""};
    struct index *ix = NULL;
    int r = view_stack_index(&v->stack, kind_of(v, range), layer_of(v, range), &ix, &err);

    if (r == 0 && index_inodes(ix) > v->ranges[range].room)
        r = -EUCLEAN;
    if (r == 0)
        r = image_tree_sibling(v->image, ix, ret);
    if (r < 0)
        index_free(ix);
    return r;
}

/* Gets the tree of a view; makes it first if needed. */
static int enter(struct views_tree *v, uint64_t range, struct tree **ret)
{
    int r = 0;

    *ret = atomic_load_explicit(&v->views[range].tree, memory_order_acquire);
    if (*ret)
        return 0;
    pthread_mutex_lock(&v->making);
    *ret = atomic_load_explicit(&v->views[range].tree, memory_order_relaxed);
    if (!*ret) {
        r = make(v, range, ret);
        if (r == 0)
            atomic_store_explicit(&v->views[range].tree, *ret, memory_order_release);
    }
    pthread_mutex_unlock(&v->making);
    return r;
}

/* Locates a node of a view and gets the view's tree; -EINVAL for a made-up directory. */
static int enter_node(struct views_tree *v, uint64_t node, struct at *ret, struct tree **ret_tree)
{
    int r = locate(v, node, ret);

    if (r == 0)
        r = is_made_up(ret) ? -EINVAL : enter(v, ret->range, ret_tree);
    return r;
}

/* Does the view show its root as it is computed before the view is made? So it stays for the life of the mount. */
static bool has_own_root(const struct views_tree *v, const struct at *at)
{
    return !is_made_up(at) && at->node == INDEX_ROOT &&
           atomic_load_explicit(&v->views[at->range].tree, memory_order_acquire) != v->image;
}

static int root_of(const struct views_tree *v, uint64_t range, struct index_inode *ret,
                   const struct index **ret_index)
{
    return view_stack_root(&v->stack, kind_of(v, range), layer_of(v, range), ret, ret_index);
}

static int root_attr(const struct views_tree *v, uint64_t range, struct tree_attr *ret)
{
    const struct index *ix;
    struct index_inode in;
    int r = root_of(v, range, &in, &ix);

    if (r < 0)
        return r;
    *ret = (struct tree_attr){
        .ino = v->ranges[range].base + INDEX_ROOT,
        .mode = in.mode,
        .nlink = in.nlink,
        .uid = in.uid,
        .gid = in.gid,
        .size = in.size,
        .blocks = in.blocks,
        .atime = in.mtime,
        .mtime = in.mtime,
        .ctime = in.mtime,
    };
    return 0;
}

/* ---- made-up directories */

/* Returns the directory that holds a view's root. */
static uint64_t dir_of(const struct views_tree *v, uint64_t range)
{
    return range == 0 ? TREE_ROOT : VIEWS_DIR(kind_of(v, range));
}

static int made_up_attr(struct views_tree *v, uint64_t dir, struct tree_attr *ret)
{
    int r = tree_getattr(v->image, TREE_ROOT, ret);

    ret->ino = dir;
    ret->mode = S_IFDIR | 0555;
    ret->nlink = 2 + (dir == TREE_ROOT ? VIEWS_TOP_NAMES : v->stack.n);
    ret->uid = ret->gid = 0;
    return r;
}

/* Gets node and name at a position of a made-up directory. */
static bool made_up_entry(const struct views_tree *v, uint64_t dir, uint64_t position, uint64_t *ret_node,
                          char name[VIEWS_NAME_MAX])
{
    if (dir == TREE_ROOT) {
        if (position >= VIEWS_TOP_NAMES)
            return false;
        strcpy(name, views_top_name((unsigned)position));
        *ret_node = position == 0 ? v->ranges[0].base + INDEX_ROOT : VIEWS_DIR(position - 1);
        return true;
    }
    if (position >= v->stack.n)
        return false;
    enum view_kind kind = (enum view_kind)(dir - VIEWS_DIR(0));
    views_name(&v->stack, kind, (uint32_t)position, name);
    *ret_node = v->ranges[view_range_of(v->stack.n, kind, (uint32_t)position)].base + INDEX_ROOT;
    return true;
}

static int made_up_find(const struct views_tree *v, uint64_t dir, const char *name, size_t len,
                        uint64_t *ret_node)
{
    char found[VIEWS_NAME_MAX];
    uint32_t position = 0;

    if (dir == TREE_ROOT) {
        for (; made_up_entry(v, dir, position, ret_node, found); position++)
            if (strlen(found) == len && memcmp(found, name, len) == 0)
                return 0;
        return -ENOENT;
    }
    if (!views_name_find(&v->stack, (enum view_kind)(dir - VIEWS_DIR(0)), name, len, &position))
        return -ENOENT;
    return made_up_entry(v, dir, position, ret_node, found) ? 0 : -ENOENT;
}

/* ---- the interface of tree.h */

static int views_getattr(struct tree *t, uint64_t node, struct tree_attr *ret)
{
    struct views_tree *v = of(t);
    struct tree *view = NULL;
    struct at at;
    int r = locate(v, node, &at);

    if (r < 0)
        return r;
    if (is_made_up(&at))
        return made_up_attr(v, node, ret);
    if (has_own_root(v, &at))
        return root_attr(v, at.range, ret);
    r = enter(v, at.range, &view);
    if (r == 0)
        r = tree_getattr(view, at.node, ret);
    ret->ino = node;
    return r;
}

static int views_identity(struct tree *t, uint64_t node, uint64_t *ret_ino, uint32_t *ret_type)
{
    struct tree *view = NULL;
    struct at at;
    int r = locate(of(t), node, &at);

    *ret_ino = node;
    *ret_type = S_IFDIR;
    if (r < 0 || is_made_up(&at) || at.node == INDEX_ROOT)
        return r;
    r = enter(of(t), at.range, &view);
    if (r == 0)
        r = tree_identity(view, at.node, ret_ino, ret_type);
    *ret_ino = node;
    return r;
}

static int views_lookup(struct tree *t, uint64_t dir, const char *name, size_t name_len, uint64_t *ret_node,
                        struct tree_attr *ret_attr)
{
    struct views_tree *v = of(t);
    struct tree *view = NULL;
    struct at at;
    int r = locate(v, dir, &at);

    if (r == 0 && is_made_up(&at)) {
        r = made_up_find(v, dir, name, name_len, ret_node);
        return r < 0 ? r : views_getattr(t, *ret_node, ret_attr);
    }
    if (r == 0)
        r = enter(v, at.range, &view);
    if (r == 0)
        r = tree_lookup(view, at.node, name, name_len, ret_node, ret_attr);
    if (r == 0)
        ret_attr->ino = *ret_node += v->ranges[at.range].base;
    return r;
}

static void views_forget(struct tree *t, uint64_t node, uint64_t n)
{
    (void)t;
    (void)node;
    (void)n;
}

static int views_parent(struct tree *t, uint64_t node, uint64_t *ret_parent, uint64_t *ret_ino)
{
    struct views_tree *v = of(t);
    struct tree *view = NULL;
    struct at at;
    int r = locate(v, node, &at);

    if (r < 0)
        return r;
    if (is_made_up(&at) || at.node == INDEX_ROOT) {
        *ret_parent = *ret_ino = is_made_up(&at) ? TREE_ROOT : dir_of(v, at.range);
        return 0;
    }
    r = enter(v, at.range, &view);
    if (r == 0)
        r = tree_parent(view, at.node, ret_parent, ret_ino);
    if (r == 0)
        *ret_ino = *ret_parent += v->ranges[at.range].base;
    return r;
}

/* Gets the name of a made-up directory or of a view's root. */
static int top_name(const struct views_tree *v, const struct at *at, uint64_t *ret_dir, char name[256])
{
    if (is_made_up(at)) {
        if (at->node == TREE_ROOT)
            return -EINVAL;
        *ret_dir = TREE_ROOT;
        strcpy(name, views_top_name((unsigned)(at->node - TREE_ROOT)));
    } else {
        *ret_dir = dir_of(v, at->range);
        if (at->range == 0)
            strcpy(name, views_top_name(0));
        else
            views_name(&v->stack, kind_of(v, at->range), layer_of(v, at->range), name);
    }
    return 0;
}

static int views_node_name(struct tree *t, uint64_t node, uint64_t *ret_dir, char ret_name[256])
{
    struct views_tree *v = of(t);
    struct tree *view = NULL;
    struct at at;
    int r = locate(v, node, &at);

    if (r == 0 && (is_made_up(&at) || at.node == INDEX_ROOT))
        return top_name(v, &at, ret_dir, ret_name);
    if (r == 0)
        r = enter(v, at.range, &view);
    if (r == 0)
        r = view->ops->name(view, at.node, ret_dir, ret_name);
    if (r == 0)
        *ret_dir += v->ranges[at.range].base;
    return r;
}

/* Without a branch no file is outside. */
static uint64_t views_outside_ino(struct tree *t, dev_t dev, ino_t ino)
{
    (void)t;
    (void)dev;
    return UINT64_C(1) << 63 | ino;
}

static uint64_t views_shown_ino(struct tree *t, uint64_t ino)
{
    (void)t;
    return ino;
}

static int views_entry(struct tree *t, uint64_t dir, const struct tree_list *list, uint64_t position,
                       struct tree_entry *ret, char scratch[256])
{
    struct views_tree *v = of(t);
    struct tree *view = NULL;
    struct at at;
    uint64_t node;
    int r = locate(v, dir, &at);

    if (r < 0)
        return r;
    if (is_made_up(&at)) {
        if (!made_up_entry(v, dir, position, &node, scratch))
            return 0;
        *ret = (struct tree_entry){
            .name = scratch, .name_len = strlen(scratch), .ino = node, .type = DT_DIR, .record = position};
        return 1;
    }
    r = enter(v, at.range, &view);
    if (r == 0)
        r = tree_entry_in(view, at.node, list, position, ret, scratch);
    if (r > 0 && ret->ino)
        ret->ino += v->ranges[at.range].base;
    return r;
}

static int views_entry_lookup(struct tree *t, uint64_t dir, const struct tree_entry *entry,
                              uint64_t *ret_node, struct tree_attr *ret_attr)
{
    struct views_tree *v = of(t);
    struct tree *view = NULL;
    struct at at;
    struct tree_entry in = *entry;
    int r = locate(v, dir, &at);

    if (r == 0 && is_made_up(&at))
        return views_lookup(t, dir, entry->name, entry->name_len, ret_node, ret_attr);
    if (r == 0)
        r = enter(v, at.range, &view);
    if (r < 0)
        return r;
    in.ino -= v->ranges[at.range].base;
    r = tree_entry_lookup(view, at.node, &in, ret_node, ret_attr);
    if (r == 0)
        ret_attr->ino = *ret_node += v->ranges[at.range].base;
    return r;
}

static ssize_t views_readlink(struct tree *t, uint64_t node, char *buf, size_t size)
{
    struct tree *view = NULL;
    struct at at;
    int r = enter_node(of(t), node, &at, &view);

    return r < 0 ? r : tree_readlink(view, at.node, buf, size);
}

/* Attributes of a view's root are read without making the view: ls asks for those of all. */
static ssize_t views_getxattr(struct tree *t, uint64_t node, const char *name, void *value, size_t size)
{
    struct views_tree *v = of(t);
    const struct index *ix;
    struct index_inode in;
    struct tree *view = NULL;
    struct at at;
    int r = locate(v, node, &at);

    if (r == 0 && is_made_up(&at))
        return -ENODATA;
    if (r == 0 && has_own_root(v, &at)) {
        r = root_of(v, at.range, &in, &ix);
        return r < 0 ? r : index_getxattr(ix, &in, name, value, size);
    }
    if (r == 0)
        r = enter(v, at.range, &view);
    return r < 0 ? r : tree_getxattr(view, at.node, name, value, size);
}

static ssize_t views_listxattr(struct tree *t, uint64_t node, char *list, size_t size)
{
    struct views_tree *v = of(t);
    const struct index *ix;
    struct index_inode in;
    struct tree *view = NULL;
    struct at at;
    int r = locate(v, node, &at);

    if (r == 0 && is_made_up(&at))
        return 0;
    if (r == 0 && has_own_root(v, &at)) {
        r = root_of(v, at.range, &in, &ix);
        return r < 0 ? r : index_listxattr(ix, &in, list, size);
    }
    if (r == 0)
        r = enter(v, at.range, &view);
    return r < 0 ? r : tree_listxattr(view, at.node, list, size);
}

static int views_content(struct tree *t, uint64_t node, struct tree_content *ret)
{
    struct tree *view = NULL;
    struct at at;
    int r = locate(of(t), node, &at);

    if (r == 0)
        r = is_made_up(&at) ? -EISDIR : enter(of(t), at.range, &view);
    return r < 0 ? r : tree_content_to_read(view, at.node, ret);
}

static void views_content_put(struct tree *t, struct tree_content *c)
{
    tree_content_put(of(t)->image, c);
}

static int views_statfs(struct tree *t, struct statvfs *ret)
{
    return tree_statfs(of(t)->image, ret);
}

static void views_rest(struct tree *t)
{
    struct views_tree *v = of(t);

    for (uint64_t i = 0; i < v->n; i++) {
        struct tree *view = atomic_load_explicit(&v->views[i].tree, memory_order_acquire);
        if (view)
            tree_rest(view);
    }
    for (uint32_t i = 0; i < v->stack.n; i++)
        index_rest(v->stack.indexes[i]);
}

static void views_free(struct tree *t)
{
    struct views_tree *v = of(t);

    for (uint64_t i = 0; v->views && i < v->n; i++) {
        struct tree *view = atomic_load_explicit(&v->views[i].tree, memory_order_relaxed);
        if (view != v->image)
            tree_free(view);
    }
    view_stack_clear(&v->stack); /* borrows from the image's index */
    tree_free(v->image);
    pthread_mutex_destroy(&v->making);
    free(v->ranges);
    free(v->views);
    free(v);
}

static const struct tree_ops views_ops = {
    .lookup = views_lookup,
    .forget = views_forget,
    .getattr = views_getattr,
    .identity = views_identity,
    .parent = views_parent,
    .name = views_node_name,
    .ref = views_forget,
    .outside_ino = views_outside_ino,
    .shown_ino = views_shown_ino,
    .entry = views_entry,
    .entry_lookup = views_entry_lookup,
    .readlink = views_readlink,
    .getxattr = views_getxattr,
    .listxattr = views_listxattr,
    .content = views_content,
    .content_put = views_content_put,
    .statfs = views_statfs,
    .rest = views_rest,
    .free = views_free,
};

/* The merged image serves two views: its own, and that of the image up to its top layer. */
static void share_image(struct views_tree *v)
{
    atomic_store_explicit(&v->views[0].tree, v->image, memory_order_relaxed);
    if (v->stack.n)
        atomic_store_explicit(&v->views[view_range_of(v->stack.n, VIEW_UPTO, v->stack.n - 1)].tree, v->image,
                              memory_order_relaxed);
}

int views_tree_new(struct tree *image, struct view_stack *layers, struct tree **ret)
{
    struct views_tree *v = calloc(1, sizeof *v);
    uint64_t files = index_inodes(image_tree_index(image)), n = view_ranges(layers->n);
    int r = -ENOMEM;

    if (!v)
        return -ENOMEM;
    v->base = *image;
    v->base.ops = &views_ops;
    v->base.lasting = (image->lasting * VIEWS_MARK) | 1;
    v->ranges = calloc(n, sizeof *v->ranges);
    v->views = calloc(n, sizeof *v->views);
    v->n = n;
    if (v->ranges && v->views)
        r = view_numbers_lay_out(layers, files, v->ranges);
    if (r < 0) {
        free(v->ranges);
        free(v->views);
        free(v);
        return r;
    }
    v->image = image;
    v->stack = *layers;
    pthread_mutex_init(&v->making, NULL);
    share_image(v);
    *ret = &v->base;
    return 0;
}
