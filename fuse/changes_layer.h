/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_FUSE_CHANGES_LAYER_H
#define MICA_FUSE_CHANGES_LAYER_H

#include "changes.h"

/* Writes the archive; `ids` may be NULL: all ids are unchanged. */
int changes_write_layer(struct un *u, const struct changes *c, const struct changes_ids *ids, int out,
                        unsigned *ret_left_out, struct err *err);

#endif
