/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orphans: open files whose name in the upper is removed. The daemon is not told of opens, so a descriptor replaces
 * the name as long as the kernel knows the node. Descriptors are limited; beyond the limit a name in the work
 * directory replaces it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "union/aside.h"
#include "union/keep.h"
#include "union/links.h"
#include "union/look.h"
#include "union/upper.h"

/* Open read-only or O_PATH only if the file permits no more; on a read-only file system the name cannot be
 * removed either. */
static int open_to_keep(struct where w, uint32_t type)
{
    static const int ways[] = {O_RDWR | O_NONBLOCK | O_NOCTTY, O_RDONLY | O_NONBLOCK | O_NOCTTY, O_PATH};
    int fd = -EACCES;

    for (size_t i = type == S_IFREG ? 0 : 2; i < 3 && (fd == -EACCES || fd == -ETXTBSY); i++)
        fd = where_open(w, ways[i]);
    return fd;
}

/* Directories cannot have a second name; a removed one needs little. */
static int park(struct un *u, struct node *n, struct where w)
{
    char temporary[BRANCH_TEMPORARY_MAX];
    int work = u->branch->config.work_fd, r;

    if (n->type == S_IFDIR)
        return 0;
    r = where_link(w, work, branch_temporary(u->branch, temporary));
    if (r < 0)
        return r;
    r = node_set_name(n, u->parking, temporary);
    if (r < 0)
        branch_discard(u->branch, temporary);
    n->parked = r == 0;
    return r;
}

static int keep_node(struct un *u, struct node *n, struct where w)
{
    int fd;

    if (n->held_fd >= 0 || n->parked)
        return 0;
    if (u->held >= u->held_max)
        return park(u, n, w);
    fd = open_to_keep(w, n->type);
    if (fd == -EMFILE || fd == -ENFILE)
        return park(u, n, w);
    if (fd >= 0)
        core_hold(u, n, fd);
    return fd < 0 ? fd : 0;
}

int keep_open(struct un *u, struct node *n, bool *ret_last)
{
    struct upper_fd fd;
    struct where w;
    struct stat st;
    int r = upper_pin(u, n, &fd, &w, &st);

    if (r < 0)
        return r;
    *ret_last = n->type == S_IFDIR || look_links(n, &st) <= 1;
    /* A file with sidecar marks keeps a name until they are removed, also if the daemon is killed. */
    if (r == 0 && *ret_last && !n->parked && aside_has(u->branch, n->type, st.st_ino))
        r = park(u, n, w);
    /* If other names exist, the one in the links directory suffices. */
    else if (r == 0 && n->lookups > 0 && (*ret_last || !n->grouped))
        r = keep_node(u, n, w);
    upper_close(u, &fd);
    return r;
}

void keep_without_name(struct un *u, struct node *n, struct node *dir, const char *text, bool last)
{
    if (last)
        n->dead = true;
    if (last && n->grouped)
        links_end(u, n);
    if (n->parent == dir && n->name && strcmp(n->name, text) == 0)
        node_set_name(n, NULL, NULL);
    if (n->type == S_IFDIR)
        upper_unload(n);
    /* The inode is not held, so its number may be reused. */
    if (last && n->held_fd < 0 && !n->parked)
        node_set_upper(u->nodes, n, 0);
}
