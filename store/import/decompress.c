/* SPDX-License-Identifier: Apache-2.0 */
/* One buffer of compressed bytes; output goes directly into the caller's memory. An error is permanent:
 * later calls return it again. */
#include "import/decompress.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "image/manifest.h"
#include "import/inflate.h"
#include "import/unsqueeze.h"

#define IN_SIZE         (256u << 10)
#define ZSTD_WINDOW_LOG 27 /* 128 MiB: needed by `zstd --ultra -22`; only --long=28 and above need more */

enum kind { KIND_UNKNOWN, KIND_PLAIN, KIND_GZIP, KIND_ZSTD, KIND_XZ, KIND_BZIP2, KIND_LZ4 };

static const char *const kind_names[] = {"", "uncompressed", "gzip", "zstd", "xz", "bzip2", "lz4"};

struct decompressor {
    decompress_read_fn read;
    void *ctx;
    enum kind kind;
    uint8_t *in;
    size_t pos, len; /* unread bytes of `in` */
    bool eof;        /* `read` is at its end */
    int failed;      /* the permanent error */
    bool inside;     /* in a gzip member, zstd frame or other stream, where the input must not end */
    struct inflater *gzip;
    struct unsqueezer *other; /* xz, bzip2 */
    ZSTD_DCtx *zstd;
};

struct decompressor *decompressor_new(decompress_read_fn read, void *ctx)
{
    struct decompressor *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->in = malloc(IN_SIZE);
    if (!d->in) {
        free(d);
        return NULL;
    }
    d->read = read;
    d->ctx = ctx;
    return d;
}

void decompressor_free(struct decompressor *d)
{
    if (!d)
        return;
    inflater_free(d->gzip);
    unsqueezer_free(d->other);
    ZSTD_freeDCtx(d->zstd);
    free(d->in);
    free(d);
}

static int read_more(struct decompressor *d, struct err *err)
{
    ssize_t n;

    if (d->pos == d->len)
        d->pos = d->len = 0;
    n = d->read(d->ctx, d->in + d->len, IN_SIZE - d->len);
    if (n < 0)
        return err_errno(err, (int)-n, "reading compressed data");
    d->len += (size_t)n;
    d->eof = n == 0;
    return 0;
}

/* Reads input unless some is left or the end is reached. */
static int want_input(struct decompressor *d, struct err *err)
{
    return d->pos == d->len && !d->eof ? read_more(d, err) : 0;
}

static int cut_short(const char *what, struct err *err)
{
    return err_set(err, EBADMSG, "the %s data is cut short", what);
}

static bool is_zstd(const uint8_t *p, size_t n)
{
    static const uint8_t frame[4] = {0x28, 0xb5, 0x2f, 0xfd};

    /* Skippable frames are 0x184D2A50 to 0x184D2A5F, little endian. */
    return n >= 4 &&
           (!memcmp(p, frame, 4) || ((p[0] & 0xf0) == 0x50 && p[1] == 0x2a && p[2] == 0x4d && p[3] == 0x18));
}

static enum kind kind_of(const uint8_t *p, size_t n)
{
    static const uint8_t xz[6] = {0xfd, '7', 'z', 'X', 'Z', 0}, lz4[4] = {0x04, 0x22, 0x4d, 0x18};

    if (n >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8)
        return KIND_GZIP;
    if (is_zstd(p, n))
        return KIND_ZSTD;
    if (n >= 6 && !memcmp(p, xz, 6))
        return KIND_XZ;
    /* The size digit is followed by a block's magic or by the end's. */
    if (n >= 10 && !memcmp(p, "BZh", 3) && (!memcmp(p + 4, "1AY&SY", 6) || !memcmp(p + 4, "\x17rE8P\x90", 6)))
        return KIND_BZIP2;
    if (n >= 4 && !memcmp(p, lz4, 4))
        return KIND_LZ4;
    return KIND_PLAIN;
}

bool decompressor_is_for(const uint8_t *magic, size_t len)
{
    return kind_of(magic, len) != KIND_PLAIN;
}

const char *decompressor_media_type(const uint8_t *magic, size_t len)
{
    switch (kind_of(magic, len)) {
    case KIND_PLAIN:
        return MT_OCI_LAYER;
    case KIND_GZIP:
        return MT_OCI_LAYER_GZIP;
    case KIND_ZSTD:
        return MT_OCI_LAYER_ZSTD;
    default:
        return NULL;
    }
}

static int begin(struct decompressor *d)
{
    switch (d->kind) {
    case KIND_GZIP:
        d->inside = true;
        d->gzip = inflater_new();
        return d->gzip ? 0 : -ENOMEM;
    case KIND_XZ:
    case KIND_BZIP2:
        d->inside = true;
        d->other = unsqueezer_new(d->kind == KIND_XZ);
        return d->other ? 0 : -ENOMEM;
    case KIND_ZSTD:
        d->zstd = ZSTD_createDCtx();
        return d->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG))
                   ? 0
                   : -ENOMEM;
    default:
        return 0;
    }
}

static int sniff(struct decompressor *d, struct err *err)
{
    while (d->len < DECOMPRESS_MAGIC && !d->eof) {
        int r = read_more(d, err);

        if (r < 0)
            return r;
    }
    d->kind = kind_of(d->in, d->len);
    /* No builder writes such layers, but users have tried: name the format instead of reporting damage. */
    if (d->kind == KIND_LZ4)
        return err_set(
            err, EBADMSG,
            "compressed with lz4; only gzip, zstd, xz, bzip2 and uncompressed data are understood");
    return begin(d);
}

