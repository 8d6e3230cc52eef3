/* SPDX-License-Identifier: Apache-2.0 */
/* Writing an image out of the store: its blobs unchanged, so that digests stay the same. */
#ifndef MICA_EXPORT_EXPORT_H
#define MICA_EXPORT_EXPORT_H

#include <stdatomic.h>
#include <stdint.h>

#include "disk/store.h"
#include "image/reference.h"
#include "os/err.h"

struct export_options {
    const struct image *image;
    enum source_kind form;     /* SOURCE_OCI, SOURCE_OCI_ARCHIVE or SOURCE_DOCKER_ARCHIVE */
    const char *path;          /* "-" is standard output for an archive */
    const char *name;          /* the image's name there; NULL: none */
    const atomic_bool *cancel; /* also checked after a signal interrupts a wait */
    void (*waits)(void *ctx);  /* called while another process holds the layout's lock; may be NULL */
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* bytes of the layers */
    void *ctx;
};

struct export_result {
    struct digest
        manifest; /* of the exported image: its own, or of the OCI manifest converted from docker's */
    struct digest replaced; /* layouts: the other image that had the name, DIGEST_NONE for none */
};

/* Exports an image. OCI layouts and archives get an OCI manifest, because other tools do not accept
 * docker's in them. An archive appears whole or not at all; in a layout the list of images changes last.
 * -ECANCELED. */
int export_image(struct store *s, const struct export_options *o, struct export_result *ret, struct err *err);

#endif
