/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building the index of one layer from its archive's entries, in whatever order they come. Pure but for
 * memory: names from an archive become records here and never paths of the host.
 *
 * Later entries win over earlier ones of the same name; a directory over a directory keeps its children; an
 * entry beneath a symbolic link of this layer lies where the link leads (layer_links.h); an entry beneath any
 * other name that is no directory makes that name a directory; a directory that takes another entry's place
 * merges with nothing of lower layers; parents that are never named are implicit. OCI whiteouts (`.wh.NAME`,
 * `.wh..wh..opq`) hide lower layers only, whatever the order of entries.
 */
#ifndef MICA_INDEXING_LAYER_BUILDER_H
#define MICA_INDEXING_LAYER_BUILDER_H

#include "tree/index.h"

struct layer_builder;

/* Metadata of one entry. For regular files `place`, `flags`, `blocks` and `content_hash` come with
 * layer_builder_content once the content was written. */
struct layer_entry {
    uint32_t mode, uid, gid;
    uint64_t size;
    struct timespec mtime;
    uint32_t rdev_major, rdev_minor;
    const char *target;               /* symbolic links: NUL-terminated, not empty */
    const struct index_xattr *xattrs; /* any order; the last of a name wins */
    size_t n_xattrs;
};

/* `max_inodes`: more gives -E2BIG. `tmp_dirfd` as in index_writer_new. NULL without memory. */
struct layer_builder *layer_builder_new(uint64_t max_inodes, int tmp_dirfd);
void layer_builder_free(struct layer_builder *b);

/* Adds an entry of any type at `path` (as the archive says it: a leading "/" or "./", doubled slashes and a
 * trailing slash are cleaned away; ".." that leaves the layer, a component over 255 bytes or a path over 4095
 * is refused, and so is one that leads through too many links). Whiteout names are recognised here, whatever
 * the entry's type. *ret_id names it for layer_builder_content, 0 when the entry has no content to keep
 * (whiteouts, AUFS leftovers). */
int layer_builder_add(struct layer_builder *b, const char *path, const struct layer_entry *e,
                      uint32_t *ret_id, struct err *err);

/* Adds a hard link. What it means is decided by what is there when it comes, as for who unpacks the archive:
 * an earlier entry of this layer, else what lower layers have, unless an earlier entry hides that. Only where
 * there is neither it is a later entry. */
int layer_builder_link(struct layer_builder *b, const char *path, const char *target, struct err *err);

/* Where the content of a regular file was put. */
int layer_builder_content(struct layer_builder *b, uint32_t id, uint64_t place, uint32_t flags,
                          uint64_t blocks, uint64_t content_hash);

/* Settles links, implicit and passive directories and writes the index to `fd`. The builder is of no use
 * afterwards. */
int layer_builder_finish(struct layer_builder *b, int fd, struct err *err);

#endif
