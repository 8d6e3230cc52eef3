/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File handles (name_to_handle_at(2), NFS). FUSE makes a handle of a node's number and a generation, and asks
 * for the node by that number when the kernel has forgotten it, or when another mount made the handle. So
 * over a tree whose numbers last, the union's last as well:
 *
 *   - what the tree shows, and what is merged with it, has the tree's number;
 *   - a copy that stands in the place of a file of the tree keeps that file's;
 *   - what was born in the branch has a number made of the handle that the upper's file system gives to its
 *     file, which no file gets that comes later.
 *
 * The generation is made of the tree and the upper directory: a handle of another image or another branch is
 * none of ours. What has no number that lasts is counted (NODE_COUNTED), with a generation that goes with the
 * daemon; so is everything over live directories.
 *
 * A node that is not known is looked for: one of the tree where the tree has it, unless the branch hides
 * that; and anything else by reading the names of the whole upper, once. From then on the nodes of the upper
 * are kept (nodes_keep), so that a number that there is not costs nothing.
 */
#ifndef MICA_UNION_HANDLES_H
#define MICA_UNION_HANDLES_H

#include "union/core.h"

/* Sets the generations, before there are nodes. */
void handles_open(struct un *u);

/* All with the union's lock held. */

/* A number for what the upper has at `w`, in `dir`, and the tree has no part in; `kept`: the inode number
 * that is kept with it, or 0. 0 where it has none that lasts. */
uint64_t handles_number(struct un *u, const struct node *dir, struct where w, uint32_t type, uint64_t kept);
/* Gives one to a node that was just made, at `w`. */
void handles_number_new(struct un *u, struct node *n, struct where w);
/* Gives one of the links (links.h) the tree's. */
void handles_number_link(struct un *u, struct node *n);

#endif
