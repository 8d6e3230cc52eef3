/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an index file, for its reader and writer only. store/FORMAT.md describes the format.
 * Numbers are little-endian; sections come in the order of the header's fields. */
#ifndef MICA_TREE_INDEX_FORMAT_H
#define MICA_TREE_INDEX_FORMAT_H

#include <endian.h>
#include <stdint.h>

#define INDEX_MAGIC "\x89MICAIX\n"
/* Trees of version 1 had no parents of files. */
#define INDEX_LAYER_VERSION 1u
#define INDEX_TREE_VERSION  2u

#define INDEX_BLOCK           65536u /* bytes per checksum */
#define INDEX_NAME_MAX        255u
#define INDEX_TARGET_MAX      4095u
#define INDEX_XATTR_NAME_MAX  255u
#define INDEX_XATTR_VALUE_MAX 65536u
#define INDEX_XATTRS_MAX      65536u /* attributes in one set */
#define INDEX_LAYERS_MAX      65536u
#define INDEX_NAMES_MAX       (UINT64_C(1) << 31) /* in an index, less one */
#define INDEX_LINKS_MAX       (1u << 30)          /* names of one file */
#define INDEX_MAJOR_MAX       ((1u << 12) - 1)    /* the limit of Linux's dev_t */
#define INDEX_MINOR_MAX       ((1u << 20) - 1)
#define INDEX_PACK_ALIGN      8u    /* alignment of a content in the pack... */
#define INDEX_PACK_PAGE       4096u /* ...and of a content of at least this size */

struct index_section {
    uint64_t offset; /* in the file */
    uint64_t count;  /* records, or bytes for text and xattrs */
};

struct index_header {
    char magic[8];
    uint32_t version;
    uint32_t kind;
    uint64_t file_size;
    struct index_section inodes; /* struct index_inode_record; number n stands at n - 1 */
    struct index_section names;  /* struct index_name_record */
    struct index_section layers; /* struct index_layer_record */
    struct index_section
        xattrs; /* sets, see index_xattr_next; begins with 8 unused bytes, because offset 0 means no set */
    struct index_section text; /* names and targets */
    struct index_section
        sums; /* XXH3-64 of each INDEX_BLOCK of the bytes before this section (the header left out) */
    uint64_t sums_sum; /* XXH3-64 of the table of sums */
    uint64_t content_size;
    uint64_t header_sum; /* XXH3-64 of the bytes before this field */
};

struct index_inode_record {
    uint32_t mode, uid, gid, nlink;
    uint64_t size, blocks;
    uint64_t mtime_sec; /* two's complement */
    uint32_t mtime_nsec, flags;
    uint32_t layer, parent;
    uint64_t a; /* place | first name | rdev major << 32 | minor | target */
    uint64_t b; /* content hash | number of names */
    uint64_t xattrs;
};

struct index_name_record {
    uint32_t inode;
    uint32_t text; /* offset in the section of text */
    uint8_t len, type, flags, zero;
};

struct index_layer_record {
    uint32_t len; /* 32 or 64 */
    uint32_t zero;
    uint8_t digest[64];
};

_Static_assert(sizeof(struct index_header) == 144, "the header has no padding");
_Static_assert(sizeof(struct index_inode_record) == 80, "an inode record has no padding");
_Static_assert(sizeof(struct index_name_record) == 12, "a name record has no padding");
_Static_assert(sizeof(struct index_layer_record) == 72, "a layer record has no padding");

#endif
