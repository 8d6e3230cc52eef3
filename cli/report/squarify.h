/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The squarified treemap of Bruls, Huizing and van Wijk (2000): a rectangle is divided into one rectangle per size, with
 * areas in proportion and sides as equal as possible. Integers only, so that every machine gives the same result. Pure.
 */
#ifndef MICA_REPORT_SQUARIFY_H
#define MICA_REPORT_SQUARIFY_H

#include <stddef.h>
#include <stdint.h>

struct rect {
    uint32_t x, y, w, h;
};

/* Divides `area` among `sizes`, the largest first: ret[i] belongs to sizes[i]. The rectangles do not overlap and leave no
 * gap, unless all sizes are 0: then all are empty. A small size can get an empty rectangle. */
void squarify(const uint64_t *sizes, size_t n, struct rect area, struct rect *ret);

#endif
