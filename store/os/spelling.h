/* SPDX-License-Identifier: Apache-2.0 */
/* Suggestions for mistyped words. Pure. */
#ifndef MICA_OS_SPELLING_H
#define MICA_OS_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#define SPELLING_MAX 64 /* longer words match nothing */

/* The edit distance of `a` and `b`: insertions, deletions, substitutions and swaps of neighbours.
 * SPELLING_MAX for longer words. */
size_t spelling_distance(const char *a, const char *b);
/* Is `typed` probably a misspelling of `meant`, one or two edits away? */
bool spelling_is_near(const char *typed, const char *meant, size_t *ret_distance);

#endif
