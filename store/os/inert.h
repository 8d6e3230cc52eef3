/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that somebody else controls (an image, a directory, another user), made inert: none of it can act on a
 * terminal, break a line, hide, or make a text look like another one. The one place that says which
 * characters those are; what is printed anywhere goes through it.
 *
 * They are: control characters (below 0x20, DEL, U+0080 .. U+009F, which some terminals obey as well); bytes
 * that are not UTF-8; those that reorder text (U+061C, U+200E, U+200F, U+202A .. U+202E, U+2066 .. U+2069),
 * break lines (U+2028, U+2029) or are not seen (soft hyphen, zero width, annotations, tags).
 */
#ifndef MICA_OS_INERT_H
#define MICA_OS_INERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one UTF-8 character of `s`. Returns its bytes, or 0 when `s` does not start with one (len 0
 * included). */
size_t utf8_decode(const char *s, size_t len, uint32_t *ret);
bool utf8_valid(const char *s, size_t len);

/* Is the character one that must not be printed? */
bool inert_hides(uint32_t c);

#define INERT_MAX 12 /* what one character becomes, with an end */
/* The inert form of the first character of `s` (len at least 1): itself; \xHH for a control byte, each byte
 * of a C1 control character, and a byte that is not UTF-8; \uHHHH or \UHHHHHHHH for another character that
 * must not be printed. Returns how many bytes of `s` it is of. */
size_t inert_next(const char *s, size_t len, char ret[INERT_MAX]);

#endif
