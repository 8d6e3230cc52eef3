/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the files/N of a layer (store/FORMAT.md). While a known file of the same size has the same bytes as have
 * come so far, nothing is written; if it has them to the end, it gets one more hard link.
 */
#ifndef MICA_IMPORT_FILE_WRITER_H
#define MICA_IMPORT_FILE_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "import/known.h"

struct file_writer;

/* `dirfd` is the layer's directory. `layer`: to share contents with others, or NULL. Both are borrowed. NULL on lack of
 * memory. */
struct file_writer *file_writer_new(int dirfd, struct known_layer *layer);
void file_writer_free(struct file_writer *w); /* accepts NULL */

/* Writes one content: begin, writes with ascending offsets inside `size`, end. Gaps are holes. *ret is its number. */
int file_writer_begin(struct file_writer *w, uint64_t size, uint64_t *ret);
int file_writer_put(struct file_writer *w, const void *data, size_t len, uint64_t offset);
int file_writer_end(struct file_writer *w, uint64_t hash);

#endif
