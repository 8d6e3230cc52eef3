/* SPDX-License-Identifier: Apache-2.0 */
/* Compressing a layer's archive. The same bytes give the same blob, whatever the machine: zstd is told to
 * work with threads everywhere, since it cuts the input into other pieces without. */
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
/* The media type of a layer that is so compressed. */
const char *compression_media_type(enum compression c);

struct compressor;

/* Takes the next compressed bytes; 0 or a negative errno. */
typedef int (*compress_write_fn)(void *ctx, const void *data, size_t len);

/* NULL without memory. */
struct compressor *compressor_new(enum compression c, compress_write_fn write, void *ctx);
/* 0, what `write` returned, or -ENOMEM. */
int compressor_write(struct compressor *c, const void *data, size_t len);
int compressor_end(struct compressor *c);   /* once, behind the last byte */
void compressor_free(struct compressor *c); /* NULL-safe */

#endif
