/* SPDX-License-Identifier: Apache-2.0 */
/* An image's blobs on their way out, for the writers of this folder. Each is checked on the way: what has
 * been damaged in the store does not go on. */
#ifndef MICA_EXPORT_BLOBS_OUT_H
#define MICA_EXPORT_BLOBS_OUT_H

#include "export/export.h"
#include "os/trusted.h"

struct export
{
    struct store *store;
    const struct export_options *options;
    char *converted; /* the manifest, where it is not as it is in the store; or NULL */
    size_t manifest_len;
    struct digest manifest, replaced; /* as in struct export_result */
    uint64_t done, total;
    struct err *err;
};

/* Takes the next bytes; 0 or a negative errno. */
typedef int (*export_write_fn)(void *ctx, const void *data, size_t len);

/* Gives all bytes of a blob. -EBADMSG when they are not its own, -ECANCELED. */
int blob_out(struct export *x, const struct digest *d, export_write_fn write, void *ctx);

/* trusted_find of where it goes, with a line for another user's link. */
int export_find(struct export *x, struct trusted *ret);

/* Is nobody waiting for it any more? */
bool export_cancelled(const struct export *x);

/* So many more bytes were read. */
void export_progress(struct export *x, size_t len);

/* All blobs of an image: manifest, config, layers; a layer that it has twice comes once. */
typedef int (*export_each_fn)(void *ctx, const struct digest *d, uint64_t size);
int blobs_each(struct export *x, export_each_fn each, void *ctx);

#define OCI_LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
/* The text of an index.json that has the image, made of `old` (NULL: a new one); fresh memory. */
int export_index(struct export *x, const char *old, size_t old_len, char **ret, size_t *ret_len);

int export_layout(struct export *x);  /* layout_out.c */
int export_archive(struct export *x); /* archive_out.c */

#endif
