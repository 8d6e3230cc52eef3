/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in a listing as numbers. Programs of 32 bits have 31 for them (off_t), so places of the tree's names
 * are in the lower half of these, and places of the upper's own names, by the number of the next one, in the
 * upper half. A directory of more than a billion names of the tree goes on beyond 32 bits; the upper's have
 * no more numbers than that (NAMES_NUMBER_MAX). Pure.
 */
#ifndef MICA_UNION_COOKIE_H
#define MICA_UNION_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "union/names.h"

#define COOKIE_HALF ((uint64_t)1 << 30)
#define COOKIE_LONG ((uint64_t)1 << 62)
_Static_assert(NAMES_NUMBER_MAX + 1 < COOKIE_HALF, "a place is also behind the last number");

/* Of a position in the tree's part, below COOKIE_LONG. */
static inline uint64_t cookie_of_tree(uint64_t position)
{
    return position < COOKIE_HALF ? position : COOKIE_LONG | position;
}

/* The upper's names of this number and higher ones are still to come. */
static inline uint64_t cookie_of_upper(uint64_t number)
{
    return COOKIE_HALF + number;
}

/* Is it one of the upper's? Then *ret is the number; else a position in the tree's part. Any may come. */
static inline bool cookie_is_upper(uint64_t cookie, uint64_t *ret)
{
    bool upper = cookie >= COOKIE_HALF && !(cookie & COOKIE_LONG);

    *ret = upper ? cookie - COOKIE_HALF : cookie & ~COOKIE_LONG;
    return upper;
}

#endif
