/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting the contents of a layer's regular files where the layer keeps them (store/FORMAT.md): `pack`, one
 * after the other, and `files/N` for those of CONTENT_OWN_FILE bytes and more. Everything is written once and
 * in order; holes stay holes.
 */
#ifndef MICA_IMPORT_CONTENT_H
#define MICA_IMPORT_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include "os/err.h"

#define CONTENT_OWN_FILE (1u << 20) /* bytes */

struct content;

/* Where a content is: what layer_builder_content wants to know. */
struct content_place {
    uint64_t place;
    uint32_t flags; /* INODE_OWN_FILE or 0 */
    uint64_t
        blocks;    /* of 512 bytes: what a file system with blocks of 4096 bytes would use, holes left out */
    uint64_t hash; /* XXH3-64, holes as zeros */
};

/* Makes `pack` in `dirfd` (borrowed). */
int content_new(int dirfd, struct content **ret, struct err *err);
void content_free(struct content *c); /* NULL-safe; what was begun is left as it is */

/* One content of `size` bytes: begin, writes with ascending offsets, end. What no write covered is a hole. */
int content_begin(struct content *c, uint64_t size, struct err *err);
/* -EINVAL when the bytes overlap earlier ones or lie behind the size. */
int content_write(struct content *c, const void *data, size_t len, uint64_t offset, struct err *err);
int content_end(struct content *c, struct content_place *ret, struct err *err);

/* Writes what is still in memory. */
int content_finish(struct content *c, struct err *err);

#endif
