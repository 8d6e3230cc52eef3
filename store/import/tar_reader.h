/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive's tar reader, made strict and byte-exact.
 *
 * Names are returned byte for byte as in the archive. libarchive converts names of pax records from UTF-8 to
 * the thread's character set and composes decomposed characters (NFC), which gives other names; names that it
 * cannot convert it returns unchanged. So a reader sets its thread's locale to "C", in which only ASCII can
 * be converted, until it is freed. Only the thread that made a reader may call it.
 *
 * Cases in which libarchive only warns (malformed records, an invalid sparse map) are errors here.
 * tar_frames.h, not libarchive, decides where an entry begins.
 */
#ifndef MICA_IMPORT_TAR_READER_H
#define MICA_IMPORT_TAR_READER_H

#include <archive_entry.h>
#include <stdint.h>

#include "import/tar_frames.h"
#include "os/err.h"

struct tar_reader;

struct tar_source {
    tar_frames_read_fn read;
    tar_frames_skip_fn skip; /* or NULL */
    void *ctx;
};

int tar_reader_new(const struct tar_source *source, struct tar_reader **ret, struct err *err);
void tar_reader_free(struct tar_reader *t); /* NULL-safe */
/* Gets the next entry, borrowed until the next call: 1, 0 at the end of the archive, or a negative errno
 * (-EBADMSG: it is damaged; an error of `read` comes without a line). */
int tar_reader_next(struct tar_reader *t, struct archive_entry **ret, struct err *err);
/* Returns the frame of the last entry. */
const struct tar_frame *tar_reader_frame(const struct tar_reader *t);
/* Gets the next run of the entry's content, borrowed until the next call: 1, 0 at its end, or a negative
 * errno. */
int tar_reader_data(struct tar_reader *t, const void **ret, size_t *ret_len, int64_t *ret_offset,
                    struct err *err);

#endif
