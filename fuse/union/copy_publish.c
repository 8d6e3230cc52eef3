/* SPDX-License-Identifier: Apache-2.0 */
#include "union/copy_publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "union/links.h"
#include "union/place.h"

static int put_in_place(struct un *u, struct node *n, struct copy_job *j, struct node *dir, const char *text)
{
    struct upper_fd fd;
    struct stat before;
    struct name *name;
    int r = upper_open(u, dir, &fd);

    if (r < 0)
        return r;
    r = where_stat((struct where){fd.fd, "."}, &before);
    if (r == 0 && !n->grouped)
        r = node_set_name(n, dir, text);
    name = r == 0 ? names_add(dir->names, text) : NULL;
    if (r == 0 && !name)
        r = -ENOMEM;
    if (r == 0)
        r = branch_move_new(u->branch, u->branch->config.work_fd, j->temporary, fd.fd, text);
    if (r < 0) {
        if (!n->grouped)
            node_set_name(n, NULL, NULL);
        if (name)
            names_remove(dir->names, name);
    } else {
        const struct timespec times[2] = {before.st_atim, before.st_mtim};

        j->has_temporary = false;
        node_set_upper(u->nodes, n, j->st.st_ino);
        core_name_shows(name, n, true);
        /* Nothing has changed that anybody could see. */
        (void)where_utimens((struct where){fd.fd, "."}, times);
    }
    upper_close(u, &fd);
    return r;
}

bool copy_is_linked(const struct node *n, const struct copy_job *j)
{
    return j->attr.nlink > 1 && n->type != S_IFDIR;
}

/* One of its names is the upper's from now on; where that is not to be had, none, and it is just one of the
 * links. */
static int publish_linked(struct un *u, struct node *n, struct copy_job *j)
{
    struct node *dir = NULL;
    char name[256];
    int r = place_of_linked(u, n, &dir, name);

    if (r < 0 && r != -ENOENT)
        return r;
    r = links_begin(u, n, copy_made(u, j), j->attr.nlink);
    if (r == 0 && dir && (r = put_in_place(u, n, j, dir, name)) < 0)
        links_end(u, n);
    if (r == 0 && !dir)
        node_set_upper(u->nodes, n, j->st.st_ino);
    if (r == 0 && dir)
        links_has_name(n);
    core_done(u, dir);
    return r;
}

int copy_publish(struct un *u, struct node *n, struct copy_job *j)
{
    struct node *dir;
    char name[256];
    int r;

    if (n->dead) {
        /* It may have lost its name meanwhile. */
        if (j->fd < 0)
            j->fd = openat(u->branch->config.work_fd, j->temporary, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (j->fd < 0)
            return -errno;
        core_hold(u, n, j->fd);
        j->fd = -1;
        node_set_upper(u->nodes, n, j->st.st_ino);
        return 0;
    }
    if (copy_is_linked(n, j))
        return publish_linked(u, n, j);
    r = place_of_single(u, n, &dir, name);
    if (r < 0)
        return r;
    r = put_in_place(u, n, j, dir, name);
    core_done(u, dir);
    return r;
}
