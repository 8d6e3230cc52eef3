/* SPDX-License-Identifier: Apache-2.0 */
/* Tar archives written byte by byte, so that tests can have what no writer writes. */
#ifndef TESTS_TAR_MAKER_H
#define TESTS_TAR_MAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/buf.h"

/* One header block. Numbers are octal, or GNU's base-256 where octal has no room. */
struct tar_header {
    char type; /* '0' when 0 */
    const char *name, *link, *prefix;
    uint32_t mode; /* 0644 when 0 */
    int64_t uid, gid, size, mtime, major, minor;
    bool gnu; /* GNU's magic */
    /* GNU's old sparse files: up to 4 pairs of offset and length, the real size, and whether more blocks
     * follow */
    const int64_t *sparse;
    size_t n_sparse;
    int64_t real_size;
    bool extended;
};

void tar_header(struct buf *b, const struct tar_header *h);
/* Bytes, filled up with zeros to a whole block. */
void tar_body(struct buf *b, const void *data, size_t len);
/* A header with its size, and its body. */
void tar_file(struct buf *b, const char *name, const void *data, size_t len);
/* An extended header of type 'x' or 'g' around records made with tar_record. */
void tar_pax(struct buf *b, char type, const struct buf *records);
void tar_record(struct buf *records, const char *key, const void *value, size_t len);
/* One record and its header. */
void tar_pax1(struct buf *b, const char *key, const char *value);
/* GNU's 'L' (name) or 'K' (link). */
void tar_gnu_long(struct buf *b, char type, const char *text);
/* A block of GNU's old sparse format behind the header: up to 21 pairs. */
void tar_sparse_block(struct buf *b, const int64_t *pairs, size_t n, bool more);
void tar_end(struct buf *b); /* two zero blocks */

#endif
