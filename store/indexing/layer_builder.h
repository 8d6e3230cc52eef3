/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the index of one layer from its archive's entries, in any order. Pure but for memory: names from an
 * archive become records and never paths of the host.
 *
 * A later entry replaces an earlier one of the same name; a directory over a directory keeps its children; an
 * entry beneath a symbolic link of this layer goes to the link's target (layer_links.h); an entry beneath any
 * other non-directory makes that name a directory; a directory that replaces another entry does not merge
 * with lower layers; parents without an entry are implicit. OCI whiteouts (`.wh.NAME`, `.wh..wh..opq`) hide
 * lower layers only, whatever the order of entries.
 */
#ifndef MICA_INDEXING_LAYER_BUILDER_H
#define MICA_INDEXING_LAYER_BUILDER_H

#include "tree/index.h"

struct layer_builder;

/* Metadata of one entry. For regular files layer_builder_content sets `place`, `flags`, `blocks` and
 * `content_hash` once the content is written. */
struct layer_entry {
    uint32_t mode, uid, gid;
    uint64_t size;
    struct timespec mtime;
    uint32_t rdev_major, rdev_minor;
    const char *target;               /* symbolic links: NUL-terminated, not empty */
    const struct index_xattr *xattrs; /* any order; the last of equal names wins */
    size_t n_xattrs;
};

/* Makes a builder. More than `max_inodes` inodes give -E2BIG. `tmp_dirfd` as in index_writer_new. NULL on
 * lack of memory. */
struct layer_builder *layer_builder_new(uint64_t max_inodes, int tmp_dirfd);
void layer_builder_free(struct layer_builder *b);

/* Adds an entry of any type at `path`, in the archive's form: a leading "/" or "./", doubled slashes and a
 * trailing slash are removed; ".." out of the layer, a component over 255 bytes, a path over 4095 and a
 * path through too many links are refused. Recognises whiteout names, whatever the entry's type. *ret_id
 * identifies the entry for layer_builder_content; 0 if it has no content (whiteouts, AUFS's files). */
int layer_builder_add(struct layer_builder *b, const char *path, const struct layer_entry *e,
                      uint32_t *ret_id, struct err *err);

/* Adds a hard link. As in unpacking, the target is the file at the moment of the entry: an earlier entry
 * of this layer, or the file of lower layers unless an earlier entry hides it. Only if neither exists the
 * target is a later entry. */
int layer_builder_link(struct layer_builder *b, const char *path, const char *target, struct err *err);

/* Records the location of a regular file's content. */
int layer_builder_content(struct layer_builder *b, uint32_t id, uint64_t place, uint32_t flags,
                          uint64_t blocks, uint64_t content_hash);

/* Resolves links, implicit and passive directories and writes the index to `fd`. Afterwards the builder
 * can only be freed. */
int layer_builder_finish(struct layer_builder *b, int fd, struct err *err);

#endif
