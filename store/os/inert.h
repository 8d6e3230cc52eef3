/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from an untrusted source (an image, a directory, another user), made inert: it cannot control a
 * terminal, break a line, hide, or imitate another text. This is the only place that defines the characters
 * to escape; all printed text passes through it.
 *
 * Escaped are: control characters (below 0x20, DEL, U+0080 .. U+009F, which some terminals obey as well);
 * bytes that are not UTF-8; characters that reorder text (U+061C, U+200E, U+200F, U+202A .. U+202E, U+2066 ..
 * U+2069), break lines (U+2028, U+2029) or are invisible (soft hyphen, zero width, annotations, tags).
 */
#ifndef MICA_OS_INERT_H
#define MICA_OS_INERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one UTF-8 character of `s`. Returns its length in bytes, or 0 if `s` does not start with one
 * (also for len 0). */
size_t utf8_decode(const char *s, size_t len, uint32_t *ret);
bool utf8_valid(const char *s, size_t len);

/* Must the character be escaped? */
bool inert_hides(uint32_t c);

#define INERT_MAX 12 /* longest escape of one character, with the NUL */
/* Writes the inert form of the first character of `s` (len at least 1): the character itself; \xHH for a
 * control byte, for each byte of a C1 control character, and for a byte that is not UTF-8; \uHHHH or
 * \UHHHHHHHH for any other escaped character. Returns the number of bytes of `s` consumed. */
size_t inert_next(const char *s, size_t len, char ret[INERT_MAX]);

#endif
