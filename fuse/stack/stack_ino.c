/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Composing inode numbers, the idea of kernel overlayfs's xino: the high bits, which file systems hardly use,
 * tell the device. The topmost bits all set are kept for what does not fit: inodes that use the high bits
 * themselves, and devices that no layer's root is on (a mount below a layer). They get a hash there.
 *
 * Those numbers are kept on disk, with what a branch has copied up. Programs of 32 bits cannot use them, so
 * they are shown composed anew, within 32 bits.
 */
#include "stack/stack_ino.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Bits that tell `n` things apart. */
static unsigned bits_for(unsigned n)
{
    unsigned bits = 1;
    while (1u << bits < n)
        bits++;
    return bits;
}

/* Behind the highest device. */
static uint64_t reserved(unsigned bits, uint64_t hash)
{
    return ((UINT64_C(1) << bits) - 1) << (64 - bits) | hash >> bits;
}

uint64_t stack_ino(const struct stack_layers *l, dev_t dev, ino_t ino)
{
    unsigned device = 0;
    while (device < l->n_devs && l->devs[device] != dev)
        device++;
    if (device == 0 && l->n_devs == 1)
        return ino;
    unsigned bits = bits_for(l->n_devs + 1), shift = 64 - bits;
    if (device < l->n_devs && ino >> shift == 0)
        return (uint64_t)device << shift | ino;

    /* A listed device goes by its place in the list, as st_dev can be another one after a reboot. */
    const uint64_t identity[3] = {device < l->n_devs, device < l->n_devs ? device : dev, ino};
    return reserved(bits, XXH3_64bits(identity, sizeof(identity)));
}

uint64_t stack_shown_ino(const struct stack_layers *l, uint64_t ino)
{
    if (l->n_devs == 1)
        return ino;
    unsigned bits = bits_for(l->n_devs + 1), shift = 64 - bits, short_shift = 32 - bits_for(l->n_devs);
    uint64_t device = ino >> shift, own = ino & ((UINT64_C(1) << shift) - 1);
    if (device < l->n_devs && own >> short_shift == 0)
        return device << short_shift | own;

    /* The first device's numbers would be taken for another's. */
    const uint64_t identity[2] = {2, ino};
    return ino <= UINT32_MAX ? reserved(bits, XXH3_64bits(identity, sizeof(identity))) : ino;
}
