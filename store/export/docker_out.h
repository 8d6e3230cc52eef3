/* SPDX-License-Identifier: Apache-2.0 */
/* An archive being written, for archive_out.c and docker_out.c. */
#ifndef MICA_EXPORT_DOCKER_OUT_H
#define MICA_EXPORT_DOCKER_OUT_H

#include <sys/stat.h>

#include "export/blobs_out.h"
#include "tar/pax_writer.h"

struct archive_out {
    struct export *x;
    struct pax_writer *tar;
    int fd;
};

static inline int archive_put_text(struct archive_out *a, const char *path, const char *text, size_t len)
{
    const struct pax_entry e = {.path = path, .mode = S_IFREG | 0644, .size = len};

    return pax_writer_add_bytes(a->tar, &e, text);
}

/* Writes the entries of a docker-archive. */
int docker_write(struct archive_out *a);

#endif
