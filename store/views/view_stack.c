/* SPDX-License-Identifier: Apache-2.0 */
#include "views/view_stack.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexing/merge_lookup.h"
#include "os/buf.h"
#include "os/fd.h"
#include "views/layer_view.h"

int view_stack_init(struct view_stack *s, const struct index *image, int tmp)
{
    *s = (struct view_stack){.n = index_layers(image), .tmp = tmp};
    s->indexes = calloc(s->n ? s->n : 1, sizeof *s->indexes);
    s->layers = calloc(s->n ? s->n : 1, sizeof *s->layers);
    return s->indexes && s->layers ? 0 : -ENOMEM;
}

void view_stack_clear(struct view_stack *s)
{
    for (uint32_t i = 0; s->indexes && i < s->n; i++)
        index_free(s->indexes[i]);
    free(s->indexes);
    free(s->layers);
    if (s->tmp >= 0)
        close(s->tmp);
    *s = (struct view_stack){.tmp = -1};
}

int view_stack_ready(struct view_stack *s, const struct index *image)
{
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < s->n; i++) {
        s->layers[i].index = s->indexes[i];
        r = index_layer(image, i, &s->layers[i].digest, &s->layers[i].digest_len);
    }
    return r;
}

/* Opens an unnamed file that only this user can change. */
static int open_unnamed(int tmp)
{
    if (tmp >= 0)
        return fd_unnamed(tmp);
    int fd = memfd_create("mica-view", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    return fchmod(fd, 0600) < 0 ? close(fd), -EPERM : fd;
}

static int write_view(const struct view_stack *s, enum view_kind kind, uint32_t layer, int fd,
                      struct err *err)
{
    if (kind == VIEW_UPTO)
        return merge_layers(s->layers, layer + 1, s->tmp, fd, NULL, err);
    if (kind == VIEW_LAYER)
        return layer_view_write(s->layers, s->n, layer, NULL, s->tmp, fd, err);

    struct hidden_names only;
    int r = hidden_names_find((const struct index *const *)s->indexes, s->n, layer, &only, err);
    if (r == 0)
        r = layer_view_write(s->layers, s->n, layer, &only, s->tmp, fd, err);
    hidden_names_clear(&only);
    return r;
}

int view_stack_index(const struct view_stack *s, enum view_kind kind, uint32_t layer, struct index **ret,
                     struct err *err)
{
    int fd = open_unnamed(s->tmp), r;

    if (fd < 0)
        return err_errno(err, -fd, "a temporary file");
    r = write_view(s, kind, layer, fd, err);
    if (r == 0)
        r = index_open(fd, "the view", INDEX_TREE, ret, err);
    close(fd);
    return r;
}

/* Gets the layer whose root describes the view's root; UINT32_MAX: none. */
static int describing(const struct view_stack *s, enum view_kind kind, uint32_t layer, uint32_t *ret)
{
    cleanup_buf struct buf parts = BUF_INIT;
    struct part meta = {UINT32_MAX, 0};
    struct index_inode in;
    int r;

    if (kind == VIEW_UPTO) {
        r = merge_lookup_root(s->layers, layer + 1, &parts, &meta);
    } else {
        r = index_inode(s->indexes[layer], INDEX_ROOT, &in);
        if (r == 0 && !(in.flags & INODE_IMPLICIT))
            meta.layer = layer;
    }
    *ret = meta.layer;
    return r;
}

int view_stack_root(const struct view_stack *s, enum view_kind kind, uint32_t layer, struct index_inode *ret,
                    const struct index **ret_index)
{
    struct index_inode in = {.mode = S_IFDIR | 0755};
    uint32_t from;
    int r = describing(s, kind, layer, &from);

    if (r == 0 && from != UINT32_MAX)
        r = index_inode(s->indexes[from], INDEX_ROOT, &in);
    if (r < 0)
        return r;
    in.nlink = 1;
    in.size = 4096;
    in.blocks = 8;
    *ret = in;
    *ret_index = s->indexes[from == UINT32_MAX ? layer : from];
    return 0;
}
