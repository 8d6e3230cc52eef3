/* SPDX-License-Identifier: Apache-2.0 */
/* The three layouts (layout_*.c), each from an open container to the images in it. `tag` is NULL for all images, a
 * tag, or "@N" for the N-th image as the source lists them. On failure nothing is to be freed. */
#ifndef MICA_IMPORT_LAYOUTS_H
#define MICA_IMPORT_LAYOUTS_H

#include "import/layout.h"

struct image_list {
    struct source_image *images;
    size_t n;
};
void image_list_free(struct image_list *l);
int image_list_add(struct image_list *l, struct source_image *image,
                   struct err *err); /* takes over on success */

/* oci: and oci-archive: (index.json, blobs/ALG/HEX). */
int layout_oci(struct container *c, const struct source_options *opt, const char *tag, struct image_list *ret,
               struct err *err);
/* docker-archive: (manifest.json, an array). The images are only complete with their manifests. */
int layout_docker(struct container *c, const struct source_options *opt, const char *tag,
                  struct image_list *ret, struct err *err);
/* The images' manifests, as far as the archive has them (docker_manifests.c). */
int docker_manifests(struct container *c, const struct source_options *opt, struct image_list *l,
                     struct err *err);
/* skopeo's dir: (manifest.json, an object; blobs named by their bare HEX). It has one image, without a name.
 */
int layout_dir(struct container *c, const struct source_options *opt, struct image_list *ret,
               struct err *err);

/* Parses "@N". 1 with the number, 0 when `tag` is none of these, or -EINVAL. */
int tag_index(const char *tag, size_t *ret, struct err *err);

/* The names that a source has, for errors: "a, b". */
struct buf;
void tag_list_add(struct buf *b, const char *name);
int tag_list_error(struct buf *b, const char *tag, size_t n_images, struct err *err);

#endif
