/* SPDX-License-Identifier: Apache-2.0 */
#include "import/unsqueeze.h"

#include <bzlib.h>
#include <errno.h>
#include <limits.h>
#include <lzma.h>
#include <stdlib.h>

struct unsqueezer {
    bool xz;
    bool begun; /* the decoder must be ended */
    lzma_stream lzma;
    bz_stream bzip2;
};

static void end_stream(struct unsqueezer *u)
{
    if (u->begun && u->xz)
        lzma_end(&u->lzma);
    else if (u->begun)
        BZ2_bzDecompressEnd(&u->bzip2);
    u->begun = false;
}

int unsqueezer_restart(struct unsqueezer *u)
{
    end_stream(u);
    if (u->xz) {
        u->lzma = (lzma_stream)LZMA_STREAM_INIT;
        u->begun = lzma_stream_decoder(&u->lzma, (uint64_t)UNSQUEEZE_MEMORY_MIB << 20, 0) == LZMA_OK;
    } else {
        u->bzip2 = (bz_stream){0};
        u->begun = BZ2_bzDecompressInit(&u->bzip2, 0, 0) == BZ_OK;
    }
    return u->begun ? 0 : -ENOMEM;
}

struct unsqueezer *unsqueezer_new(bool xz)
{
    struct unsqueezer *u = calloc(1, sizeof(*u));

    if (!u)
        return NULL;
    u->xz = xz;
    if (unsqueezer_restart(u) == 0)
        return u;
    free(u);
    return NULL;
}

void unsqueezer_free(struct unsqueezer *u)
{
    if (!u)
        return;
    end_stream(u);
    free(u);
}

static int xz_step(lzma_stream *s, struct inflate_io *io)
{
    lzma_ret r;

    s->next_in = io->in;
    s->avail_in = io->in_len;
    s->next_out = io->out;
    s->avail_out = io->out_len;
    r = lzma_code(s, LZMA_RUN);
    io->in += io->in_len - s->avail_in;
    io->in_len = s->avail_in;
    io->out = s->next_out;
    io->out_len = s->avail_out;
    switch (r) {
    case LZMA_STREAM_END:
        return 1;
    case LZMA_OK:
    case LZMA_BUF_ERROR: /* no input or no space */
        return 0;
    case LZMA_MEM_ERROR:
        return -ENOMEM;
    case LZMA_MEMLIMIT_ERROR:
        return -EFBIG;
    default:
        return -EBADMSG;
    }
}

static unsigned at_most_uint(size_t n)
{
    return n > UINT_MAX ? UINT_MAX : (unsigned)n;
}

static int bzip2_step(bz_stream *s, struct inflate_io *io)
{
    unsigned in = at_most_uint(io->in_len), out = at_most_uint(io->out_len);
    int r;

    s->next_in = (char *)io->in;
    s->avail_in = in;
    s->next_out = (char *)io->out;
    s->avail_out = out;
    r = BZ2_bzDecompress(s);
    io->in += in - s->avail_in;
    io->in_len -= in - s->avail_in;
    io->out += out - s->avail_out;
    io->out_len -= out - s->avail_out;
    switch (r) {
    case BZ_STREAM_END:
        return 1;
    case BZ_OK:
        return 0;
    case BZ_MEM_ERROR:
        return -ENOMEM;
    default:
        return -EBADMSG;
    }
}

int unsqueezer_step(struct unsqueezer *u, struct inflate_io *io)
{
    return u->xz ? xz_step(&u->lzma, io) : bzip2_step(&u->bzip2, io);
}
