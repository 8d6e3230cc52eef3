/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File handles (name_to_handle_at(2), NFS). FUSE builds a handle from a node's number and a generation, and
 * asks for the node by that number when the kernel has forgotten it, or when another mount made the handle.
 * So over a tree with lasting numbers, the union's last as well:
 *
 *   - a node of the tree, merged or not, has the tree's number;
 *   - a copy in the place of its file of the tree keeps that file's number;
 *   - a file born in the branch has a number made of its handle in the upper's file system, which is never
 *     reused.
 *
 * The generation is made of the tree and the upper directory, so that handles of another image or another
 * branch are refused. Files without a lasting number are counted (NODE_COUNTED), with a generation of this
 * daemon; so are all over live directories.
 *
 * An unknown number is searched: one of the tree where the tree has it, unless the branch hides it; any other
 * by reading the names of the whole upper, once. Afterwards the nodes of the upper are kept (nodes_keep), so
 * that an invalid number costs nothing.
 */
#ifndef MICA_UNION_HANDLES_H
#define MICA_UNION_HANDLES_H

#include "union/core.h"

/* Set the generations, before nodes exist. */
void handles_open(struct un *u);

/* Called with the union's lock. */

/* Choose a number for the file at `w` in `dir` that has no part in the tree; `kept`: the inode number kept
 * with it, or 0. Returns 0 if it has no lasting number. */
uint64_t handles_number(struct un *u, const struct node *dir, struct where w, uint32_t type, uint64_t kept);
/* Give a lasting number to a new node, whose file is at `w`. */
void handles_number_new(struct un *u, struct node *n, struct where w);
/* Give one of the links (links.h) the tree's number. */
void handles_number_link(struct un *u, struct node *n);

#endif
