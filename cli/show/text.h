/* SPDX-License-Identifier: Apache-2.0 */
/* Text that an image or another user controls (names, commands of a history, labels) in what is printed:
 * os/inert.h says what must not be. */
#ifndef MICA_SHOW_TEXT_H
#define MICA_SHOW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "os/buf.h"
#include "os/inert.h"

enum {
    TEXT_NAME = 1,  /* a backslash is doubled, so that the name can be told back from what is shown */
    TEXT_LINES = 2, /* newlines and tabs stay */
};
/* Appends `s` in its inert form. 0 or -ENOMEM. */
int text_escape(struct buf *out, const char *s, size_t len, int flags);
/* Prints it. 0 or -EIO. */
int text_put(FILE *out, const char *s, size_t len, int flags);
/* Prints the very bytes; where `out` is a terminal, what it could act on is escaped. 0 or -EIO. */
int text_put_stored(FILE *out, const char *bytes, size_t len);
/* Columns that inert text takes. */
size_t text_width(const char *s);
/* Cuts inert text to `columns`, the last one an ellipsis. In place. */
void text_cut(char *s, size_t columns);

#endif
