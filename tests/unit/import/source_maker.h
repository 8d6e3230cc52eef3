/* SPDX-License-Identifier: Apache-2.0 */
/* Small images made up for tests: blobs, manifests and layouts in a directory of the test's own, and archives
 * of it. */
#ifndef MICA_TESTS_SOURCE_MAKER_H
#define MICA_TESTS_SOURCE_MAKER_H

#include <stdbool.h>
#include <stddef.h>

#include "image/digest.h"

struct maker {
    char dir[256]; /* the layout */
    int fd;
    char archive[300]; /* beside it, for maker_pack */
};
void maker_init(struct maker *m);
void maker_done(struct maker *m);

struct made_blob {
    char *data;
    size_t len;
    struct digest digest;
};
void made_blob_set(struct made_blob *b, const char *data, size_t len);
void made_blob_free(struct made_blob *b);

enum compression { PLAIN, GZIP, ZSTD };
/* A layer with the files "PATH=CONTENT"; a PATH that ends in "/" is a directory. The compressed form and the
 * digest of the uncompressed one. */
struct made_layer {
    struct made_blob blob, tar;
};
void made_layer_set(struct made_layer *l, enum compression c, const char *const files[]);
void made_layer_free(struct made_layer *l);

/* Writes a file beneath the directory, parents too. */
void maker_file(struct maker *m, const char *path, const void *data, size_t len);
void maker_text(struct maker *m, const char *path, const char *text);
void maker_blob(struct maker *m, const struct made_blob *b); /* as blobs/sha256/HEX */
void maker_remove(struct maker *m, const char *path);

/* Text that is the caller's to free. */
char *made_config(const char *arch, const struct made_layer *layers, size_t n);
char *made_manifest(const struct made_blob *config, const struct made_layer *layers, size_t n);
/* One entry of an index: `more` is put in behind ("" or ", \"annotations\": ..."). */
char *made_descriptor(const char *media_type, const struct made_blob *b, const char *more);
char *made_index(const char *const entries[], size_t n);

/* Puts a whole image's blobs and returns its manifest's descriptor for an index. */
char *maker_image(struct maker *m, const char *arch, const struct made_layer *layers, size_t n,
                  const char *more);
#define NAMED(name) ", \"annotations\": {\"org.opencontainers.image.ref.name\": \"" name "\"}"

/* Packs the directory into m->archive, in the order of its names or against it. */
void maker_pack(struct maker *m, bool backwards);

#endif
