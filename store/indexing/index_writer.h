/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing an index (store/FORMAT.md). The same input gives the same bytes.
 *
 * Inodes get their numbers in the order of index_writer_inode calls (the first is the root, 1). The names of
 * one directory are added in one run, sorted by bytes. Nothing is on disk before index_writer_finish.
 */
#ifndef MICA_INDEXING_INDEX_WRITER_H
#define MICA_INDEXING_INDEX_WRITER_H

#include "tree/index.h"

struct index_writer;

/* What grows large is kept in unnamed files made in directory `tmp_dirfd` (borrowed for the writer's life),
 * or in memory with -1. NULL without memory. */
struct index_writer *index_writer_new(enum index_kind kind, int tmp_dirfd);
void index_writer_free(struct index_writer *w);

/* Trees: adds a layer to the table, bottom first; `digest` is 32 or 64 raw bytes. */
int index_writer_layer(struct index_writer *w, const uint8_t *digest, size_t len);

/* Texts (targets) and sets of attributes are kept once, however often they are added; *ret is what goes into
 * index_inode.target and .xattrs. `attrs` sorted by name. */
int index_writer_text(struct index_writer *w, const char *text, size_t len, uint64_t *ret);
/* Where a text stands that was added before; -ENOENT. */
int index_writer_find_text(struct index_writer *w, const char *text, size_t len, uint64_t *ret);
/* The bytes of a text; valid until the next one is added. All others stand before and behind it: whoever
 * looks at many of them that way gives the memory back. */
const char *index_writer_text_at(struct index_writer *w, uint64_t text);
void index_writer_give_back_texts(struct index_writer *w);
/* Frees what finds texts and sets: none is added or looked for any more. */
void index_writer_seal_texts(struct index_writer *w);
int index_writer_xattrs(struct index_writer *w, const struct index_xattr *attrs, size_t n, uint64_t *ret);

int index_writer_inode(struct index_writer *w, const struct index_inode *inode, uint32_t *ret);
/* What is known of an inode only after its record was added: one more name or subdirectory; a directory's run
 * of names. */
int index_writer_add_nlink(struct index_writer *w, uint32_t inode);
int index_writer_set_names(struct index_writer *w, uint32_t dir, uint64_t first, uint64_t entries);

/* Appends a name to the table; *ret_place (may be NULL) is its place there. */
int index_writer_name(struct index_writer *w, const struct index_name *name, uint64_t *ret_place);
/* The same for a name whose text was added before and stands at `text`; name->name does not count. */
int index_writer_name_at(struct index_writer *w, uint64_t text, const struct index_name *name);

/* Writes all of it to `fd`, from its beginning. */
int index_writer_finish(struct index_writer *w, int fd);

#endif
