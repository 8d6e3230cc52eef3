/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open the layers of a stack tree (stack_place.h).
 *
 * If permitted, a layer is used through a private, read-only clone of its mount, as in kernel overlayfs:
 * mounts on directories below are then not part of the layer, so that a mount of mica inside its own lower
 * directory cannot deadlock the daemon, and neither a bug nor a passthrough open can write.
 */
#include "stack/stack_layers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/xattr_at.h"
#include "stack/override.h"
#include "stack/stack_overlap.h"
#include "stack/stack_place.h"
#include "stack/stack_tree.h"

/* The kernel checks CAP_SYS_ADMIN in the initial user namespace first for trusted.*, so removing a missing
 * attribute tells. */
static bool may_use_trusted(void)
{
    cleanup_fd int fd = memfd_create("mica-probe", MFD_CLOEXEC);
    return fd >= 0 && (fremovexattr(fd, "trusted.overlay.probe") == 0 || errno != EPERM);
}

/* Replace the descriptor by one of a private clone, if permitted. */
static bool make_private(int fd)
{
    cleanup_fd int own = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (own < 0)
        return false;
    /* A shared clone would receive later mounts. The other flags are precautions, which a user namespace may
     * refuse. */
    struct mount_attr private = {.propagation = MS_PRIVATE};
    if (mount_setattr(own, "", AT_EMPTY_PATH, &private, sizeof(private)) < 0)
        return false;
    struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
    (void)mount_setattr(own, "", AT_EMPTY_PATH, &read_only, sizeof(read_only));
    struct mount_attr no_atime = {.attr_set = MOUNT_ATTR_NOATIME, .attr_clr = MOUNT_ATTR__ATIME};
    (void)mount_setattr(own, "", AT_EMPTY_PATH, &no_atime, sizeof(no_atime));
    /* The owner of the layer may replace a file by a device or a link at any moment. */
    struct mount_attr no_dev = {.attr_set = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID};
    (void)mount_setattr(own, "", AT_EMPTY_PATH, &no_dev, sizeof(no_dev));
    struct mount_attr no_links = {.attr_set = MOUNT_ATTR_NOSYMFOLLOW}; /* Linux 5.14 */
    (void)mount_setattr(own, "", AT_EMPTY_PATH, &no_links, sizeof(no_links));
    /* Keep the number, so that 500 layers never need 1,000 descriptors. */
    return dup3(own, fd, O_CLOEXEC) == fd;
}

static void know_device(struct stack_layers *l, dev_t dev)
{
    unsigned known = 0;
    while (known < l->n_devs && l->devs[known] != dev)
        known++;
    if (known == l->n_devs)
        l->devs[l->n_devs++] = dev;
}

/* Read the override attributes of the layer's root, if they can be believed. */
static uint8_t overrides_of(int fd, bool believe)
{
    uint8_t bits = 0;
    for (unsigned i = 0; i < OVERRIDE_NAMES; i++)
        if ((believe || i == OVERRIDE_SECURITY) && xattr_get_at(fd, ".", override_names[i], NULL, 0) >= 0)
            bits |= (uint8_t)(1u << i);
    return bits;
}

static int take_layer(struct stack_layers *l, unsigned i, bool believe_overrides, struct err *err)
{
    struct stat st;
    if (fstat(l->fds[i], &st) < 0)
        return err_errno(err, errno, "layer %u", i + 1);
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ENOTDIR, "layer %u is not a directory", i + 1);
    ssize_t n = xattr_list_at(l->fds[i], ".", NULL, 0);
    if (n == -ENOENT || n == -ENOTDIR)
        return err_set(err, ENOENT, "extended attributes cannot be read: /proc is not mounted");
    know_device(l, st.st_dev);
    l->overridden[i] = overrides_of(l->fds[i], believe_overrides || st.st_uid == geteuid());
    l->crosses[i] = !make_private(l->fds[i]);
    l->roots[i] = place_new(l, NULL, "", 0);
    if (!l->roots[i])
        return err_errno(err, ENOMEM, "layer %u", i + 1);
    l->roots[i]->layer = (uint16_t)i;
    l->roots[i]->dev = st.st_dev;
    l->roots[i]->ino = st.st_ino;
    return 0;
}

/* Record the devices and inodes of a branch's upper and work directory: inode numbers there are composed as
 * in layers. Added after the layers, so that the order of these stays. */
static int take_upper(struct stack_layers *l, int fd, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_errno(err, errno, "the upper directory or its work directory");
    know_device(l, st.st_dev);
    l->own[l->n_own++] = (struct own){st.st_dev, st.st_ino};
    return 0;
}

bool stack_is_own(const struct stack_layers *l, dev_t dev, ino_t ino)
{
    for (unsigned i = 0; i < l->n_own; i++)
        if (l->own[i].ino == ino && l->own[i].dev == dev)
            return true;
    return false;
}

int stack_layers_open(const int *fds, unsigned n, const struct stack_options *options,
                      struct stack_layers **ret, struct err *err)
{
    if (n == 0 || n > STACK_MAX_LAYERS)
        return err_set(err, EINVAL, "%u layers: between 1 and %d are possible", n, STACK_MAX_LAYERS);
    int r = stack_check_overlap(fds, n, options->top_is_upper ? 1 : 0, err);
    if (r < 0)
        return r;
    struct stack_layers *l = calloc(1, sizeof(*l));
    if (!l)
        return err_errno(err, ENOMEM, "layers");
    l->n = l->n_visible = n;
    atomic_init(&l->ids, 1);
    l->fds = calloc(n, sizeof(*l->fds));
    l->crosses = calloc(n, sizeof(*l->crosses));
    l->overridden = calloc(n, sizeof(*l->overridden));
    l->roots = calloc(n, sizeof(*l->roots));
    l->devs = calloc(n + 1, sizeof(*l->devs));
    l->cache = fd_cache_new(options->max_fds);
    l->trusted = may_use_trusted();
    l->no_redirects = options->no_redirects;
    if (!l->fds || !l->crosses || !l->overridden || !l->roots || !l->devs || !l->cache)
        r = err_errno(err, ENOMEM, "layers");
    else
        memcpy(l->fds, fds, n * sizeof(*fds));
    for (unsigned i = 0; i < n && r == 0; i++)
        r = take_layer(l, i, options->believe_overrides, err);
    if (r == 0 && options->top_is_upper)
        r = take_upper(l, fds[0], err);
    if (r == 0 && options->upper_fd >= 0)
        r = take_upper(l, options->upper_fd, err);
    if (r == 0 && options->upper_fd >= 0 && options->work_fd >= 0)
        r = take_upper(l, options->work_fd, err);
    if (r < 0) {
        stack_layers_close(l);
        return r;
    }
    *ret = l;
    return 0;
}

void stack_layers_close(struct stack_layers *l)
{
    if (!l)
        return;
    for (unsigned i = 0; i < l->n; i++) {
        if (l->roots)
            place_unref(l, l->roots[i]);
        if (l->owned)
            close(l->fds[i]);
    }
    fd_cache_free(l->cache);
    free(l->fds);
    free(l->crosses);
    free(l->overridden);
    free(l->roots);
    free(l->devs);
    free(l);
}
