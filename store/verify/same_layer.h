/* SPDX-License-Identifier: Apache-2.0 */
/* Two indexes of layers, compared by what they say of the layer. Pure. */
#ifndef MICA_VERIFY_SAME_LAYER_H
#define MICA_VERIFY_SAME_LAYER_H

#include "tree/index.h"

/* 1 when both say the same of every name, inode, link and attribute, and of what is in the files; where the
 * contents are kept does not matter. 0 when not, -EUCLEAN when one is damaged. */
int same_layer(const struct index *a, const struct index *b);

#endif
