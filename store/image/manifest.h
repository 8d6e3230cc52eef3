/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsers of the documents of an image: index, manifest, config, docker's manifest.json. Bytes in, records
 * out; no I/O. All input is hostile: the limits below bound sizes; JSON with duplicate keys, too deep nesting
 * or text that is not UTF-8 is refused, and so is an ambiguous document (both `manifests` and `layers`,
 * schema 1's `fsLayers`, keys that differ only in case, a mediaType that contradicts the content;
 * CVE-2021-41190).
 *
 * One file a document: index_json.c, manifest.c, config.c (its history: history.c), docker_manifest.c; and the media
 * types, media_type.c.
 *
 * Sources: OCI image-spec 1.1 manifest.md, image-index.md, config.md; docker's image manifest v2 schema 2 and
 * image-spec v1.2.
 */
#ifndef MICA_IMAGE_MANIFEST_H
#define MICA_IMAGE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/digest.h"
#include "image/platform.h"
#include "os/err.h"

#define MANIFEST_MAX_BYTES  (4u << 20) /* manifests, indexes, configs */
#define MANIFEST_MAX_LAYERS 4096u

#define MT_OCI_INDEX            "application/vnd.oci.image.index.v1+json"
#define MT_OCI_MANIFEST         "application/vnd.oci.image.manifest.v1+json"
#define MT_OCI_CONFIG           "application/vnd.oci.image.config.v1+json"
#define MT_OCI_LAYER            "application/vnd.oci.image.layer.v1.tar"
#define MT_OCI_LAYER_GZIP       "application/vnd.oci.image.layer.v1.tar+gzip"
#define MT_OCI_LAYER_ZSTD       "application/vnd.oci.image.layer.v1.tar+zstd"
#define MT_OCI_NONDISTRIBUTABLE "application/vnd.oci.image.layer.nondistributable.v1.tar"
#define MT_DOCKER_MANIFEST      "application/vnd.docker.distribution.manifest.v2+json"
#define MT_DOCKER_LIST          "application/vnd.docker.distribution.manifest.list.v2+json"
#define MT_DOCKER_CONFIG        "application/vnd.docker.container.image.v1+json"
#define SCHEMA1_TOLD                                                                                         \
    "a docker schema 1 manifest (no longer supported: push or save the image with a newer tool)"
#define ANNOTATION_REF_NAME        "org.opencontainers.image.ref.name"
#define ANNOTATION_CONTAINERD_NAME "io.containerd.image.name"

struct descriptor {
    char *media_type; /* never NULL, may be empty */
    struct digest digest;
    uint64_t size;
    bool has_platform;
    struct platform platform;
    char *ref_name;        /* ANNOTATION_REF_NAME or NULL */
    char *containerd_name; /* ANNOTATION_CONTAINERD_NAME or NULL */
    bool attestation;      /* annotation vnd.docker.reference.type, or platform unknown/unknown */
    char *artifact_type;   /* or NULL */
};

/* The kind of document that a media type names. */
enum media_kind { MEDIA_OTHER, MEDIA_INDEX, MEDIA_MANIFEST, MEDIA_CONFIG, MEDIA_LAYER };
enum media_kind media_kind(const char *media_type);
/* Returns the OCI name of docker's media types of layers; any other type unchanged. */
const char *media_type_oci(const char *media_type);
/* Returns a description of a media type that is not of images: a static text, or the type itself. */
const char *media_type_told(const char *media_type);

/* Frees the members of a descriptor and empties it; NULL-safe, as all *_free below. */
void descriptor_clear(struct descriptor *d);
int descriptor_copy(const struct descriptor *from, struct descriptor *ret);

struct index_json { /* an image index or a docker manifest list */
    struct descriptor *manifests;
    size_t n;
};
int index_json_parse(const char *json, size_t len, struct index_json *ret, struct err *err);
void index_json_free(struct index_json *x);

struct manifest {
    bool docker; /* docker's schema 2, else OCI */
    struct descriptor config;
    struct descriptor *layers; /* bottom first */
    size_t n_layers;
};
/* Parses an image manifest. -EINVAL for another document, with a line that says its kind if that is known
 * (an index, schema 1); -EMEDIUMTYPE for a manifest of an artifact (`artifactType`, a config that is no
 * image config, or a layer of a foreign type), which an import of all images skips. */
int manifest_parse(const char *json, size_t len, struct manifest *ret, struct err *err);
void manifest_free(struct manifest *m);

struct history {
    char *created, *created_by, *author, *comment; /* NULL when absent */
    bool empty_layer;
};

/* Returns the command that made a layer, in one readable line of fresh memory, "" if unknown. Removes
 * docker's "/bin/sh -c #(nop) " and "# buildkit", makes white space one blank, and control characters "?".
 * `h` may be NULL. NULL on lack of memory. */
char *history_command(const struct history *h);

struct image_config {
    struct digest *diff_ids; /* bottom first */
    size_t n_diff_ids;
    struct history *history;
    size_t n_history;
    struct platform platform;
    char *created, *author;                 /* NULL when absent */
    char **env, **entrypoint, **cmd;        /* NULL-terminated arrays, NULL when absent */
    char *working_dir, *user, *stop_signal; /* NULL when absent or empty */
};
int image_config_parse(const char *json, size_t len, struct image_config *ret, struct err *err);
void image_config_free(struct image_config *c);
/* Returns the history entry of layer `n` (bottom = 0), or NULL. Skips entries with empty_layer; valid only
 * if the count of the others equals the count of layers. */
const struct history *image_config_layer_history(const struct image_config *c, size_t n);

/* One image of docker's manifest.json. */
struct docker_image {
    char *config; /* paths in the archive, as written */
    char **layers;
    size_t n_layers;
    char **repo_tags;
    size_t n_repo_tags;
};
struct docker_manifest {
    struct docker_image *images;
    size_t n;
};
int docker_manifest_parse(const char *json, size_t len, struct docker_manifest *ret, struct err *err);
void docker_manifest_free(struct docker_manifest *m);
/* Writes docker's manifest.json with these images: deterministic, fresh memory. -EINVAL for text that is
 * not UTF-8. */
int docker_manifest_write(const struct docker_manifest *m, char **ret, size_t *ret_len);

/* Writes an OCI manifest for an image without one (docker-archive): deterministic, fresh memory. */
int manifest_write(const struct descriptor *config, const struct descriptor *layers, size_t n_layers,
                   char **ret, size_t *ret_len);

#endif
