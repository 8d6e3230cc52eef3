/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the contents of a layer's regular files (store/FORMAT.md): into `pack`, one after the other, or into
 * `files/N` for contents of CONTENT_OWN_FILE bytes and more. Writes everything once and in order; holes stay holes.
 * Does not write what the store or another layer of the import has already (known.h).
 */
#ifndef MICA_IMPORT_CONTENT_H
#define MICA_IMPORT_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include "os/err.h"

#define CONTENT_OWN_FILE (1u << 20) /* bytes */

struct content;
struct known_layer;

/* Place of a content, for layer_builder_content. */
struct content_place {
    uint64_t place;
    uint32_t flags;  /* INODE_OWN_FILE or 0 */
    uint64_t blocks; /* of 512 bytes, as a file system with 4096-byte blocks would use; holes left out */
    uint64_t hash;   /* XXH3-64, holes as zeros */
};

/* Makes `pack` in `dirfd` (borrowed). `layer`: to share contents with others, borrowed; NULL: shares nothing. */
int content_new(int dirfd, struct known_layer *layer, struct content **ret, struct err *err);
void content_free(struct content *c); /* accepts NULL; leaves the current content unfinished */

/* Writes one content of `size` bytes: begin, writes with ascending offsets, end. Ranges without a write are holes. */
int content_begin(struct content *c, uint64_t size, struct err *err);
/* -EINVAL if the bytes overlap earlier ones or are past the end of the size. */
int content_write(struct content *c, const void *data, size_t len, uint64_t offset, struct err *err);
int content_end(struct content *c, struct content_place *ret, struct err *err);

/* Writes out the buffer and the table of places. */
int content_finish(struct content *c, struct err *err);

#endif
