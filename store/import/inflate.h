/* SPDX-License-Identifier: Apache-2.0 */
/* Inflating one gzip member after the other: header, checksum and length are checked here. Two makers: ISA-L
 * (inflate_isal.c), which is twice as fast, and zlib (inflate_zlib.c) where there is none. */
#ifndef MICA_IMPORT_INFLATE_H
#define MICA_IMPORT_INFLATE_H

#include <stddef.h>
#include <stdint.h>

struct inflater;

/* What is left to read and the room that is left to write; a step advances both. */
struct inflate_io {
    uint8_t *in;
    size_t in_len;
    uint8_t *out;
    size_t out_len;
};

struct inflater *inflater_new(void); /* at the beginning of a member; NULL without memory */
void inflater_free(struct inflater *z);
/* Goes on with another member. */
void inflater_restart(struct inflater *z);
/* 1 at the end of a member, 0 before it, -EBADMSG for damaged data, -ENOMEM. A step that neither reads nor
 * writes wants more input. */
int inflater_step(struct inflater *z, struct inflate_io *io);

#endif
