/* SPDX-License-Identifier: Apache-2.0 */
/* Mistyped words. Pure. */
#ifndef MICA_OS_SPELLING_H
#define MICA_OS_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#define SPELLING_MAX 64 /* longer words are like no other */

/* How many letters must be put in, taken out, changed or swapped with their neighbour to make `b` of `a`;
 * SPELLING_MAX for what is longer than that. */
size_t spelling_distance(const char *a, const char *b);
/* Is `typed` rather `meant`, with a letter or two wrong? */
bool spelling_is_near(const char *typed, const char *meant, size_t *ret_distance);

#endif
