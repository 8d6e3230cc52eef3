/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive's tar reader, made strict and careful with bytes.
 *
 * Names come out byte for byte as they are in the archive. libarchive converts those of pax records from
 * UTF-8 to the thread's character set and on the way makes decomposed characters into composed ones (NFC),
 * which would be other names; but what it cannot convert it hands over as it is. Hence a reader puts its
 * thread into the "C" locale, where nothing but ASCII can be converted, until it is freed. All calls are to
 * be made by the one thread that made it.
 *
 * What libarchive would only warn of (malformed records, a sparse map that cannot be parsed) is an error
 * here. It never decides where an entry begins: see tar_frames.h.
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
/* The next entry, borrowed until the next call: 1, 0 at the end of the archive, or a negative errno
 * (-EBADMSG: it is damaged; what `read` returned, without a line). */
int tar_reader_next(struct tar_reader *t, struct archive_entry **ret, struct err *err);
/* The headers of the entry that was returned last. */
const struct tar_frame *tar_reader_frame(const struct tar_reader *t);
/* The next run of the entry's content, borrowed until the next call: 1, 0 at its end, or an error. */
int tar_reader_data(struct tar_reader *t, const void **ret, size_t *ret_len, int64_t *ret_offset,
                    struct err *err);

#endif
