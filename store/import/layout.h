/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source holds, whatever its kind: a list of images, each a manifest (docker-archives have none), a
 * config and layers that can be read as extents of descriptors.
 *
 * A *container* gives members by path: a directory (opened beneath it) or an archive (a seekable tar, listed
 * once; what comes from a pipe or is compressed is first put into an unnamed file of the store's tmp/). A
 * *layout* (layout_oci.c, layout_docker.c, layout_dir.c) knows which members make an image.
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
    bool own_fd; /* closed by extent_done: members of a directory, so that an open container costs few
                    descriptors */
};
void extent_done(struct extent *x);

struct container;
/* What opening a source may use. */
struct source_options {
    struct platform platform;  /* which image of an index */
    bool platform_required;    /* refuse an image of another platform also where there is no choice */
    uint32_t max_layers;       /* of one image */
    uint64_t max_size;         /* of a compressed or piped archive that has to be unpacked or kept first */
    int tmp_dirfd;             /* where unnamed files may be made */
    const atomic_bool *cancel; /* stops reading a pipe with -ECANCELED; or NULL */
    /* `done` bytes were read of an archive that has to be unpacked or kept first, of `total`; a pipe's total is
     * IMPORT_TOTAL_UNKNOWN. Or NULL. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};
/* Opens PATH as a directory or an archive; container_open_stream reads an archive from `fd` (borrowed)
 * instead. */
int container_open_path(const char *path, const struct source_options *opt, struct container **ret,
                        struct err *err);
int container_open_stream(int fd, const struct source_options *opt, struct container **ret, struct err *err);
void container_close(struct container *c); /* NULL-safe */
/* A member (a regular file) by its relative path; links inside an archive are resolved inside it. -ENOENT
 * quietly, without a line. The extent is valid until extent_done or container_close, whichever comes first.
 * Safe from any thread. */
int container_member(struct container *c, const char *path, struct extent *ret, struct err *err);
/* Reads a whole member of at most `limit` bytes; fresh memory with a NUL behind. */
int container_read(struct container *c, const char *path, size_t limit, char **ret, size_t *ret_len,
                   struct err *err);

/* Decompresses an extent into an unnamed file of the container's, where it stays until container_close. */
int container_unpack(struct container *c, const struct extent *x, const struct source_options *opt,
                     struct extent *ret, struct err *err);

/* One layer as a source has it. */
struct source_layer {
    struct digest diff_id;
    struct descriptor blob; /* media type, digest and size as the manifest says */
    char *path;             /* the member */
    bool is_unpacked;       /* then it is not the member that is read, but: */
    struct extent unpacked;
};
/* The bytes of the layer's blob. -ENOENT with a line. */
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

/* Opens a source and reads its descriptions: manifests and configs are read and their digests and sizes
 * checked; layers are not touched. Errors say what is wrong and what there is: no such tag (and which tags),
 * no manifest for the platform (and which platforms), not an image, too many layers. */
int source_open(const struct source_ref *ref, const struct source_options *opt, struct source *ret,
                struct err *err);
void source_close(struct source *s);
void source_image_free(struct source_image *i); /* what it holds */

#endif
