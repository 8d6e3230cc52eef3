/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/paint.h"

#include <curses.h>
#include <string.h>

#include "explore/cells.h"

static attr_t attributes[PAINTS];

void paint_init(bool colours)
{
    /* With 256 colours those that are legible on light and dark ground. */
    static const short few[PAINTS] = {-1, COLOR_GREEN, COLOR_YELLOW, COLOR_CYAN, COLOR_RED, -1, -1, -1};
    static const short many[PAINTS] = {-1, 34, 172, 37, 160, -1, 245, -1};

    memset(attributes, 0, sizeof attributes);
    attributes[PAINT_BAR] = A_REVERSE;
    attributes[PAINT_INSIDE] = A_BOLD;
    for (short i = 0; colours && i < PAINTS; i++) {
        short colour = COLORS >= 256 ? many[i] : few[i];

        if (colour >= 0 && init_pair((short)(i + 1), colour, -1) == OK)
            attributes[i] |= (attr_t)COLOR_PAIR(i + 1);
    }
}

static void put(const char *s, size_t len, int flags, size_t *columns)
{
    wchar_t *text = calloc(*columns * CELLS_ROOM + 1, sizeof *text);

    if (!text)
        return;
    *columns -= cells_make(s, len, *columns, flags, text);
    addwstr(text);
    free(text);
}

void paint_line(const struct layout_part *p, int line, enum paint paint, int marks, const char *head,
                const char *s, size_t len, int flags)
{
    size_t columns = (size_t)p->width;
    attr_t attr = attributes[paint];

    if (line < 0 || line >= p->height || p->width < 1)
        return;
    if (marks & PAINT_CURSOR)
        attr |= A_REVERSE;
    if (marks & PAINT_MARKED)
        attr |= A_UNDERLINE;
    attrset((int)attr);
    move(p->y + line, p->x);
    if (head)
        put(head, strlen(head), 0, &columns);
    if (s && columns)
        put(s, len, flags, &columns);
    while (columns--)
        addch(' ');
    attrset(A_NORMAL);
}

void paint_clear(const struct layout_part *p, int from_line)
{
    for (int i = from_line; i < p->height; i++)
        paint_line(p, i, PAINT_PLAIN, 0, NULL, NULL, 0, 0);
}

void paint_divider(const struct layout_part *p, int column)
{
    if (column >= 0 && p->height > 0)
        mvvline_set(p->y, column, WACS_VLINE, p->height);
}

void paint_show_cursor(const struct layout_part *p, size_t columns)
{
    int x = columns < (size_t)p->width ? (int)columns : p->width - 1;

    if (p->height < 1 || p->width < 1)
        return;
    move(p->y, p->x + x);
    curs_set(1);
}
