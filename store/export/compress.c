/* SPDX-License-Identifier: Apache-2.0 */
#include "export/compress.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "image/manifest.h"

#define ROOM         (128u << 10)
#define ZSTD_LEVEL   3
#define GZIP_LEVEL   6
#define GZIP_WINDOW  (15 + 16) /* 32 KiB, with a gzip header without name and with time 0 */
#define WORKERS_MOST 8

static const struct {
    const char *word, *media_type;
} kinds[] = {
    [COMPRESSION_ZSTD] = {"zstd", MT_OCI_LAYER_ZSTD},
    [COMPRESSION_GZIP] = {"gzip", MT_OCI_LAYER_GZIP},
    [COMPRESSION_NONE] = {"none", MT_OCI_LAYER},
};

int compression_parse(const char *word, enum compression *ret)
{
    for (size_t i = COMPRESSION_ZSTD; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].word, word) == 0) {
            *ret = (enum compression)i;
            return 0;
        }
    }
    return -EINVAL;
}

const char *compression_media_type(enum compression c)
{
    return kinds[c].media_type;
}

struct compressor {
    enum compression kind;
    compress_write_fn write;
    void *ctx;
    ZSTD_CCtx *zstd;
    z_stream gzip;
    bool gzip_begun;
    unsigned char *room; /* ROOM bytes */
};

static int begin_zstd(struct compressor *c)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    c->zstd = ZSTD_createCCtx();
    if (!c->zstd)
        return -ENOMEM;
    (void)ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    (void)ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_checksumFlag, 1);
    /* A library without threads returns an error and compresses in this thread. */
    (void)ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_nbWorkers,
                                 cpus < 1              ? 1
                                 : cpus > WORKERS_MOST ? WORKERS_MOST
                                                       : (int)cpus);
    return 0;
}

static int begin_gzip(struct compressor *c)
{
    c->gzip_begun =
        deflateInit2(&c->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    return c->gzip_begun ? 0 : -ENOMEM;
}

struct compressor *compressor_new(enum compression kind, compress_write_fn write, void *ctx)
{
    struct compressor *c = calloc(1, sizeof *c);
    int r;

    if (!c)
        return NULL;
    c->kind = kind;
    c->write = write;
    c->ctx = ctx;
    c->room = malloc(ROOM);
    r = !c->room                   ? -ENOMEM
        : kind == COMPRESSION_ZSTD ? begin_zstd(c)
        : kind == COMPRESSION_GZIP ? begin_gzip(c)
                                   : 0;
    if (r == 0)
        return c;
    compressor_free(c);
    return NULL;
}

void compressor_free(struct compressor *c)
{
    if (!c)
        return;
    ZSTD_freeCCtx(c->zstd);
    if (c->gzip_begun)
        (void)deflateEnd(&c->gzip);
    free(c->room);
    free(c);
}

static int run_zstd(struct compressor *c, const void *data, size_t len, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = {data, len, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {c->room, ROOM, 0};
        int r;

        left = ZSTD_compressStream2(c->zstd, &out, &in, how);
        if (ZSTD_isError(left))
            return -ENOMEM; /* the only possible error */
        r = out.pos ? c->write(c->ctx, c->room, out.pos) : 0;
        if (r < 0)
            return r;
    } while (in.pos < len || (how == ZSTD_e_end && left > 0));
    return 0;
}

static int run_gzip(struct compressor *c, int how)
{
    int status = Z_OK;

    while (status == Z_OK && (c->gzip.avail_in > 0 || how == Z_FINISH)) {
        int r;

        c->gzip.next_out = c->room;
        c->gzip.avail_out = ROOM;
        status = deflate(&c->gzip, how);
        if (status != Z_OK && status != Z_STREAM_END)
            return -EIO;
        r = c->gzip.avail_out < ROOM ? c->write(c->ctx, c->room, ROOM - c->gzip.avail_out) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* zlib's input pointer lacks const; it does not change the data. */
static int write_gzip(struct compressor *c, const void *data, size_t len)
{
    union {
        const void *in;
        unsigned char *next;
    } u = {data};

    while (len > 0) {
        unsigned some = len > UINT_MAX ? UINT_MAX : (unsigned)len;
        int r;

        c->gzip.next_in = u.next;
        c->gzip.avail_in = some;
        r = run_gzip(c, Z_NO_FLUSH);
        if (r < 0)
            return r;
        u.next += some;
        len -= some;
    }
    return 0;
}

int compressor_write(struct compressor *c, const void *data, size_t len)
{
    switch (c->kind) {
    case COMPRESSION_ZSTD:
        return run_zstd(c, data, len, ZSTD_e_continue);
    case COMPRESSION_GZIP:
        return write_gzip(c, data, len);
    case COMPRESSION_UNSAID:
    case COMPRESSION_NONE:
        break;
    }
    return c->write(c->ctx, data, len);
}

int compressor_end(struct compressor *c)
{
    switch (c->kind) {
    case COMPRESSION_ZSTD:
        return run_zstd(c, NULL, 0, ZSTD_e_end);
    case COMPRESSION_GZIP:
        c->gzip.avail_in = 0;
        return run_gzip(c, Z_FINISH);
    case COMPRESSION_UNSAID:
    case COMPRESSION_NONE:
        break;
    }
    return 0;
}
