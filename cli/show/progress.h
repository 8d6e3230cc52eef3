/* SPDX-License-Identifier: Apache-2.0 */
/* The progress of an import on standard error: on a terminal one line that is redrawn at most ten times a
 * second and removed at the end; elsewhere a line for each image; nothing if quiet. */
#ifndef MICA_SHOW_PROGRESS_H
#define MICA_SHOW_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PROGRESS_UNKNOWN UINT64_MAX

struct progress;

struct progress_options {
    FILE *out;
    size_t width; /* columns of the terminal, 0 = no terminal */
    bool quiet;
    int64_t (*now)(void); /* nanoseconds of a monotonic clock; NULL = the system's */
};
/* NULL on lack of memory. */
struct progress *progress_new(const struct progress_options *options);
/* Removes the line from the terminal. NULL-safe. */
void progress_free(struct progress *p);

/* Callbacks for import_options; `ctx` is the struct progress. Thread-safe. */
void progress_image(void *ctx, const char *name, size_t layers, size_t layers_here);
void progress_bytes(void *ctx, uint64_t done, uint64_t total);
/* Shows bytes of an archive that is read before its images are known; `total` may be PROGRESS_UNKNOWN. */
void progress_reading(void *ctx, uint64_t done, uint64_t total);

/* Formats "4 layers, 2 already here". Returns `buf`. */
const char *progress_layers(size_t layers, size_t here, char buf[64]);

/* One state of the line, at most `width` columns: name, bar, percent, bytes, rate, time left. Pure. */
struct progress_state {
    const char *name;           /* inert text; may be empty */
    size_t layers, layers_here; /* 0 before an image is known */
    uint64_t done, total;       /* total PROGRESS_UNKNOWN: no bar, no percent */
    int64_t elapsed;            /* nanoseconds since the first byte */
};
/* Writes the line to `buf` (`size` bytes), NUL-terminated. */
void progress_line(const struct progress_state *s, size_t width, char *buf, size_t size);

#endif
