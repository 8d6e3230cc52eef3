/* SPDX-License-Identifier: Apache-2.0 */
/* Compare a node of the union with one of the tree by all that a mount shows: type, mode, owner, device,
 * size, mtime, target, attributes, content. */
#include "union/changes_compare.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "os/cleanup.h"
#include "os/fd.h"
#include "union/attributes.h"
#include "union/changes_walk.h"
#include "union/xattr_policy.h"

#define LIST_MAX  65536
#define VALUE_MAX 65536
#define CHUNK     (128u << 10)

/* ---- attributes */

static ssize_t tree_list(struct change_walk *w, uint64_t node, char *list)
{
    ssize_t n = attributes_of_tree_list(w->un, node, list, LIST_MAX);

    return n < 0 ? n : (ssize_t)xattr_filter_list(list, (size_t)n, true);
}

static size_t count_names(const char *list, ssize_t len)
{
    size_t n = 0;

    for (ssize_t i = 0; i < len; i++)
        n += list[i] == '\0';
    return n;
}

/* Does the tree's node have each attribute of the union's with the same value? `room` holds two values. */
static int same_values(struct change_walk *w, const struct both *b, const char *list, ssize_t len, char *room)
{
    for (const char *name = list; name < list + len; name += strlen(name) + 1) {
        ssize_t n = un_getxattr(w->un, b->node, name, room, VALUE_MAX, true);
        ssize_t m = attributes_of_tree_get(w->un, b->base, name, room + VALUE_MAX, VALUE_MAX);

        if (n < 0 && n != -ENODATA)
            return (int)n;
        if (m < 0 && m != -ENODATA)
            return (int)m;
        if (n != m || (n > 0 && memcmp(room, room + VALUE_MAX, (size_t)n) != 0))
            return 0;
    }
    return 1;
}

/* 1, 0 or an error. */
static int same_xattrs(struct change_walk *w, const struct both *b)
{
    cleanup_free char *room = malloc(2 * LIST_MAX + 2 * VALUE_MAX);
    ssize_t n, m;

    if (!room)
        return -ENOMEM;
    n = un_listxattr(w->un, b->node, room, LIST_MAX, true);
    m = n < 0 ? n : tree_list(w, b->base, room + LIST_MAX);
    if (m < 0)
        return (int)m;
    if (count_names(room, n) != count_names(room + LIST_MAX, m))
        return 0;
    return same_values(w, b, room, n, room + 2 * LIST_MAX);
}

/* ---- content */

/* Does the union show the tree's content, since the upper has none? */
static bool shares_content(struct change_walk *w, const struct both *b)
{
    struct node *n;
    bool shared = true;

    if (!w->un->branch)
        return true;
    pthread_mutex_lock(&w->un->lock);
    n = core_known(w->un, b->node);
    if (n && n->upper_ino)
        shared = n->metacopy && n->tree == b->base;
    else
        shared = (n ? n->tree : b->node) == b->base;
    core_done(w->un, n);
    pthread_mutex_unlock(&w->un->lock);
    return shared;
}

static int same_bytes(const struct tree_content *x, const struct tree_content *y)
{
    cleanup_free char *room = malloc(2 * CHUNK);
    uint64_t size = y->size;

    if (!room)
        return -ENOMEM;
    if (x->size != y->size)
        return 0;
    for (uint64_t at = 0; at < size; at += CHUNK) {
        size_t len = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
        ssize_t n = fd_pread(x->fd, room, len, x->offset + at);
        ssize_t m = fd_pread(y->fd, room + CHUNK, len, y->offset + at);

        if (n < 0 || m < 0)
            return n < 0 ? (int)n : (int)m;
        if (n != m || memcmp(room, room + CHUNK, (size_t)n) != 0)
            return 0;
    }
    return 1;
}

/* Only the bytes decide, as times can be set. Rare: a write changes the time. */
static int same_content(struct change_walk *w, const struct both *b)
{
    struct tree_content ours, theirs;
    int r;

    if (shares_content(w, b))
        return 1;
    r = un_content(w->un, b->node, &ours);
    if (r < 0)
        return r;
    r = tree_content(w->un->tree, b->base, &theirs);
    if (r == 0) {
        r = same_bytes(&ours, &theirs);
        tree_content_put(w->un->tree, &theirs);
    }
    un_content_put(w->un, &ours);
    return r;
}

static int same_target(struct change_walk *w, const struct both *b)
{
    char ours[PATH_MAX], theirs[PATH_MAX];
    ssize_t n = un_readlink(w->un, b->node, ours, sizeof ours);
    ssize_t m = n < 0 ? n : tree_readlink(w->un->tree, b->base, theirs, sizeof theirs);

    if (m < 0)
        return (int)m;
    return n == m && memcmp(ours, theirs, (size_t)n < sizeof ours ? (size_t)n : sizeof ours) == 0;
}

/* ---- the whole node */

static bool same_facts(const struct both *b)
{
    const struct stat *st = &b->st;
    const struct tree_attr *a = &b->attr;

    if (st->st_mode != a->mode || st->st_uid != a->uid || st->st_gid != a->gid)
        return false;
    if (st->st_mtim.tv_sec != a->mtime.tv_sec || st->st_mtim.tv_nsec != a->mtime.tv_nsec)
        return false;
    if ((S_ISCHR(a->mode) || S_ISBLK(a->mode)) && st->st_rdev != makedev(a->rdev_major, a->rdev_minor))
        return false;
    return !S_ISREG(a->mode) || (uint64_t)st->st_size == a->size;
}

/* Neither the node nor its content has ever changed. */
static bool is_untouched(struct change_walk *w, const struct both *b)
{
    struct node *n;
    bool untouched = b->node == b->base;

    if (!untouched || !w->un->branch)
        return untouched;
    pthread_mutex_lock(&w->un->lock);
    n = core_known(w->un, b->node);
    untouched = !n || !n->upper_ino;
    core_done(w->un, n);
    pthread_mutex_unlock(&w->un->lock);
    return untouched;
}

int both_compare(struct change_walk *w, const struct both *b)
{
    int r = 1;

    if (is_untouched(w, b))
        return SAME;
    if (!same_facts(b))
        return DIFFERENT;
    if (S_ISLNK(b->attr.mode))
        r = same_target(w, b);
    if (r == 1)
        r = same_xattrs(w, b);
    if (r == 1 && S_ISREG(b->attr.mode))
        r = same_content(w, b);
    if (r <= 0)
        return r < 0 ? r : DIFFERENT;
    if (!S_ISDIR(b->attr.mode) && (b->attr.nlink > 1 || b->st.st_nlink > 1) && b->st.st_ino != b->attr.ino)
        return SAME_APART;
    return SAME_ENTRY;
}
