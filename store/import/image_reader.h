/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one image out of a container of blobs, and choosing one from an index by platform. What the layouts
 * of this folder share; they differ in where a blob lies. */
#ifndef MICA_IMPORT_IMAGE_READER_H
#define MICA_IMPORT_IMAGE_READER_H

#include "import/layout.h"
#include "os/buf.h"

#define BLOB_PATH_MAX 192

struct image_reader {
    struct container *container;
    const struct source_options *opt;
    /* Writes the member's path of a blob. */
    void (*blob_path)(const struct digest *d, bool is_manifest, char buf[BLOB_PATH_MAX]);
    /* Of all images of the source together: their descriptions are kept in memory, so there is a bound. */
    size_t described;
    /* Platforms that were passed over, for the error when nothing is left: "linux/arm64, linux/arm/v7". */
    struct buf platforms;
    unsigned n_indexes; /* read so far: nested indexes are bounded */
};
void image_reader_done(struct image_reader *r);

/* Reads a small blob; its size and digest are right. */
int image_reader_blob(struct image_reader *r, const struct descriptor *d, bool is_manifest, char **ret,
                      size_t *ret_len, struct err *err);
/* Reads the image that a manifest's descriptor names: 1, or a negative errno. */
int image_reader_manifest(struct image_reader *r, const struct descriptor *d, struct source_image *ret,
                          struct err *err);
/* The same with the manifest's bytes at hand; they are taken over on success, d's digest and size are not
 * looked at. */
int image_reader_parsed(struct image_reader *r, const struct descriptor *d, char *json, size_t len,
                        struct source_image *ret, struct err *err);

/* Reads of `n` descriptors and the indexes among them, nested ones too, the image that is nearest to the
 * wanted platform, whatever the order; the first of several that are alike: 1, or 0 when there is none.
 * Manifests whose platform no index says come last, by what their configs say. Where no platform is required,
 * one of `list` itself may also be for another, if it is all there is. */
int image_reader_choose(struct image_reader *r, const struct descriptor *const *list, size_t n,
                        bool any_platform, struct source_image *ret, struct err *err);

/* Is the descriptor's or the image's platform said, and not the wanted one? Then it is noted for the error.
 */
bool image_reader_passes_over(struct image_reader *r, const struct descriptor *d);
bool image_reader_is_foreign(struct image_reader *r, const struct source_image *i);
int image_reader_no_platform(struct image_reader *r, struct err *err);

/* Counts the bytes of a manifest or config that is kept; -EFBIG over the limit. */
int image_reader_count(struct image_reader *r, size_t len, struct err *err);

/* Parses `json` (taken over on success) as the image's config. */
int source_image_take_config(struct source_image *i, char *json, size_t len, struct err *err);
/* Makes room for the layers: as many as diff IDs, within the limit. */
int source_image_make_layers(struct source_image *i, size_t n, const struct source_options *opt,
                             struct err *err);
int source_image_add_name(struct source_image *i, const char *name, struct err *err);
int descriptor_set(struct descriptor *d, const char *media_type, const struct digest *digest, uint64_t size);

#endif
