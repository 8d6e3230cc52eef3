/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the indexes of two layers. Pure. */
#ifndef MICA_VERIFY_SAME_LAYER_H
#define MICA_VERIFY_SAME_LAYER_H

#include "tree/index.h"

/* 1 if both have the same names, inodes, links, xattrs and contents; the places of the contents do not matter. 0 if
 * not, -EUCLEAN if one is damaged. */
int same_layer(const struct index *a, const struct index *b);

#endif
