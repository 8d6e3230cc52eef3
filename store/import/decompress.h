/* SPDX-License-Identifier: Apache-2.0 */
/* Streaming decompression. Detects the format by magic bytes, because media types can be wrong: gzip, xz
 * and bzip2 (several members, trailing zeros), zstd (several frames, skippable ones, windows up to 2^27),
 * or none. */
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
/* Reads up to `len` bytes of the uncompressed stream; 0 at its end (the compressed stream is then fully
 * read too). -EBADMSG: damaged or truncated; -EFBIG: a window over the limit. */
ssize_t decompressor_read(struct decompressor *d, void *buf, size_t len, struct err *err);
void decompressor_free(struct decompressor *d);

#define DECOMPRESS_MAGIC 10u /* bytes: the longest known magic */
/* Do the bytes begin a known compression (supported or not)? */
bool decompressor_is_for(const uint8_t *magic, size_t len);
/* Returns the media type of a layer with this compression, NULL if OCI defines none. */
const char *decompressor_media_type(const uint8_t *magic, size_t len);

#endif
