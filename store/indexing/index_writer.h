/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing an index (store/FORMAT.md). Equal input gives equal bytes.
 *
 * Inodes are numbered in the order of index_writer_inode calls (the first is the root, 1). The names of one
 * directory are added in one run, sorted by bytes. Nothing is written before index_writer_finish.
 */
#ifndef MICA_INDEXING_INDEX_WRITER_H
#define MICA_INDEXING_INDEX_WRITER_H

#include "tree/index.h"

struct index_writer;

/* Makes a writer. Large tables are kept in unnamed files in directory `tmp_dirfd` (borrowed for the
 * writer's life), or in memory if it is -1. NULL on lack of memory. */
struct index_writer *index_writer_new(enum index_kind kind, int tmp_dirfd);
void index_writer_free(struct index_writer *w);

/* Trees: adds a layer to the table, bottom first; `digest` is 32 or 64 raw bytes. */
int index_writer_layer(struct index_writer *w, const uint8_t *digest, size_t len);

/* Add a text (a target) or a set of attributes; equal ones are stored once. *ret is the value for
 * index_inode.target or .xattrs. `attrs` must be sorted by name. */
int index_writer_text(struct index_writer *w, const char *text, size_t len, uint64_t *ret);
/* Finds the offset of a text that was added; -ENOENT. */
int index_writer_find_text(struct index_writer *w, const char *text, size_t len, uint64_t *ret);
/* Returns the bytes of a text, valid until the next one is added. Looking at many texts makes their pages
 * resident: the caller then releases them. */
const char *index_writer_text_at(struct index_writer *w, uint64_t text);
void index_writer_give_back_texts(struct index_writer *w);
/* Frees the tables that find texts and sets; afterwards none can be added or found. */
void index_writer_seal_texts(struct index_writer *w);
int index_writer_xattrs(struct index_writer *w, const struct index_xattr *attrs, size_t n, uint64_t *ret);

int index_writer_inode(struct index_writer *w, const struct index_inode *inode, uint32_t *ret);
/* Complete an inode after its record was added: one more name or subdirectory; a directory's run of names. */
int index_writer_add_nlink(struct index_writer *w, uint32_t inode);
int index_writer_set_names(struct index_writer *w, uint32_t dir, uint64_t first, uint64_t entries);

/* Appends a name to the table; *ret_place (may be NULL) is its index. */
int index_writer_name(struct index_writer *w, const struct index_name *name, uint64_t *ret_place);
/* Appends a name whose text was added before, at offset `text`; ignores name->name. */
int index_writer_name_at(struct index_writer *w, uint64_t text, const struct index_name *name);

/* Writes the index to `fd`, from offset 0. */
int index_writer_finish(struct index_writer *w, int fd);

#endif
