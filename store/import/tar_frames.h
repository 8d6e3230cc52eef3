/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the headers of a tar archive are, decided before libarchive sees it.
 *
 * Readers of tar differ on where the next header is: whether a hard link has a body, which size counts, what
 * a second extended header does. What one takes for the next file another one takes for bytes of the one
 * before, and passes over it without a word. So the framing is decided here, by the rules of Go's
 * archive/tar, which is what container engines read layers with, and libarchive is given headers that leave
 * nothing to decide: the size is in the header alone, and 0 for types without a body. Where readers differ
 * otherwise, the archive is refused.
 *
 *     read ──> tar_frames ──> libarchive ──> entries, each of which must begin where its frame begins
 *
 * - A size of a hard link, link, device, directory or fifo is ignored. If a body follows all the same (a
 * block that is no header), a hard link's (POSIX pax allows one) and a directory's are dropped, others
 * refused.
 * - Behind such an entry the archive may only end where nothing but zeros follows: a body of zeros looks like
 * an end.
 * - A block of zeros with more behind it is an end only when there are two.
 * - Global headers and volume labels are checked, and dropped.
 * - A file (types 0 and 7) whose name ends in a slash is a file; libarchive takes it for a directory. One of
 * the type of Unix V7 (NUL) is a directory, and must have no size.
 * - Two extended headers of one kind in front of an entry, or a name both in pax's and in GNU's form, are
 * refused: readers differ on which counts. So are types that only some readers take for extensions of the
 * next entry (Solaris' X and A, GNU's N and M).
 */
#ifndef MICA_IMPORT_TAR_FRAMES_H
#define MICA_IMPORT_TAR_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/err.h"

/* Gives the next run of the stream, as unpack_read_fn. */
typedef ssize_t (*tar_frames_read_fn)(void *ctx, const void **ret);
/* Passes over up to `want` bytes, all of which lie behind what was read; returns how many. */
typedef uint64_t (*tar_frames_skip_fn)(void *ctx, uint64_t want);

/* An entry: its headers, and what belongs to it. */
struct tar_frame {
    uint64_t start; /* of its first header, among the bytes that were handed on */
    uint64_t body;  /* of its body, in the archive */
    uint64_t size;  /* of its body, without what fills the last block */
    char type;
};

struct tar_frames;

/* `skip` may be NULL. NULL without memory. */
struct tar_frames *tar_frames_new(tar_frames_read_fn read, tar_frames_skip_fn skip, void *ctx);
void tar_frames_free(struct tar_frames *f); /* NULL-safe */
/* The next run for libarchive, borrowed until the next call: its length, 0 at the archive's end, or a
 * negative errno. What `read` returned comes without a line; -EBADMSG with one. A run never reaches from one
 * frame into the next. */
ssize_t tar_frames_read(struct tar_frames *f, const void **ret, struct err *err);
/* Passes over up to `want` bytes of the body that is being handed on. */
uint64_t tar_frames_skip(struct tar_frames *f, uint64_t want);
/* The frame whose headers were handed on last. */
const struct tar_frame *tar_frames_now(const struct tar_frames *f);
/* The end of the archive was handed on. */
bool tar_frames_ended(const struct tar_frames *f);
/* Bytes of the archive that have been handed on or dropped. */
uint64_t tar_frames_position(const struct tar_frames *f);

#endif
