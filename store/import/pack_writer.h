/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a layer's pack (store/FORMAT.md). A content is gathered in the buffer; at its end it either stays there, to
 * be written with others, or is dropped because an equal one is known: then it is an entry of the layer's table of
 * places, and its place in the pack remains a hole. Places do not depend on what is shared.
 */
#ifndef MICA_IMPORT_PACK_WRITER_H
#define MICA_IMPORT_PACK_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "import/known.h"

struct pack_writer;

/* Makes `pack` in `dirfd`. `layer`: to share contents with others, or NULL. Both are borrowed. Negative errno. */
int pack_writer_new(int dirfd, struct known_layer *layer, struct pack_writer **ret);
void pack_writer_free(struct pack_writer *w); /* accepts NULL */

/* Writes one content of `size` bytes, less than CONTENT_OWN_FILE: begin, writes with ascending offsets inside it,
 * end. Bytes that are not written are zeros. `pages` of it have data: fewer than it is long means holes. */
int pack_writer_begin(struct pack_writer *w, uint64_t size, uint64_t *ret_place);
void pack_writer_put(struct pack_writer *w, const void *data, size_t len, uint64_t offset);
int pack_writer_end(struct pack_writer *w, uint64_t hash, uint64_t pages);

/* Writes out the buffer and the table of places. */
int pack_writer_finish(struct pack_writer *w);

#endif
