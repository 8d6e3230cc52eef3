/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing lines of text in a part of the screen. */
#ifndef MICA_SCREEN_PAINT_H
#define MICA_SCREEN_PAINT_H

#include <stdbool.h>
#include <stddef.h>

#include "explore/layout.h"
#include "os/buf.h"

enum paint {
    PAINT_PLAIN,
    PAINT_ADDED,
    PAINT_CHANGED,
    PAINT_METADATA,
    PAINT_REMOVED,
    PAINT_INSIDE, /* a directory with changes in it */
    PAINT_DIM,
    PAINT_BAR, /* title and status */
    PAINTS,
};

enum {
    PAINT_CURSOR = 1, /* the line with the cursor, where the keys go */
    PAINT_MARKED = 2, /* the line with the cursor of the other side */
};

/* Defines the colours; without `colours` there are none. */
void paint_init(bool colours);
/* Draws `head`, which has no text of an image but is made inert as well, and then `s`; both are cut to the part, and the
 * rest of the line is cleared. `flags` are of cells.h, for `s`. */
void paint_line(const struct layout_part *p, int line, enum paint paint, int marks, const char *head,
                const char *s, size_t len, int flags);
void paint_clear(const struct layout_part *p, int from_line);
void paint_divider(const struct layout_part *p, int column);
/* Shows the terminal's cursor `columns` behind the beginning of the part's first line. */
void paint_show_cursor(const struct layout_part *p, size_t columns);

#endif
