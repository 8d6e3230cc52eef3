/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The framing of a tar archive: the position of each header, decided before libarchive sees it.
 *
 * Readers of tar differ on the position of the next header: whether a hard link has a body, which size
 * counts, how a second extended header acts. A header for one reader is then content of the previous file for
 * another, which skips it silently. So this code decides the framing by the rules of Go's archive/tar, with
 * which container engines read layers, and gives libarchive unambiguous headers: the size only in the header,
 * and 0 for types without a body. An archive on which readers differ otherwise is refused.
 *
 *     read ──> tar_frames ──> libarchive ──> entries, each of which must begin at its frame's begin
 *
 * - The size of a hard link, link, device, directory or fifo is ignored. If a body follows nevertheless (a
 * block that is no header), that of a hard link (POSIX pax allows one) or a directory is dropped, any other
 * refused.
 *
 * - After such an entry the archive may only end if nothing but zeros follows: a body of zeros looks like an
 * end.
 *
 * - A block of zeros followed by other data is an end only if there are two.
 *
 * - Global headers and volume labels are checked, and dropped.
 *
 * - A file (types 0 and 7) whose name ends in a slash is a file; libarchive takes it for a directory. One of
 * the type of Unix V7 (NUL) is a directory, and must have no size.
 *
 * - Two extended headers of one kind before an entry, or a name both in pax's and in GNU's form, are refused:
 * readers differ on which counts. So are types that only some readers take for extensions of the next entry
 * (Solaris' X and A, GNU's N and M).
 */
#ifndef MICA_IMPORT_TAR_FRAMES_H
#define MICA_IMPORT_TAR_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/err.h"

/* Gets the next run of the stream, as unpack_read_fn. */
typedef ssize_t (*tar_frames_read_fn)(void *ctx, const void **ret);
/* Skips up to `want` bytes, all of them after the bytes already read; returns the number skipped. */
typedef uint64_t (*tar_frames_skip_fn)(void *ctx, uint64_t want);

/* An entry: its headers and its body. */
struct tar_frame {
    uint64_t start; /* offset of its first header, among the bytes passed on */
    uint64_t body;  /* offset of its body in the archive */
    uint64_t size;  /* size of its body, without padding */
    char type;
};

struct tar_frames;

/* Makes the framing; `skip` may be NULL. NULL on lack of memory. */
struct tar_frames *tar_frames_new(tar_frames_read_fn read, tar_frames_skip_fn skip, void *ctx);
void tar_frames_free(struct tar_frames *f); /* NULL-safe */
/* Gets the next run for libarchive, borrowed until the next call. Returns its length, 0 at the archive's
 * end, or a negative errno: an error of `read` without a line; -EBADMSG with one. A run never extends from
 * one frame into the next. */
ssize_t tar_frames_read(struct tar_frames *f, const void **ret, struct err *err);
/* Skips up to `want` bytes of the current body. */
uint64_t tar_frames_skip(struct tar_frames *f, uint64_t want);
/* Returns the frame whose headers were passed on last. */
const struct tar_frame *tar_frames_now(const struct tar_frames *f);
/* Was the end of the archive passed on? */
bool tar_frames_ended(const struct tar_frames *f);
/* Returns the number of bytes of the archive passed on or dropped. */
uint64_t tar_frames_position(const struct tar_frames *f);

#endif
