/* SPDX-License-Identifier: Apache-2.0 */
/* Inflating one gzip member after another; checks header, checksum and length. Two implementations: ISA-L
 * (inflate_isal.c), twice as fast, and zlib (inflate_zlib.c) if ISA-L is missing. */
#ifndef MICA_IMPORT_INFLATE_H
#define MICA_IMPORT_INFLATE_H

#include <stddef.h>
#include <stdint.h>

struct inflater;

/* The unread input and the unused output space; a step advances both. */
struct inflate_io {
    uint8_t *in;
    size_t in_len;
    uint8_t *out;
    size_t out_len;
};

struct inflater *inflater_new(void); /* at the beginning of a member; NULL without memory */
void inflater_free(struct inflater *z);
/* Prepares for the next member. */
void inflater_restart(struct inflater *z);
/* Returns 1 at the end of a member, 0 before it, -EBADMSG for damaged data, -ENOMEM. If it neither reads
 * nor writes, it needs more input. */
int inflater_step(struct inflater *z, struct inflate_io *io);

#endif
