/* SPDX-License-Identifier: Apache-2.0 */
#include "union/copy_put.h"

#include <errno.h>
#include <fcntl.h>

#include "union/branch_whiteout.h"
#include "union/upper.h"

int copy_put(struct un *u, struct node *n, struct copy_job *j, struct node *dir, const char *text)
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
        /* Restore the times: the copy-up changes nothing that programs may see. */
        (void)where_utimens((struct where){fd.fd, "."}, times);
    }
    upper_close(u, &fd);
    return r;
}

int copy_put_nameless(struct un *u, struct node *n, struct copy_job *j)
{
    /* The node may have become an orphan after its copy was made under a name. */
    if (j->fd < 0)
        j->fd = openat(u->branch->config.work_fd, j->temporary, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (j->fd < 0)
        return -errno;
    core_hold(u, n, j->fd);
    j->fd = -1;
    node_set_upper(u->nodes, n, j->st.st_ino);
    return 0;
}
