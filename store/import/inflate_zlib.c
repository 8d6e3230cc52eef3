/* SPDX-License-Identifier: Apache-2.0 */
/* zlib's inflate, for machines without ISA-L. */
#include "import/inflate.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define GZIP_ONLY (15 + 16) /* the largest window, and gzip's wrapper only */

struct inflater {
    z_stream stream;
};

void inflater_restart(struct inflater *z)
{
    inflateReset(&z->stream);
}

struct inflater *inflater_new(void)
{
    struct inflater *z = calloc(1, sizeof(*z));

    if (!z)
        return NULL;
    if (inflateInit2(&z->stream, GZIP_ONLY) != Z_OK) {
        free(z);
        return NULL;
    }
    return z;
}

void inflater_free(struct inflater *z)
{
    if (!z)
        return;
    inflateEnd(&z->stream);
    free(z);
}

static uInt at_most_uint(size_t n)
{
    return n > UINT_MAX ? UINT_MAX : (uInt)n;
}

int inflater_step(struct inflater *z, struct inflate_io *io)
{
    z_stream *s = &z->stream;
    uInt in = at_most_uint(io->in_len), out = at_most_uint(io->out_len);
    int r;

    s->next_in = io->in;
    s->avail_in = in;
    s->next_out = io->out;
    s->avail_out = out;
    r = inflate(s, Z_NO_FLUSH);
    io->in_len = io->in_len - in + s->avail_in;
    io->in = s->next_in;
    io->out_len = io->out_len - out + s->avail_out;
    io->out = s->next_out;
    switch (r) {
    case Z_STREAM_END:
        return 1;
    case Z_OK:
    case Z_BUF_ERROR: /* no input or no space */
        return 0;
    case Z_MEM_ERROR:
        return -ENOMEM;
    default:
        return -EBADMSG;
    }
}
