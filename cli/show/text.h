/* SPDX-License-Identifier: Apache-2.0 */
/* Printing text that an image or another user controls (names, commands of a history, labels): escapes the
 * characters of os/inert.h. */
#ifndef MICA_SHOW_TEXT_H
#define MICA_SHOW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "os/buf.h"
#include "os/inert.h"

enum {
    TEXT_NAME = 1,  /* double a backslash, so that the output can be decoded */
    TEXT_LINES = 2, /* keep newlines and tabs */
};
/* Appends `s` in its inert form. 0 or -ENOMEM. */
int text_escape(struct buf *out, const char *s, size_t len, int flags);
/* Prints `s` in its inert form. 0 or -EIO. */
int text_put(FILE *out, const char *s, size_t len, int flags);
/* Prints the bytes unchanged; if `out` is a terminal, escapes the control characters. 0 or -EIO. */
int text_put_stored(FILE *out, const char *bytes, size_t len);
/* Returns the columns of inert text. */
size_t text_width(const char *s);
/* Truncates inert text to `columns`, the last one an ellipsis. In place. */
void text_cut(char *s, size_t columns);

#endif
