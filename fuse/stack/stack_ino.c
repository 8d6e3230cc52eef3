/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inode numbers as in kernel overlayfs's xino: the high bits, which file systems hardly use, identify the
 * device. All high bits set is reserved for numbers that do not fit: inodes that use the high bits
 * themselves, and devices without a layer's root (a mount below a layer). These get a hash.
 *
 * A branch stores these numbers with copied-up files. For 32-bit programs they are composed anew, within 32
 * bits.
 */
#include "stack/stack_ino.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Number of bits that distinguish `n` values. */
static unsigned bits_for(unsigned n)
{
    unsigned bits = 1;
    while (1u << bits < n)
        bits++;
    return bits;
}

/* A number in the range after the highest device. */
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

    /* Hash the index of a listed device, as st_dev may change on a reboot. */
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

    /* The plain number could equal another device's. */
    const uint64_t identity[2] = {2, ino};
    return ino <= UINT32_MAX ? reserved(bits, XXH3_64bits(identity, sizeof(identity))) : ino;
}
