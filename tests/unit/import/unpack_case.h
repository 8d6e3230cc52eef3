/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking one made archive, given in pieces of several sizes. */
#ifndef TESTS_UNPACK_CASE_H
#define TESTS_UNPACK_CASE_H

#include <stddef.h>

#include "import/unpack.h"
#include "os/buf.h"

extern const struct unpack_limits unpack_roomy;

#define UNPACK_SMALL 200000 /* longer archives are not given byte by byte */

/* A directory to unpack into. */
struct unpack_place {
    char path[200];
    int fd;
};
struct unpack_place unpack_place_new(void);
void unpack_place_done(struct unpack_place *p);

/* Gives `bytes` in pieces of at most `step`, and behind them the end or, if it is not 0, the error. */
int unpack_bytes(const struct buf *bytes, size_t step, int error, int dirfd,
                 const struct unpack_limits *limits, struct err *err);
/* Fails the test unless the layer is what layer_dump.h calls `want`. */
void check_unpacked(const char *name, const struct buf *bytes, const char *want);
/* Fails the test unless unpacking fails with `error` and `line` is part of what it says. */
void check_not_unpacked(const char *name, const struct buf *bytes, const struct unpack_limits *limits,
                        int error, const char *line);

#endif
