/* SPDX-License-Identifier: Apache-2.0 */
/* Compressing a layer's archive. Equal input gives an equal blob on every machine: zstd always uses worker
 * threads, because without them it splits the input differently. */
#ifndef MICA_EXPORT_COMPRESS_H
#define MICA_EXPORT_COMPRESS_H

#include <stddef.h>

enum compression {
    COMPRESSION_UNSAID, /* 0 */
    COMPRESSION_ZSTD,
    COMPRESSION_GZIP,
    COMPRESSION_NONE,
};

/* "zstd", "gzip", "none"; -EINVAL for another word. */
int compression_parse(const char *word, enum compression *ret);
/* Returns the media type of a layer with this compression. */
const char *compression_media_type(enum compression c);

struct compressor;

/* Consumes the next compressed bytes; returns 0 or a negative errno. */
typedef int (*compress_write_fn)(void *ctx, const void *data, size_t len);

/* Makes a compressor that passes its output to `write`. NULL on lack of memory. */
struct compressor *compressor_new(enum compression c, compress_write_fn write, void *ctx);
/* Compresses `len` bytes. 0, an error of `write`, or -ENOMEM. */
int compressor_write(struct compressor *c, const void *data, size_t len);
int compressor_end(struct compressor *c);   /* call once, after the last byte */
void compressor_free(struct compressor *c); /* NULL-safe */

#endif
