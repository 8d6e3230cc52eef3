/* SPDX-License-Identifier: Apache-2.0 */
#include "union/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/array.h"
#include "union/copy_dir.h"
#include "union/look.h"

int place_of_single(struct un *u, const struct node *n, struct node **ret_dir, char name[256])
{
    uint64_t dir;
    int r = tree_name(u->tree, n->tree, &dir, name);

    return r < 0 ? r : copy_up_dir(u, dir, ret_dir);
}

/* Path components from the root to a directory of the tree, leaf first. */
struct way {
    struct step {
        uint64_t id;
        char name[256];
    } * steps;
    size_t n;
};

static int add_step(struct way *w, uint64_t id)
{
    struct step *steps = array_room(w->steps, w->n, sizeof *steps);

    if (!steps)
        return -ENOMEM;
    w->steps = steps;
    w->steps[w->n++].id = id;
    return 0;
}

static int find_way(struct un *u, uint64_t dir, struct way *w)
{
    int r = 0;

    while (r == 0 && dir != TREE_ROOT) {
        r = add_step(w, dir);
        if (r == 0)
            r = tree_name(u->tree, dir, &dir, w->steps[w->n - 1].name);
    }
    return r;
}

/* Take one step, and copy up the directory found. `dir` stays pinned: the copy-up needs it in the upper and
 * known. */
static int go(struct un *u, struct node *dir, const struct step *step, struct node **ret)
{
    int r = look_node(u, dir, step->name, ret);

    if (r < 0)
        return r;
    r = (*ret)->type == S_IFDIR && (*ret)->tree == step->id ? copy_up_directory(u, *ret, false) : -ENOENT;
    if (r < 0)
        core_done(u, *ret);
    return r;
}

static int go_all(struct un *u, const struct way *w, struct node **ret)
{
    struct node *at = u->root, *next;
    int r = 0;

    node_pin(at);
    for (size_t i = w->n; r == 0 && i-- > 0;) {
        r = go(u, at, &w->steps[i], &next);
        core_done(u, at);
        if (r == 0)
            at = next;
    }
    *ret = at;
    return r;
}

int place_of_linked(struct un *u, const struct node *n, struct node **ret_dir, char name[256])
{
    struct way w = {0};
    struct node *dir;
    struct name *upper;
    uint64_t id;
    int r = tree_name(u->tree, n->tree, &id, name);

    if (r == 0)
        r = find_way(u, id, &w);
    if (r == 0)
        r = go_all(u, &w, &dir);
    free(w.steps);
    if (r == 0) {
        r = copy_up_dir(u, dir->id, ret_dir);
        core_done(u, dir);
    }
    if (r == 0 && ((r = look_name(u, *ret_dir, name, &upper)) < 0 || upper)) {
        core_done(u, *ret_dir);
        *ret_dir = NULL;
        r = r < 0 ? r : -ENOENT;
    }
    return r == -ENOTDIR || r == -ESTALE ? -ENOENT : r;
}
