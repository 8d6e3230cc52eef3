/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an image's blobs for the writers of this folder. Verifies each blob while it is read, so that
 * damage in the store is not exported. */
#ifndef MICA_EXPORT_BLOBS_OUT_H
#define MICA_EXPORT_BLOBS_OUT_H

#include "export/export.h"
#include "os/trusted.h"

struct export
{
    struct store *store;
    const struct export_options *options;
    char *converted; /* the converted manifest; NULL if the store's is used */
    size_t manifest_len;
    struct digest manifest, replaced; /* as in struct export_result */
    uint64_t done, total;
    struct err *err;
};

/* Consumes the next bytes; returns 0 or a negative errno. */
typedef int (*export_write_fn)(void *ctx, const void *data, size_t len);

/* Passes all bytes of a blob to `write`. -EBADMSG if they do not match the digest, -ECANCELED. */
int blob_out(struct export *x, const struct digest *d, export_write_fn write, void *ctx);

/* Resolves the destination with trusted_find, with a line for another user's link. */
int export_find(struct export *x, struct trusted *ret);

/* Was the export cancelled? */
bool export_cancelled(const struct export *x);

/* Reports `len` more bytes as read. */
void export_progress(struct export *x, size_t len);

/* Calls back for all blobs of an image: manifest, config, layers; for a layer that occurs twice only once. */
typedef int (*export_each_fn)(void *ctx, const struct digest *d, uint64_t size);
int blobs_each(struct export *x, export_each_fn each, void *ctx);

#define OCI_LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
/* Makes the text of an index.json that lists the image, from `old` (NULL: a new one); fresh memory. */
int export_index(struct export *x, const char *old, size_t old_len, char **ret, size_t *ret_len);

#endif
