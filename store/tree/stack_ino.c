/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Composing inode numbers, the idea of kernel overlayfs's xino: the high bits, which file systems hardly use,
 * tell the device. The topmost bits all set are kept for what does not fit: inodes that use the high bits
 * themselves, and devices that no layer's root is on (a mount below a layer). They get a hash there.
 */
#include "tree/stack_ino.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t stack_ino(const struct stack_layers *l, dev_t dev, ino_t ino)
{
    unsigned device = 0;
    while (device < l->n_devs && l->devs[device] != dev)
        device++;
    if (device == 0 && l->n_devs == 1)
        return ino;
    unsigned bits = 1;
    while ((1u << bits) - 1 < l->n_devs)
        bits++;
    unsigned shift = 64 - bits;
    if (device < l->n_devs && ino >> shift == 0)
        return (uint64_t)device << shift | ino;

    /* A listed device goes by its place in the list, as st_dev can be another one after a reboot. */
    const uint64_t identity[3] = {device < l->n_devs, device < l->n_devs ? device : dev, ino};
    uint64_t reserved = (UINT64_C(1) << bits) - 1;
    return reserved << shift | XXH3_64bits(identity, sizeof(identity)) >> bits;
}
