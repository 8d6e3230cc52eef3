/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page of `mica report`: one HTML file that needs no network and no other file. The same images and options give the
 * same bytes.
 *
 *     report.c                 study, counts, the page
 *     image_map, map_view      the tree of sizes, the treemaps (squarify.h)
 *     layer_values, list_values, diff_values, config_values     the values of the tables
 *     template, page.html, page.css, page.js                    values become HTML, and only there
 */
#ifndef MICA_REPORT_REPORT_H
#define MICA_REPORT_REPORT_H

#include "disk/store.h"
#include "os/buf.h"

#define REPORT_TOP_MAX 1000

struct report_image {
    struct store *store;
    const struct image *image;
};

struct report_options {
    size_t top;       /* entries of each list, at most REPORT_TOP_MAX */
    unsigned ignored; /* differences that are none (STUDY_DIFFERS_*) */
    /* Called before each step that takes time in proportion to the image. May be NULL. */
    void (*step)(void *ctx, const char *text);
    void *ctx;
};

/* Appends the page of `a`; with `b` (may be NULL) also the differences of `b`. */
int report_make(const struct report_image *a, const struct report_image *b,
                const struct report_options *options, struct buf *out, struct err *err);

#endif
