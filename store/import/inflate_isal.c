/* SPDX-License-Identifier: Apache-2.0 */
/* ISA-L's inflate. Its state holds the last 32 KiB of output, so each step may use another buffer. This
 * code parses the header, because isal_inflate loses the header's flags if the header comes in pieces
 * (seen in 2.30). */
#include "import/inflate.h"

#include <errno.h>
#include <isa-l.h>
#include <stdbool.h>
#include <stdlib.h>

struct inflater {
    struct inflate_state state;
    struct isal_gzip_header header;
    bool header_read;
};

void inflater_restart(struct inflater *z)
{
    isal_inflate_reset(&z->state);
    z->state.crc_flag = ISAL_GZIP;
    isal_gzip_header_init(&z->header);
    z->header_read = false;
}

struct inflater *inflater_new(void)
{
    struct inflater *z = malloc(sizeof(*z));

    if (!z)
        return NULL;
    isal_inflate_init(&z->state);
    inflater_restart(z);
    return z;
}

void inflater_free(struct inflater *z)
{
    free(z);
}

static uint32_t at_most_32_bits(size_t n)
{
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static int step(struct inflater *z)
{
    if (!z->header_read) {
        int r = isal_read_gzip_header(&z->state, &z->header);

        if (r != ISAL_DECOMP_OK)
            return r;
        z->header_read = true;
    }
    return isal_inflate(&z->state);
}

int inflater_step(struct inflater *z, struct inflate_io *io)
{
    struct inflate_state *s = &z->state;
    uint32_t in = at_most_32_bits(io->in_len), out = at_most_32_bits(io->out_len);
    int r;

    s->next_in = io->in;
    s->avail_in = in;
    s->next_out = io->out;
    s->avail_out = out;
    r = step(z);
    io->in_len = io->in_len - in + s->avail_in;
    io->in = s->next_in;
    io->out_len = io->out_len - out + s->avail_out;
    io->out = s->next_out;
    if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT)
        return -EBADMSG;
    return z->header_read && s->block_state == ISAL_BLOCK_FINISH;
}
