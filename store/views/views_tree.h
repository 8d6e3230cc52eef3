/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of views: the merged image beside each of its layers.
 *
 *   /root              the merged image
 *   /layers/N-DIGEST   layer N alone
 *   /upto/N            the image with layer N on top
 *   /hidden/N          the files of layer N that later layers replace or remove
 *
 * A view is made when it is entered: at the first lookup or listing in its root, not of its root. Views are made one
 * after the other; calls for other views go on. The calls that wait for one take time linear in the files of the layers
 * that it reads. A view stays as an unnamed file and uses memory only while it is read.
 */
#ifndef MICA_VIEWS_VIEWS_TREE_H
#define MICA_VIEWS_VIEWS_TREE_H

#include "tree/tree.h"
#include "views/view_stack.h"

/* Takes over `image` (an image tree) and the layers of its index, as `layers`, on success. */
int views_tree_new(struct tree *image, struct view_stack *layers, struct tree **ret);

#endif
