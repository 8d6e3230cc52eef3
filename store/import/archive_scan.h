/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of a layer's blob as its archive has them, in its order and with all that an index no longer tells. */
#ifndef MICA_IMPORT_ARCHIVE_SCAN_H
#define MICA_IMPORT_ARCHIVE_SCAN_H

#include <stdint.h>

#include "os/err.h"

struct archive_scan_entry {
    const char *path; /* as it is written; valid during the call */
    const char *link; /* target of a hard link; NULL for others */
    char type;        /* of the tar header */
    uint64_t size;    /* of the body */
};

/* Reads the blob in `fd` (borrowed, from its beginning) and calls `tell` for each entry; a negative return value ends it.
 * -EBADMSG for a damaged archive. */
int archive_scan(int fd, int (*tell)(void *ctx, const struct archive_scan_entry *e), void *ctx,
                 struct err *err);

#endif
