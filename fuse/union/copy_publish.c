/* SPDX-License-Identifier: Apache-2.0 */
#include "union/copy_publish.h"

#include <errno.h>

#include "union/copy_put.h"
#include "union/links.h"
#include "union/place.h"

bool copy_is_linked(const struct node *n, const struct copy_job *j)
{
    return j->attr.nlink > 1 && n->type != S_IFDIR;
}

/* Publish the copy under one of its names, or as one of the links without a name in the upper if none is
 * available. */
static int publish_linked(struct un *u, struct node *n, struct copy_job *j)
{
    struct node *dir = NULL;
    char name[256];
    int r = place_of_linked(u, n, &dir, name);

    if (r < 0 && r != -ENOENT)
        return r;
    r = links_begin(u, n, copy_made(u, j), j->attr.nlink);
    if (r == 0 && dir && (r = copy_put(u, n, j, dir, name)) < 0)
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

    if (n->dead)
        return copy_put_nameless(u, n, j);
    if (copy_is_linked(n, j))
        return publish_linked(u, n, j);
    r = place_of_single(u, n, &dir, name);
    if (r < 0)
        return r;
    r = copy_put(u, n, j, dir, name);
    core_done(u, dir);
    return r;
}
