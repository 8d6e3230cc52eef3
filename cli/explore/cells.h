/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of an image as the characters of a screen: inert (os/inert.h), of known width, cut to the room that there is. A
 * character that the locale cannot show, and a combining one that has nothing to combine with, is escaped as well. Pure but
 * for the locale (LC_CTYPE).
 */
#ifndef MICA_EXPLORE_CELLS_H
#define MICA_EXPLORE_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum {
    CELLS_COMBINING = 4, /* combining characters that a character may have */
    CELLS_ROOM = 1 + CELLS_COMBINING,
};

enum {
    CELLS_NAME = 1, /* double a backslash, so that the text can be decoded */
    CELLS_END = 2,  /* cut the beginning, not the end */
};

/* Writes at most `columns` columns of `s`, NUL-terminated: at most columns * CELLS_ROOM characters and the NUL. A mark stands
 * for what was cut. Returns the columns written. */
size_t cells_make(const char *s, size_t len, size_t columns, int flags, wchar_t *ret);
/* The columns of the whole text. */
size_t cells_width(const char *s, size_t len, int flags);

#endif
