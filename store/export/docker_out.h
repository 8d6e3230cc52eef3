/* SPDX-License-Identifier: Apache-2.0 */
/* An archive that is being written, for archive_out.c and docker_out.c. */
#ifndef MICA_EXPORT_DOCKER_OUT_H
#define MICA_EXPORT_DOCKER_OUT_H

#include "export/blobs_out.h"
#include "tar/pax_writer.h"

struct archive_out {
    struct export *x;
    struct pax_writer *tar;
    int fd;
};

int archive_put_text(struct archive_out *a, const char *path, const char *text, size_t len);

/* Writes what is in a docker-archive. */
int docker_write(struct archive_out *a);

#endif
