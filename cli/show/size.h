/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes in the form that users read and type. */
#ifndef MICA_SHOW_SIZE_H
#define MICA_SHOW_SIZE_H

#include <stdint.h>

#define SIZE_TEXT_MAX 16

/* Formats bytes in powers of 1000, three digits at most: "0 B", "999 B", "1.2 kB", "120 MB". Rounds half
 * up. Returns `buf`. */
const char *size_format(uint64_t bytes, char buf[SIZE_TEXT_MAX]);

/* Parses a number with an optional unit: K, M, G, T, P (or KiB ...) are powers of 1024; kB, MB ... are
 * powers of 1000; B is one. Ignores case. -EINVAL for another text, -ERANGE above 2^64 - 1. */
int size_parse(const char *s, uint64_t *ret);
/* Parses a decimal number. Same errors. */
int number_parse(const char *s, uint64_t *ret);

#endif
