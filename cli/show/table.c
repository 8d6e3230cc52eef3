/* SPDX-License-Identifier: Apache-2.0 */
#include "show/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "os/array.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "show/text.h"

struct table {
    const struct table_column *columns;
    size_t n_columns;
    char **cells; /* row by row, each fresh memory */
    size_t n_cells;
};

struct table *table_new(const struct table_column *columns, size_t n)
{
    struct table *t = calloc(1, sizeof *t);
    if (t) {
        t->columns = columns;
        t->n_columns = n;
    }
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n_cells; i++)
        free(t->cells[i]);
    free(t->cells);
    free(t);
}

int table_cell(struct table *t, const char *text)
{
    cleanup_buf struct buf inert = BUF_INIT;

    if (!text)
        text = "-";
    if (text_escape(&inert, text, strlen(text), 0) < 0 || !buf_str(&inert))
        return -ENOMEM;
    char **more = array_room(t->cells, t->n_cells, sizeof *more);

    if (!more)
        return -ENOMEM;
    t->cells = more;
    t->cells[t->n_cells++] = steal_ptr(&inert.data);
    return 0;
}

int table_cellf(struct table *t, const char *fmt, ...)
{
    cleanup_free char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    int r = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (r < 0) {
        text = NULL;
        return -ENOMEM;
    }
    return table_cell(t, text);
}

static size_t column_width(const struct table *t, size_t column)
{
    size_t width = text_width(t->columns[column].heading);
    for (size_t i = column; i < t->n_cells; i += t->n_columns) {
        size_t w = text_width(t->cells[i]);
        if (w > width)
            width = w;
    }
    return width;
}

/* Appends one cell, padded; the last column of a line is padded on its left only. */
static int put_cell(struct buf *line, const struct table *t, size_t column, const char *text, size_t width)
{
    size_t taken = text_width(text), pad = width > taken ? width - taken : 0;
    bool last = column + 1 == t->n_columns;
    int left = t->columns[column].right ? (int)pad : 0,
        behind = t->columns[column].right || last ? 0 : (int)pad;

    return buf_printf(line, "%s%*s%s%*s", column ? "  " : "", left, "", text, behind, "");
}

static int print_row(const struct table *t, FILE *out, const size_t *widths, size_t width, size_t first)
{
    cleanup_buf struct buf line = BUF_INIT;
    int r = 0;

    for (size_t c = 0; c < t->n_columns && r == 0; c++) {
        const char *text = first == SIZE_MAX        ? t->columns[c].heading
                           : first + c < t->n_cells ? t->cells[first + c]
                                                    : "";
        r = put_cell(&line, t, c, text, widths[c]);
    }
    if (r < 0 || !buf_str(&line))
        return -ENOMEM;
    if (width)
        text_cut(line.data, width);
    return fprintf(out, "%s\n", line.data) < 0 ? -EIO : 0;
}

int table_print(const struct table *t, FILE *out, size_t width)
{
    cleanup_free size_t *widths = calloc(t->n_columns, sizeof *widths);

    if (!widths)
        return -ENOMEM;
    for (size_t c = 0; c < t->n_columns; c++)
        widths[c] = column_width(t, c);
    int r = print_row(t, out, widths, width, SIZE_MAX);
    for (size_t i = 0; i < t->n_cells && r == 0; i += t->n_columns)
        r = print_row(t, out, widths, width, i);
    return r;
}

size_t terminal_width(FILE *out)
{
    struct winsize w;
    int fd = fileno(out);

    if (!isatty(fd))
        return 0;
    return ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}
