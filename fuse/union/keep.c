/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to a file when its name in the upper goes. Programs may have it open, which we are not told,
 * so as long as the kernel knows the node a descriptor stands in for the name.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "union/keep.h"
#include "union/links.h"

static int open_to_keep(struct where w, uint32_t type)
{
    int fd = -EACCES;

    if (type == S_IFREG)
        fd = where_open(w, O_RDWR | O_NONBLOCK | O_NOCTTY);
    return fd >= 0 ? fd : where_open(w, O_PATH);
}

int keep_open(struct un *u, struct node *n, bool *ret_last)
{
    struct upper_fd fd;
    struct where w;
    struct stat st;
    int r = upper_where(u, n, &fd, &w);

    if (r < 0)
        return r;
    r = where_stat(w, &st);
    *ret_last = n->type == S_IFDIR || st.st_nlink + (n->grouped ? n->tree_names - 1 : 0) <= 1;
    /* Where there are more names, one of the links directory is as good as any. */
    if (r == 0 && n->held_fd < 0 && n->lookups > 0 && (*ret_last || !n->grouped)) {
        r = open_to_keep(w, n->type);
        if (r >= 0)
            n->held_fd = r;
    }
    upper_close(u, &fd);
    return r < 0 ? r : 0;
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
}
