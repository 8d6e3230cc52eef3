/* SPDX-License-Identifier: Apache-2.0 */
/* Limits for what an image may waste, and whether one keeps to them: `mica waste` as a gate. Pure but for reading the
 * file of budgets. */
#ifndef MICA_ACT_GATE_H
#define MICA_ACT_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/err.h"

enum gate_kind {
    GATE_WASTED_BYTES,
    GATE_WASTED_PERCENT,
    GATE_EFFICIENCY,
    GATE_PATH_WASTED, /* bytes that lie dead at paths of a pattern */
    GATE_PATH_SIZE,   /* bytes that the image shows there */
};

struct gate_limit {
    enum gate_kind kind;
    char *allowed; /* as it was written */
    char *pattern; /* of a path: fnmatch(3), where * matches / as well; NULL for limits of the whole image */
    uint64_t bytes;
    uint32_t millionths;
    uint64_t found; /* bytes, or millionths (a waste is rounded up, an efficiency down) */
    bool passed;
};

struct gate {
    struct gate_limit *limits;
    size_t n;
};

void gate_free(struct gate *g);

/* A limit of the whole image. Sizes are as size_parse reads them; a percentage is 0 to 100, with a % or without; an
 * efficiency is 0 to 1, or a percentage with %. -EINVAL with a line. */
int gate_add(struct gate *g, enum gate_kind kind, const char *value, struct err *err);

/* Budgets of paths, a line each: "wasted SIZE PATTERN" or "size SIZE PATTERN"; empty lines and those that begin with #
 * are passed over. */
int gate_read(struct gate *g, const char *file, struct err *err);

/* Is any limit of this kind? */
bool gate_has(const struct gate *g, enum gate_kind kind);
/* `size` more bytes at a path, for limits of this kind. */
void gate_count(struct gate *g, enum gate_kind kind, const char *path, uint64_t size);
/* Settles `found` and `passed` of all limits of an image whose layers ship `size` bytes, `wasted` of them for nothing. Does
 * it keep to all? */
bool gate_judge(struct gate *g, uint64_t size, uint64_t wasted);

/* "max-wasted-bytes" and so on; of paths "wasted" and "size". */
const char *gate_name(enum gate_kind kind);

#define GATE_TEXT_MAX 32
/* What was found, "1234 bytes" or "12.34%". Returns `buf`. */
const char *gate_found(const struct gate_limit *l, char buf[GATE_TEXT_MAX]);

#endif
