/* SPDX-License-Identifier: Apache-2.0 */
/* Turns a layer's tar stream into its index, pack and own files. libarchive reads the archive; no name from it
 * becomes a path of the host: contents are offsets in the pack or numbered files, names are records
 * (indexing/layer_builder.h). */
#ifndef MICA_IMPORT_UNPACK_H
#define MICA_IMPORT_UNPACK_H

#include <stdint.h>
#include <sys/types.h>

#include "os/err.h"

/* Sets *ret to the next run of the stream, valid until the next call, and returns its length, 0 at the end, or a
 * negative errno. */
typedef ssize_t (*unpack_read_fn)(void *ctx, const void **ret);

struct known_layer;

struct unpack_limits {
    uint64_t max_files; /* inodes */
    uint64_t
        max_size; /* bytes of all contents, holes included: a sparse file can be larger than its archive */
};

/* Unpacks into the existing empty directory `dirfd`: writes index, pack and files/N, or with shared contents packs/N
 * and places. `layer`: to share with others (known.h), or NULL. May stop before the end of the stream: the caller reads the
 * bytes after the archive's end. If `read` fails, returns its error and leaves `err` unchanged. */
int unpack_layer(unpack_read_fn read, void *ctx, int dirfd, struct known_layer *layer,
                 const struct unpack_limits *limits, struct err *err);

#endif
