/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow one item at a time. */
#ifndef MICA_OS_ARRAY_H
#define MICA_OS_ARRAY_H

#include <stddef.h>
#include <stdlib.h>

/* Makes room for one more item of `size` bytes behind the `n` of an array whose memory comes from this function
 * alone (NULL: it has none yet; free with free(3)). The memory follows from `n`: a power of two of items, at least
 * ARRAY_MIN. Returns the array, which may have moved, or NULL without memory: the array is as before. */
#define ARRAY_MIN 4
static inline void *array_room(void *items, size_t n, size_t size)
{
    if (items && (n < ARRAY_MIN || (n & (n - 1))))
        return items;
    return reallocarray(items, n < ARRAY_MIN ? ARRAY_MIN : 2 * n, size);
}

#endif
