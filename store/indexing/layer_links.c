/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/layer_links.h"

#include <errno.h>
#include <string.h>

#include "indexing/link_path.h"

struct walk {
    struct layer_nodes *n;
    struct link_path path;
    char *done; /* the path walked so far, without links */
    size_t len;
    uint32_t name_number; /* the name of the deepest component of `done` that is in the layer */
    unsigned beyond;      /* number of components of `done` after it */
};

static void go_to_root(struct walk *w)
{
    w->len = 0;
    w->name_number = LAYER_ROOT_NAME;
    w->beyond = 0;
}

static void go_up(struct walk *w)
{
    if (w->len == 0)
        return;
    while (w->len > 0 && w->done[w->len - 1] != '/')
        w->len--;
    if (w->len > 0)
        w->len--;
    if (w->beyond)
        w->beyond--;
    else
        w->name_number = layer_name_at(w->n, w->name_number)->parent;
}

static int go_down(struct walk *w, const char *name, size_t len, uint32_t child)
{
    if (len > 255 || w->len + 1 + len > LAYER_PATH_MAX)
        return -ENAMETOOLONG;
    if (w->len > 0)
        w->done[w->len++] = '/';
    memcpy(w->done + w->len, name, len);
    w->len += len;
    if (child)
        w->name_number = child;
    else
        w->beyond++;
    return 0;
}

/* Follows a link. The steps count bytes of targets, because these determine the cost. */
static int follow(struct walk *w, uint32_t link)
{
    const struct index_inode *in = &layer_inode_at(w->n, layer_name_at(w->n, link)->inode)->data;
    const char *target = index_writer_text_at(w->n->out, in->target);

    if (in->size > w->n->link_steps)
        return -E2BIG;
    w->n->link_steps -= in->size;
    if (*target == '/')
        go_to_root(w);
    return link_path_follow(&w->path, target, in->size);
}

static int step(struct walk *w, const char *name, size_t len, bool last)
{
    uint32_t child;

    if (len == 1 && name[0] == '.')
        return 0;
    if (len == 2 && name[0] == '.' && name[1] == '.') {
        go_up(w);
        return 0;
    }
    child = w->beyond ? 0 : layer_nodes_child(w->n, w->name_number, name, len);
    if (child && !last && layer_name_is_symlink(w->n, child))
        return follow(w, child);
    return go_down(w, name, len, child);
}

bool layer_links_hides(struct layer_nodes *n, const char *path)
{
    uint32_t at = LAYER_ROOT_NAME;

    for (const char *end = path; *end; path = end + 1) {
        const struct layer_name *name;

        if (layer_name_at(n, at)->flags & LNAME_OPAQUE)
            return true;
        end = strchrnul(path, '/');
        at = layer_nodes_child(n, at, path, (size_t)(end - path));
        if (!at)
            return false;
        name = layer_name_at(n, at);
        if (name->flags & LNAME_WHITEOUT ||
            (name->inode && !layer_inode_is_dir(layer_inode_at(n, name->inode))))
            return true;
    }
    return false;
}

int layer_links_follow(struct layer_nodes *n, const char *path, const char *what,
                       char ret[LAYER_PATH_MAX + 1], uint32_t *ret_name, struct err *err)
{
    struct walk w = {.n = n, .done = ret};
    const char *name;
    size_t len;
    bool last;
    int r = 0;

    go_to_root(&w);
    link_path_init(&w.path, path, strlen(path));
    while (r == 0 && link_path_next(&w.path, &name, &len, &last))
        r = step(&w, name, len, last);
    ret[w.len] = 0;
    if (ret_name)
        *ret_name = w.beyond ? 0 : w.name_number;
    switch (r) {
    case -ELOOP:
        return err_set(err, ELOOP, "%s \"%.200s\" leads through more than %d symbolic links", what, path,
                       LINK_PATH_LINKS_MAX);
    case -ENAMETOOLONG:
        return err_set(err, ENAMETOOLONG,
                       "%s \"%.200s\" leads through symbolic links to a name longer than 255 bytes or a path "
                       "longer than %d",
                       what, path, LAYER_PATH_MAX);
    case -E2BIG:
        return err_set(err, E2BIG, "following the layer's symbolic links takes too long");
    default:
        return r;
    }
}
