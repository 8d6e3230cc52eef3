/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one image from a container of blobs, and choosing one from an index by platform. Shared by the
 * layouts of this folder, which differ in the paths of blobs. */
#ifndef MICA_IMPORT_IMAGE_READER_H
#define MICA_IMPORT_IMAGE_READER_H

#include "import/layout.h"
#include "os/buf.h"

#define BLOB_PATH_MAX 192

struct image_reader {
    struct container *container;
    const struct source_options *opt;
    /* Writes the member path of a blob. */
    void (*blob_path)(const struct digest *d, bool is_manifest, char buf[BLOB_PATH_MAX]);
    /* Total bytes of the descriptions of all images of the source; bounded, because they are kept in
     * memory. */
    size_t described;
    /* Platforms of skipped images, for the error when none is left: "linux/arm64, linux/arm/v7". */
    struct buf platforms;
    unsigned n_indexes; /* number read so far; the limit bounds nested indexes */
};
void image_reader_done(struct image_reader *r);

/* Reads a small blob and verifies its size and digest. */
int image_reader_blob(struct image_reader *r, const struct descriptor *d, bool is_manifest, char **ret,
                      size_t *ret_len, struct err *err);
/* Reads the image of a manifest's descriptor: 1, or a negative errno. */
int image_reader_manifest(struct image_reader *r, const struct descriptor *d, struct source_image *ret,
                          struct err *err);
/* As image_reader_manifest, with the manifest's bytes given; takes them over on success. Does not check
 * d's digest and size. */
int image_reader_parsed(struct image_reader *r, const struct descriptor *d, char *json, size_t len,
                        struct source_image *ret, struct err *err);

/* Does the descriptor or the image name a platform other than the wanted one? Records it for the error. */
bool image_reader_passes_over(struct image_reader *r, const struct descriptor *d);
bool image_reader_is_foreign(struct image_reader *r, const struct source_image *i);
int image_reader_no_platform(struct image_reader *r, struct err *err);

/* Counts the bytes of a stored manifest or config; -EFBIG over the limit. */
int image_reader_count(struct image_reader *r, size_t len, struct err *err);

#endif
