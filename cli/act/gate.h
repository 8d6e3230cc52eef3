/* SPDX-License-Identifier: Apache-2.0 */
/* Limits on an image's wasted bytes, and their check: `mica waste` as a gate. Pure, except for reading the budget
 * file. */
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
    GATE_PATH_WASTED, /* wasted bytes at paths that match a pattern */
    GATE_PATH_SIZE,   /* bytes of the image's files at such paths */
};

struct gate_limit {
    enum gate_kind kind;
    char *allowed; /* as given by the user */
    char *pattern; /* of paths: fnmatch(3), * also matches /; NULL for a limit on the whole image */
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

/* Adds a limit on the whole image. Sizes are parsed by size_parse; a percentage is 0 to 100, the % optional; an
 * efficiency is 0 to 1, or a percentage with %. -EINVAL with a line. */
int gate_add(struct gate *g, enum gate_kind kind, const char *value, struct err *err);

/* Reads budgets for paths, one per line: "wasted SIZE PATTERN" or "size SIZE PATTERN"; skips empty lines and comments
 * (#). */
int gate_read(struct gate *g, const char *file, struct err *err);

/* Is there a limit of this kind? */
bool gate_has(const struct gate *g, enum gate_kind kind);
/* Adds `size` bytes at a path to the limits of this kind. */
void gate_count(struct gate *g, enum gate_kind kind, const char *path, uint64_t size);
/* Sets `found` and `passed` of all limits for an image whose layers have `size` bytes, `wasted` of them wasted. Are
 * all limits kept? */
bool gate_judge(struct gate *g, uint64_t size, uint64_t wasted);

/* Returns "max-wasted-bytes" and so on; for paths "wasted" and "size". */
const char *gate_name(enum gate_kind kind);

#define GATE_TEXT_MAX 32
/* Formats the value found, "1234 bytes" or "12.34%". Returns `buf`. */
const char *gate_found(const struct gate_limit *l, char buf[GATE_TEXT_MAX]);

#endif
