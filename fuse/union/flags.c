/* SPDX-License-Identifier: Apache-2.0 */
/* Flags for lsattr(1) and chattr(1). */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/entry.h"
#include "union/copy_up.h"
#include "union/file_flags.h"
#include "union/protect.h"
#include "union/upper.h"

#define READING (O_RDONLY | O_NONBLOCK | O_NOCTTY)

/* Open the file that has the flags, where its content is: in the upper or a live layer. -EOPNOTSUPP for an
 * image, which has no flags. */
static int open_flagged(struct un *u, struct node *n)
{
    struct upper_fd fd;
    struct where w;
    int r;

    if (!n->upper_ino || n->metacopy) {
        cleanup_fd int pin = tree_pin(u->tree, n->tree);

        return pin < 0 ? pin : entry_reopen(pin, READING);
    }
    r = upper_pin(u, n, &fd, &w, NULL);
    if (r < 0)
        return r;
    r = where_open(w, READING);
    upper_close(u, &fd);
    return r;
}

static int get(struct un *u, struct node *n, struct un_flags *ret)
{
    cleanup_fd int fd = -1;
    unsigned kept;
    int r;

    *ret = (struct un_flags){0};
    if (n->type != S_IFREG && n->type != S_IFDIR)
        return -ENOTTY;
    fd = open_flagged(u, n);
    if (fd < 0 && fd != -EOPNOTSUPP)
        return fd;
    r = fd < 0 ? 0 : file_flags_get(fd, &ret->x, &ret->flags);
    if (r == 0)
        r = protect_flags(u, n, &kept);
    if (r < 0)
        return r;
    ret->flags |= kept;
    ret->x.fsx_xflags |= kept & FS_IMMUTABLE_FL ? FS_XFLAG_IMMUTABLE : 0;
    ret->x.fsx_xflags |= kept & FS_APPEND_FL ? FS_XFLAG_APPEND : 0;
    return 0;
}

/* Without a branch no node has state. */
static int get_of_tree(struct un *u, uint64_t tree, struct un_flags *ret)
{
    struct tree_attr a;
    struct node n = {.tree = tree, .held_fd = -1};
    int r = tree_getattr(u->tree, tree, &a);

    n.type = a.mode & S_IFMT;
    return r < 0 ? r : get(u, &n, ret);
}

int un_get_flags(struct un *u, uint64_t node, struct un_flags *ret)
{
    struct node *n;
    int r;

    if (!u->branch)
        return get_of_tree(u, node, ret);
    pthread_mutex_lock(&u->lock);
    r = core_node(u, node, &n);
    if (r == 0) {
        r = get(u, n, ret);
        core_done(u, n);
    }
    pthread_mutex_unlock(&u->lock);
    return r;
}

static unsigned protected_of(const struct un_flags *f, bool extended)
{
    if (!extended)
        return f->flags & PROTECTED_FLAGS;
    return (f->x.fsx_xflags & FS_XFLAG_IMMUTABLE ? FS_IMMUTABLE_FL : 0u) |
           (f->x.fsx_xflags & FS_XFLAG_APPEND ? FS_APPEND_FL : 0u);
}

/* Apply the differences from the file's flags before copy-up; the other flags are the copy's own. */
static int set(struct un *u, struct node *n, const struct un_flags *f, bool extended)
{
    cleanup_fd int fd = -1;
    struct un_flags was;
    struct upper_fd in;
    struct where w;
    int r = get(u, n, &was);

    if (r == 0)
        r = copy_up(u, n, COPY_CONTENT);
    if (r == 0)
        r = upper_pin(u, n, &in, &w, NULL);
    if (r < 0)
        return r;
    fd = where_open(w, READING);
    r = fd < 0 ? fd : 0;
    if (r == 0)
        r = extended ? file_xflags_change(fd, &was.x, &f->x)
                     : file_flags_change(fd, was.flags ^ f->flags, f->flags);
    if (r == 0 && protected_of(&was, extended) != protected_of(f, extended))
        r = protect_keep(u, n, w, protected_of(f, extended));
    upper_close(u, &in);
    return r;
}

int un_set_flags(struct un *u, uint64_t node, const struct un_flags *flags, bool extended)
{
    struct node *n;
    int r;

    if (!u->branch)
        return -EROFS;
    pthread_mutex_lock(&u->lock);
    r = core_node(u, node, &n);
    if (r == 0) {
        r = set(u, n, flags, extended);
        core_done(u, n);
    }
    pthread_mutex_unlock(&u->lock);
    return r;
}

bool un_flags_protect_otherwise(const struct un_flags *a, const struct un_flags *b, bool extended)
{
    return protected_of(a, extended) != protected_of(b, extended);
}
