/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that an image controls (names, commands of a history, labels), made inert: no byte of it may act on a
 * terminal.
 *
 * Escaped as \xHH: control characters (below 0x20, 0x7f, and U+0080 .. U+009F, which some terminals obey as
 * well) and bytes that are not UTF-8; as \uHHHH: the characters that reorder text (U+200E .. U+200F, U+202A
 * .. U+202E, U+2066 .. U+2069), with which a name can look like another one.
 */
#ifndef MICA_CLI_TEXT_H
#define MICA_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "os/buf.h"

/* Decodes one UTF-8 character of `s`. Returns its bytes, or 0 when `s` does not start with one (len 0
 * included). */
size_t utf8_decode(const char *s, size_t len, uint32_t *ret);
bool utf8_valid(const char *s, size_t len);

enum {
    TEXT_NAME = 1,  /* a backslash is doubled, so that the name can be told back from what is shown */
    TEXT_LINES = 2, /* newlines and tabs stay */
};
/* Appends `s` in its inert form. 0 or -ENOMEM. */
int text_escape(struct buf *out, const char *s, size_t len, int flags);
/* Prints it. 0, or -EIO or -ENOMEM. */
int text_put(FILE *out, const char *s, size_t len, int flags);
/* Columns that inert text takes. */
size_t text_width(const char *s);
/* Cuts inert text to `columns`, the last one an ellipsis. In place. */
void text_cut(char *s, size_t columns);

#endif
