/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cookies of a listing. 32-bit programs have 31 bits for them (off_t): the lower half is for positions in the
 * tree's names, the upper half for names that only the upper has, by the number of the next one. Directories
 * with more than a billion names of the tree go on beyond 32 bits; numbers of the upper's names stay below
 * NAMES_NUMBER_MAX. Pure.
 */
#ifndef MICA_UNION_COOKIE_H
#define MICA_UNION_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "union/names.h"

#define COOKIE_HALF ((uint64_t)1 << 30)
#define COOKIE_LONG ((uint64_t)1 << 62)
_Static_assert(NAMES_NUMBER_MAX + 1 < COOKIE_HALF, "a place is also behind the last number");

/* Cookie of a position in the tree's names, below COOKIE_LONG. */
static inline uint64_t cookie_of_tree(uint64_t position)
{
    return position < COOKIE_HALF ? position : COOKIE_LONG | position;
}

/* Cookie before the upper's names of this number and higher. */
static inline uint64_t cookie_of_upper(uint64_t number)
{
    return COOKIE_HALF + number;
}

/* Is the cookie one of the upper's names? *ret is then their number, else a position in the tree's names.
 * Accepts any cookie. */
static inline bool cookie_is_upper(uint64_t cookie, uint64_t *ret)
{
    bool upper = cookie >= COOKIE_HALF && !(cookie & COOKIE_LONG);

    *ret = upper ? cookie - COOKIE_HALF : cookie & ~COOKIE_LONG;
    return upper;
}

#endif
