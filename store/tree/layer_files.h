/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that hold the contents of a tree's layers: packs, and files/N (store/FORMAT.md).
 *
 * The layer's directory may be replaced by another one while the tree is in use (a repair), which has its contents at
 * the same places of the index but may have other packs. The table of places and the packs of one directory belong
 * together: a file is opened only with the table of its own directory, and keys for a cache of descriptors differ
 * from those of the directory before.
 */
#ifndef MICA_TREE_LAYER_FILES_H
#define MICA_TREE_LAYER_FILES_H

#include "tree/index.h"

struct layer_files;

/* `ix` and `layers_fd` are borrowed for the life of the result; see image_tree_new. NULL on lack of memory. */
struct layer_files *layer_files_new(const struct index *ix, int layers_fd);
void layer_files_free(struct layer_files *f); /* accepts NULL */
/* Adds a directory to search for layers that are not in the first. Takes it over on success. -ENOMEM. */
int layer_files_also(struct layer_files *f, int layers_fd);
/* Releases memory while no content is read. */
void layer_files_rest(struct layer_files *f);

struct layer_file {
    uint64_t key; /* of the file: equal for contents in the same file */
    uint64_t at;  /* offset of the content in the file */
};

/* Finds the file of a regular file's content. -EUCLEAN: damaged. Thread-safe. */
int layer_files_find(struct layer_files *f, const struct index_inode *in, struct layer_file *ret);
/* Opens it: returns a descriptor. *ret may differ from the result of layer_files_find. -EUCLEAN if it is missing.
 * Thread-safe. */
int layer_files_open(struct layer_files *f, const struct index_inode *in, struct layer_file *ret);

#endif
