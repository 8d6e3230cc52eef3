/* SPDX-License-Identifier: Apache-2.0 */
/* Streaming decompression by the magic of the bytes (media types lie): gzip, xz and bzip2 (many members,
 * junk of zeros behind), zstd (many frames, skippable ones, windows up to 2^27), or none. */
#ifndef MICA_IMPORT_DECOMPRESS_H
#define MICA_IMPORT_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/err.h"

struct decompressor;

/* Reads compressed bytes: up to `len`, 0 at the end, or a negative errno. */
typedef ssize_t (*decompress_read_fn)(void *ctx, void *buf, size_t len);

struct decompressor *decompressor_new(decompress_read_fn read, void *ctx); /* NULL without memory */
/* Up to `len` bytes of the uncompressed stream; 0 at its end (the compressed stream has then been read to its
 * end as well). -EBADMSG: damaged or cut short; -EFBIG: a window over the limit. */
ssize_t decompressor_read(struct decompressor *d, void *buf, size_t len, struct err *err);
void decompressor_free(struct decompressor *d);

#define DECOMPRESS_MAGIC 10u /* bytes: the longest magic that is looked for */
/* Is what begins so compressed, in a form that is known (and may be refused)? */
bool decompressor_is_for(const uint8_t *magic, size_t len);
/* The media type of a layer that begins so, NULL for a compression that OCI has none for. */
const char *decompressor_media_type(const uint8_t *magic, size_t len);

#endif
