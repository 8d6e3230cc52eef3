/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of rows.h. Private to this folder. */
#ifndef MICA_EXPLORE_ROWS_PARTS_H
#define MICA_EXPLORE_ROWS_PARTS_H

#include "explore/rows.h"

int rows_reserve(struct rows *r, size_t more);
/* The names of the path of row `i`; returns their number. They point into `text`, which holds them. */
int rows_names(const struct rows *r, size_t i, struct buf *text, const char ***ret);
/* Goes down to a path as far as there are rows. Returns the number of names found, and the last row in *ret_row
 * (rows_find.c). */
size_t rows_go_down(const struct rows *r, const char *const *names, size_t n, uint32_t *ret_row);
/* The row of a path; r->n: no row shows it. */
size_t rows_find(const struct rows *r, const char *path);

#endif
