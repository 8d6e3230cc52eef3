/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a regular file in a layer of the store, whether or not an image still shows it. */
#ifndef MICA_ACT_LAYER_CONTENT_H
#define MICA_ACT_LAYER_CONTENT_H

#include "tree/index.h"
#include "tree/places.h"

/* Opens the file with the content: a pack, or the content's own file. `layer` is the layer's directory
 * (store_open_layer), `places` its table (places_open), `in` a regular file of its index. Returns a descriptor and the
 * content's offset in the file; -EUCLEAN: the layer lacks the content. */
int layer_content_open(int layer, const struct places *places, const struct index_inode *in,
                       uint64_t *ret_at);

#endif
