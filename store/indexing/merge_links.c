/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/merge_links.h"

#include <errno.h>
#include <stdlib.h>

/* The number of lookups in layers while hard links to lower layers are followed. A layer with many links
 * deep into many layers could take endless time; an image of 100 layers and 100,000 such links needs a
 * tenth. */
#define LINK_STEPS_MAX (1ull << 28)

int merge_links_init(struct merge_links *l, const struct merge_layer *layers, uint32_t n, struct err *err)
{
    *l = (struct merge_links){.layers = layers, .n_layers = n, .steps = LINK_STEPS_MAX, .err = err};
    l->found = calloc(n ? n : 1, sizeof *l->found);
    return l->found ? 0 : -ENOMEM;
}

void merge_links_release(struct merge_links *l)
{
    for (uint32_t i = 0; l->found && i < l->n_layers; i++)
        free(l->found[i]);
    free(l->found);
    buf_free(&l->way);
    l->found = NULL;
}

int merge_damaged(struct err *err, uint32_t layer)
{
    return err_set(err, EUCLEAN, "the index of layer %u (from the bottom, counting from 1) is damaged",
                   layer + 1);
}

/* Finds the target of a layer's hard link that was read before its target. An archive is unpacked in
 * order, so the file of the lower layers comes first, even if a later entry of the layer replaces it. If
 * they have no file there, a later entry is the target: unpacking would have failed, but no other reading
 * is possible. -EUCLEAN: p->layer is damaged. */
static int find_target(struct merge_links *l, struct part *p, const char *path, size_t len)
{
    const struct part link = *p;
    struct part own;
    int r = merge_lookup(l->layers, link.layer, path, len, &l->steps, p), s;

    if (r != -ENOENT && r != -EISDIR)
        return r;
    s = merge_lookup(l->layers, link.layer + 1, path, len, &l->steps, &own);
    if (s == 0 && (own.layer != link.layer || own.inode == link.inode))
        s = -ENOENT;
    *p = s == 0 || s == -EUCLEAN ? own : link;
    return s == -ENOENT || s == -EISDIR || s == -ELOOP ? r : s;
}

static int in_circle(struct merge_links *l, uint32_t layer, const struct index_name *name)
{
    return err_set(
        l->err, ELOOP,
        "layer %u (from the bottom, counting from 1): \"%.*s\" is a hard link that leads through hard "
        "links to itself",
        layer + 1, (int)name->len, name->name);
}

static int follow_link(struct merge_links *l, struct part *p, const struct index_inode *in,
                       const struct index_name *name)
{
    uint32_t layer = p->layer;
    const char *path;
    size_t len;
    int r;

    if (index_target(l->layers[layer].index, in, &path, &len) < 0)
        return merge_damaged(l->err, layer);
    r = find_target(l, p, path, len);
    switch (r) {
    case -ENOENT:
    case -EISDIR:
    case -ELOOP:
        return err_set(
            l->err, -r,
            "layer %u (from the bottom, counting from 1): \"%.*s\" is a hard link to \"%.*s\", which %s",
            layer + 1, (int)name->len, name->name, len < 500 ? (int)len : 500, path,
            r == -ENOENT  ? "is in no layer"
            : r == -ELOOP ? "leads through too many symbolic links"
                          : "is a directory");
    case -E2BIG:
        return err_set(l->err, E2BIG, "following the hard links to lower layers takes too long");
    case -EUCLEAN:
        return merge_damaged(l->err, p->layer);
    default:
        return r;
    }
}

/* Returns the cached result of a layer's link: a chain of links is followed once, from whichever link
 * comes first. Inode 0: not followed yet. */
static struct part *found_of(struct merge_links *l, struct part link)
{
    struct part **of = &l->found[link.layer];

    if (!*of)
        *of = calloc(index_inodes(l->layers[link.layer].index), sizeof **of);
    return *of ? &(*of)[link.inode - 1] : NULL;
}

static const struct part under_way = {UINT32_MAX, UINT32_MAX};

/* Follows lower links to the file: the target may again be a link of a layer below, or of the same layer,
 * where links may form a circle. */
int merge_links_follow(struct merge_links *l, struct part *p, struct index_inode *in,
                       const struct index_name *name)
{
    int r = 0;

    l->way.len = 0;
    while (r == 0 && in->flags & INODE_LOWER_LINK) {
        struct part *found = found_of(l, *p), link = *p;

        if (!found)
            return -ENOMEM;
        if (found->inode == under_way.inode)
            return in_circle(l, link.layer, name);
        *p = *found;
        if (!found->inode) {
            *found = under_way;
            *p = link;
            r = buf_append(&l->way, &link, sizeof link);
            if (r == 0)
                r = follow_link(l, p, in, name);
        }
        if (r == 0 && index_inode(l->layers[p->layer].index, p->inode, in) < 0)
            return merge_damaged(l->err, p->layer);
    }
    for (size_t i = 0; r == 0 && i < l->way.len / sizeof(struct part); i++) {
        struct part *found = found_of(l, *part_at(&l->way, i));

        if (found) /* always true: it was allocated on the way */
            *found = *p;
    }
    return r;
}
