/* SPDX-License-Identifier: Apache-2.0 */
/* From a layer's tar stream to its index, pack and own files. Reading the archive is libarchive's; nothing
 * from it becomes a path of the host: contents are places in the pack or numbered files, names are records
 * (indexing/layer_builder.h). */
#ifndef MICA_IMPORT_UNPACK_H
#define MICA_IMPORT_UNPACK_H

#include <stdint.h>
#include <sys/types.h>

#include "os/err.h"

/* Gives the next run of the stream: sets *ret to it and returns its length (it stays valid until the next
 * call), 0 at the end, or a negative errno. */
typedef ssize_t (*unpack_read_fn)(void *ctx, const void **ret);

struct unpack_limits {
    uint64_t max_files; /* inodes */
    uint64_t
        max_size; /* bytes of all contents, holes included: a sparse file can be larger than any archive */
};

/* Unpacks into the existing empty directory `dirfd`: writes index, pack and files/N. The stream may be left
 * before its end: bytes behind the archive's end are the caller's to read. When `read` fails, what it
 * returned is returned and `err` is left alone. */
int unpack_layer(unpack_read_fn read, void *ctx, int dirfd, const struct unpack_limits *limits,
                 struct err *err);

#endif
