/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "tree/stack_tree.h"

static int open_lowers(const struct text_list *lowers, int *fds, unsigned *ret_n, struct err *err)
{
    for (size_t i = 0; i < lowers->n; i++) {
        int fd = open(lowers->items[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
            return err_errno(err, errno, "lowerdir %s", lowers->items[i]);
        fds[(*ret_n)++] = fd;
    }
    return 0;
}

static int open_directories(const struct mount_options *o, unsigned max_fds, struct source *ret,
                            struct err *err)
{
    int fds[MOUNT_OPTIONS_MAX_LOWERS];
    unsigned n = 0;
    int r = open_lowers(&o->lowers, fds, &n, err);

    if (r == 0)
        r = stack_tree_new(fds, n, -1, max_fds, &ret->tree, err);
    for (unsigned i = 0; r < 0 && i < n; i++)
        close(fds[i]);
    return r;
}

static int take_lease(struct source *s, const struct image *image, const char *mountpoint, struct err *err)
{
    cleanup_free char *where = strdup(mountpoint);
    struct lease_info info = {
        .mountpoint = where,
        .image = image->name,
        .manifest = image->manifest_digest,
        .chain_id = image->chain_id,
        .pid = getpid(),
        .started = time(NULL),
    };

    return where ? lease_take(s->store, &info, &s->lease, err) : err_errno(err, ENOMEM, "lease");
}

static int open_image(const struct mount_options *o, const char *mountpoint, unsigned max_fds,
                      struct source *ret, struct err *err)
{
    struct image image;
    int r = store_open(o->store, 0, &ret->store, err);

    if (r < 0)
        return r;
    r = store_find_image(ret->store, o->image, &image, err);
    if (r < 0)
        return r;
    /* The lease comes first: from then on nothing that the tree needs is removed. */
    r = take_lease(ret, &image, mountpoint, err);
    if (r == 0)
        r = store_open_tree(ret->store, &image.chain_id, max_fds, &ret->tree, err);
    image_free(&image);
    return r;
}

int source_open(const struct mount_options *o, const char *mountpoint, unsigned max_fds, struct source *ret,
                struct err *err)
{
    int r;

    *ret = (struct source){0};
    if (o->upperdir || o->branch)
        return err_set(err, EINVAL, "writable mounts are not there yet: mount read-only without upperdir");
    if (o->image)
        r = open_image(o, mountpoint, max_fds, ret, err);
    else
        r = open_directories(o, max_fds, ret, err);
    if (r < 0)
        source_close(ret);
    return r;
}

void source_close(struct source *s)
{
    if (s->lease)
        lease_drop(s->lease);
    if (s->store)
        store_close(s->store);
    s->lease = NULL;
    s->store = NULL;
}
