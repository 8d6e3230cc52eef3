/* SPDX-License-Identifier: Apache-2.0 */
/* Lines about one row: its metadata, in what it differs, and which layers did what to it. */
#ifndef MICA_EXPLORE_DETAILS_H
#define MICA_EXPLORE_DETAILS_H

#include "explore/images.h"
#include "explore/rows.h"

/* Appends lines to `b`, each NUL-terminated; they may have any other byte of the image's names. -ENOMEM, or as study_next.
 * Ends the walk that runs of the studies. */
int details_of_row(const struct explore_images *e, const struct rows *r, size_t row, struct buf *b);
/* About layer `layer` of an image: digest, blob, files; with `totals`, if they are known. */
int details_of_layer(const struct explore_image *i, uint32_t layer, const struct study_totals *totals,
                     struct buf *b);
/* The inode of a row. -ENOENT: no layer describes the directory. */
int row_inode(const struct view *v, const struct row *row, struct index_inode *ret);

#endif
