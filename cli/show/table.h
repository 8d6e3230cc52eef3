/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for users: a heading, aligned columns two spaces apart, cells made inert (text.h). */
#ifndef MICA_SHOW_TABLE_H
#define MICA_SHOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table;

struct table_column {
    const char *heading;
    bool right; /* numbers */
};

/* Makes a table; `columns` is borrowed for its life. NULL on lack of memory. */
struct table *table_new(const struct table_column *columns, size_t n);
/* Appends the next cell of the current row; NULL shows "-". Cells beyond the last column begin a new row. */
int table_cell(struct table *t, const char *text);
int table_cellf(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints the table; `width` > 0 truncates lines to that many columns. 0, or -EIO if writing failed. */
int table_print(const struct table *t, FILE *out, size_t width);
void table_free(struct table *t); /* NULL-safe */

/* Returns the columns of the terminal behind `out`, or 0 if it is none. */
size_t terminal_width(FILE *out);

#endif
