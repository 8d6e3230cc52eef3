/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of one layer alone.
 *
 * Whiteouts and opaque directories show as marker files, named as in the layer's archive: `.wh.NAME` beside a removed
 * NAME, also beside a directory that replaces the lower one completely; `.wh..wh..opq` in an opaque directory. A marker
 * is an empty regular file, root's, 0444, of time 0. No layer has other files with these names.
 *
 * A hard link to a file of lower layers shows that file's content and metadata. A directory without a record of its
 * own is root's, of time 0, and 0700: a lower layer may have closed it to other users. The layer's root is 0755 then.
 */
#ifndef MICA_VIEWS_LAYER_VIEW_H
#define MICA_VIEWS_LAYER_VIEW_H

#include "indexing/merge.h"
#include "views/hidden_names.h"

/* Writes the index of the view of `layer`, one of the stack `layers` (bottom first), to `fd`. Its table of layers is
 * that of the whole stack. `only`: leave out all other names, and the markers; NULL: all. `tmp_dirfd` as in
 * index_writer_new. Errors as merge_layers. */
int layer_view_write(const struct merge_layer *layers, uint32_t n, uint32_t layer,
                     const struct hidden_names *only, int tmp_dirfd, int fd, struct err *err);

#endif
