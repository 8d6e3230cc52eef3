/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a layer's `places`, for its reader and writer only. store/FORMAT.md describes the format. */
#ifndef MICA_TREE_PLACES_FORMAT_H
#define MICA_TREE_PLACES_FORMAT_H

#include <endian.h>
#include <stdint.h>

#include "tree/index_format.h"

#define PLACES_MAGIC    "\x89MICAPL\n"
#define PLACES_VERSION  1u
#define PLACES_SIZE_MAX ((1u << 20) - 1) /* bytes of a content; larger ones have files of their own */
#define PLACES_PACK_MAX 65535u

/* As long as an index's header: block checksums begin behind it. */
struct places_header {
    char magic[8];
    uint32_t version, zero;
    uint64_t file_size;
    uint64_t count; /* of records, which follow */
    uint64_t
        sums_sum; /* XXH3-64 of the table of sums, which follows the records: one per INDEX_BLOCK of the file */
    uint8_t unused[96];
    uint64_t header_sum; /* XXH3-64 of the bytes before this field */
};

struct places_record {
    uint64_t from, at;
    uint32_t size, pack;
};

_Static_assert(sizeof(struct places_header) == sizeof(struct index_header),
               "blocks begin at the same offset");
_Static_assert(sizeof(struct places_record) == 24, "a record has no padding");

#endif
