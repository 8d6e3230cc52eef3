/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content of a source of any kind: a list of images, each a manifest (docker-archives have none), a
 * config, and layers that can be read as extents of descriptors.
 *
 * Opening a source: source.c; its images: source_image.c.
 *
 * A *container* (container.c) gives members by path: a directory (opened beneath it) or an archive (a seekable tar, listed
 * once; a piped or compressed one is first copied to an unnamed file in the store's tmp/). A *layout*
 * (layout_oci.c, layout_docker.c, layout_dir.c) finds the members that make an image.
 */
#ifndef MICA_IMPORT_LAYOUT_H
#define MICA_IMPORT_LAYOUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "image/manifest.h"
#include "image/reference.h"
#include "os/err.h"

/* `size` bytes at `offset` of `fd`. */
struct extent {
    int fd; /* borrowed from the container, unless own_fd */
    uint64_t offset, size;
    bool own_fd; /* closed by extent_done: members of a directory; keeps few descriptors open */
};
void extent_done(struct extent *x);

struct container;
/* Options for opening a source. */
struct source_options {
    struct platform platform;  /* chooses an image of an index */
    bool platform_required;    /* refuse an image of another platform even if it is the only one */
    uint32_t max_layers;       /* of one image */
    uint64_t max_size;         /* of a compressed or piped archive that must be copied first */
    int tmp_dirfd;             /* directory for unnamed files */
    const atomic_bool *cancel; /* stops reading a pipe with -ECANCELED; or NULL */
    /* Reports that `done` of `total` bytes were read of an archive that must be copied first; a pipe's
     * total is IMPORT_TOTAL_UNKNOWN. May be NULL. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};
/* Open PATH as a directory or an archive; container_open_stream reads an archive from `fd` (borrowed)
 * instead. */
int container_open_path(const char *path, const struct source_options *opt, struct container **ret,
                        struct err *err);
int container_open_stream(int fd, const struct source_options *opt, struct container **ret, struct err *err);
void container_close(struct container *c); /* NULL-safe */
/* Gets a member (a regular file) by its relative path; links inside an archive are followed inside it.
 * -ENOENT leaves `err` unset. The extent is valid until extent_done or container_close, whichever comes
 * first. Thread-safe. */
int container_member(struct container *c, const char *path, struct extent *ret, struct err *err);
/* Reads a whole member of at most `limit` bytes; fresh memory, NUL-terminated. */
int container_read(struct container *c, const char *path, size_t limit, char **ret, size_t *ret_len,
                   struct err *err);

/* Decompresses an extent into an unnamed file that the container owns until container_close. */
int container_unpack(struct container *c, const struct extent *x, const struct source_options *opt,
                     struct extent *ret, struct err *err);

/* One layer in a source. */
struct source_layer {
    struct digest diff_id;
    struct descriptor blob; /* media type, digest and size from the manifest */
    char *path;             /* the member */
    bool is_unpacked;       /* the bytes are read from the following extent, not from the member */
    struct extent unpacked;
};
/* Gets the bytes of the layer's blob. -ENOENT with a line. */
int source_layer_extent(struct container *c, const struct source_layer *l, struct extent *ret,
                        struct err *err);

struct source_image {
    char **names; /* from tag annotations or RepoTags, in order; n_names may be 0 */
    size_t n_names;
    char *manifest_json; /* the bytes whose digest is manifest.digest */
    size_t manifest_len;
    struct descriptor manifest;
    char *config_json;
    size_t config_len;
    struct descriptor config;
    struct image_config parsed_config;
    struct source_layer *layers; /* bottom first, as many as diff_ids */
    size_t n_layers;
};

struct source {
    struct container *container;
    struct source_image *images;
    size_t n_images;
};

/* Opens a source and reads its manifests and configs, with digests and sizes verified; does not read
 * layers. Error lines list the alternatives: no such tag (and the existing tags), no manifest for the
 * platform (and the existing platforms), not an image, too many layers. */
int source_open(const struct source_ref *ref, const struct source_options *opt, struct source *ret,
                struct err *err);
void source_close(struct source *s);
void source_image_free(struct source_image *i); /* frees its members */

#endif
