/* SPDX-License-Identifier: Apache-2.0 */
#include "source_views.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "os/fd.h"
#include "tree/image_tree.h"
#include "views/views_tree.h"

char *source_view_text(const struct mount_options *o, char ret[SOURCE_VIEW_MAX])
{
    if (o->views)
        snprintf(ret, SOURCE_VIEW_MAX, "views");
    else if (o->layer || o->upto)
        snprintf(ret, SOURCE_VIEW_MAX, "%s=%u", o->layer ? "layer" : "upto", o->layer ? o->layer : o->upto);
    else
        return NULL;
    return ret;
}

/* Opens a directory for the unnamed files of views: of the store, otherwise of the machine. -1: none has room for
 * files, they are in memory. */
static int open_tmp(const struct store *s)
{
    static const char *const machine[] = {"/var/tmp", "/tmp"};

    for (size_t i = 0; i <= sizeof machine / sizeof *machine; i++) {
        int fd = i == 0 ? openat(store_fd(s), "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                        : open(machine[i - 1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int probe = fd < 0 ? -1 : fd_unnamed(fd);

        if (probe >= 0) {
            close(probe);
            return fd;
        }
        if (fd >= 0)
            close(fd);
    }
    return -1;
}

static int open_layers(struct store *s, const struct index *image, struct view_stack *ret, struct err *err)
{
    int r = view_stack_init(ret, image, open_tmp(s));

    if (r < 0)
        return err_set(err, ENOMEM, "out of memory");
    for (uint32_t i = 0; i < ret->n; i++) {
        const uint8_t *bytes;
        struct digest id;
        size_t len;

        if (index_layer(image, i, &bytes, &len) < 0 || digest_from_bytes(bytes, len, &id) < 0)
            return err_set(err, EUCLEAN, "the tree of the image is damaged: mica verify");
        r = store_open_layer_index(s, &id, &ret->indexes[i], err);
        if (r < 0)
            return r;
    }
    return view_stack_ready(ret, image);
}

static int open_one(struct store *s, const struct mount_options *o, const struct view_stack *stack,
                    unsigned max_fds, struct tree **tree, struct err *err)
{
    uint32_t n = o->layer ? o->layer : o->upto;
    struct index *ix = NULL;
    struct tree *view;
    int r;

    if (n > stack->n)
        return err_set(err, EINVAL, "the image has %u layers, and no layer %u", stack->n, n);
    r = view_stack_index(stack, o->layer ? VIEW_LAYER : VIEW_UPTO, n - 1, &ix, err);
    if (r == 0)
        r = store_tree_of(s, ix, max_fds, &view, err);
    if (r < 0)
        return r;
    tree_free(*tree);
    *tree = view;
    return 0;
}

int source_views(struct store *s, const struct mount_options *o, unsigned max_fds, struct tree **tree,
                 struct err *err)
{
    struct view_stack stack;
    int r;

    if (!o->views && !o->layer && !o->upto)
        return 0;
    r = open_layers(s, image_tree_index(*tree), &stack, err);
    if (r == 0 && !o->views) {
        r = open_one(s, o, &stack, max_fds, tree, err);
        view_stack_clear(&stack);
        return r;
    }
    if (r == 0) {
        r = views_tree_new(*tree, &stack, tree);
        if (r < 0)
            err_errno(err, -r, "the views of the image");
    }
    if (r < 0)
        view_stack_clear(&stack);
    return r;
}
