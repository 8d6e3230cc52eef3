/* SPDX-License-Identifier: Apache-2.0 */
/* Writing an image out of the store: its blobs as they are, so that digests stay what they were. */
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
    const char *name;          /* the image's there; NULL: none */
    const atomic_bool *cancel; /* looked at after a signal that interrupts what waits, too */
    void (*waits)(void *ctx);  /* somebody else has the layout; NULL: nobody wants to know */
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* bytes of the layers */
    void *ctx;
};

struct export_result {
    struct digest
        manifest; /* of the image there: its own, or of the OCI manifest that was made of docker's */
    struct digest replaced; /* of a layout: the other image that had the name, DIGEST_NONE for none */
};

/* Into an OCI layout or archive goes an OCI manifest: others find docker's in none. An archive appears whole
 * or not at all; of a layout the list of images changes last. -ECANCELED. */
int export_image(struct store *s, const struct export_options *o, struct export_result *ret, struct err *err);

#endif