static ssize_t read_plain(struct decompressor *d, uint8_t *buf, size_t len, struct err *err)
{
    ssize_t n = (ssize_t)(d->len - d->pos);

    if (n == 0) {
        n = d->eof ? 0 : d->read(d->ctx, buf, len);
        if (n < 0)
            return err_errno(err, (int)-n, "reading data");
        d->eof = n == 0;
        return n;
    }
    if ((size_t)n > len)
        n = (ssize_t)len;
    memcpy(buf, d->in + d->pos, (size_t)n);
    d->pos += (size_t)n;
    return n;
}

static int restart(struct decompressor *d)
{
    d->inside = true;
    if (d->kind != KIND_GZIP)
        return unsqueezer_restart(d->other);
    inflater_restart(d->gzip);
    return 0;
}

/* Skips zeros between members (tapes, block devices). Returns 1 if another member follows. */
static int next_member(struct decompressor *d, struct err *err)
{
    static const uint8_t first[] = {[KIND_GZIP] = 0x1f, [KIND_XZ] = 0xfd, [KIND_BZIP2] = 'B'};
    int r;

    for (;;) {
        r = want_input(d, err);
        if (r < 0)
            return r;
        if (d->pos == d->len)
            return 0;
        if (d->in[d->pos] != 0)
            break;
        d->pos++;
    }
    if (d->in[d->pos] != first[d->kind])
        return err_set(err, EBADMSG, "data after the end of the %s data is no %s data", kind_names[d->kind],
                       kind_names[d->kind]);
    r = restart(d);
    return r < 0 ? r : 1;
}

static int member_error(const struct decompressor *d, int r, struct err *err)
{
    if (r == -EFBIG)
        return err_set(err, EFBIG, "the %s data needs more than %u MiB of memory to be read",
                       kind_names[d->kind], UNSQUEEZE_MEMORY_MIB);
    return r == -ENOMEM ? r : err_set(err, EBADMSG, "the %s data is damaged", kind_names[d->kind]);
}

/* gzip, xz and bzip2: consecutive members. */
static ssize_t read_members(struct decompressor *d, uint8_t *buf, size_t len, struct err *err)
{
    struct inflate_io io = {.out = buf, .out_len = len};

    while (io.out_len > 0) {
        size_t in, out = io.out_len;
        int r;

        if (!d->inside) {
            r = next_member(d, err);
            if (r < 0)
                return r;
            if (r == 0)
                break;
        }
        r = want_input(d, err);
        if (r < 0)
            return r;
        io.in = d->in + d->pos;
        io.in_len = in = d->len - d->pos;
        r = d->kind == KIND_GZIP ? inflater_step(d->gzip, &io) : unsqueezer_step(d->other, &io);
        if (r < 0 || (r == 0 && in > 0 && io.in_len == in && io.out_len == out))
            return member_error(d, r, err);
        if (r == 0 && d->eof && in == 0 && io.out_len == out)
            return cut_short(kind_names[d->kind], err);
        d->pos = d->len - io.in_len;
        d->inside = r == 0;
    }
    return (ssize_t)(len - io.out_len);
}

static int zstd_error(size_t r, struct err *err)
{
    switch (ZSTD_getErrorCode(r)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        return err_set(err, EFBIG,
                       "the zstd data needs a window of more than %u MiB; compress it without --long",
                       (1u << ZSTD_WINDOW_LOG) >> 20);
    case ZSTD_error_memory_allocation:
        return -ENOMEM;
    default:
        return err_set(err, EBADMSG, "the zstd data is damaged: %s", ZSTD_getErrorName(r));
    }
}

static ssize_t read_zstd(struct decompressor *d, uint8_t *buf, size_t len, struct err *err)
{
    ZSTD_outBuffer out = {buf, len, 0};

    while (out.pos < out.size) {
        ZSTD_inBuffer in;
        size_t r, out_before = out.pos;
        int e = want_input(d, err);

        if (e < 0)
            return e;
        if (d->pos == d->len && !d->inside)
            break;
        in = (ZSTD_inBuffer){d->in + d->pos, d->len - d->pos, 0};
        r = ZSTD_decompressStream(d->zstd, &out, &in);
        if (ZSTD_isError(r))
            return zstd_error(r, err);
        d->pos += in.pos;
        d->inside = r != 0;
        if (d->inside && d->eof && in.pos == 0 && out.pos == out_before)
            return cut_short("zstd", err);
    }
    return (ssize_t)out.pos;
}

ssize_t decompressor_read(struct decompressor *d, void *buf, size_t len, struct err *err)
{
    ssize_t n = d->failed;

    if (n == 0 && d->kind == KIND_UNKNOWN)
        n = sniff(d, err);
    if (n == 0) {
        switch (d->kind) {
        case KIND_GZIP:
        case KIND_XZ:
        case KIND_BZIP2:
            n = read_members(d, buf, len, err);
            break;
        case KIND_ZSTD:
            n = read_zstd(d, buf, len, err);
            break;
        default:
            n = read_plain(d, buf, len, err);
        }
    }
    if (n == -ENOMEM)
        err_errno(err, ENOMEM, "decompressing");
    if (n < 0)
        d->failed = (int)n;
    return n;
}
