/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One header block of a tar archive: the fields that decide where the next header is.
 *
 * Numbers are read as Go's archive/tar reads them, which is what container engines use: octal digits between
 * spaces and NULs, or GNU's base-256. Other readers stop at the first byte that is no digit, or take a sign;
 * so what is neither form is an error here.
 */
#ifndef MICA_IMPORT_TAR_HEADER_H
#define MICA_IMPORT_TAR_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAR_BLOCK 512u
/* The largest body: sizes are signed for most readers. */
#define TAR_SIZE_MAX ((uint64_t)INT64_MAX)

/* GNU's magic, which its sparse files and long names come with. */
bool tar_header_is_gnu(const uint8_t *block);
/* All readers take the same for the name's prefix. It is POSIX's alone, and shorter in star's form; but some
 * take what GNU has in its place (times), or an older or unknown form, for one. */
bool tar_header_prefix_is_clear(const uint8_t *block);
bool tar_header_is_zero(const uint8_t *block);
/* The checksum is right, whether the bytes were summed as unsigned or, as by some old writers, signed. */
bool tar_header_checksum_is_right(const uint8_t *block);
char tar_header_type(const uint8_t *block);
/* The size that the header says: 0, or -EINVAL for what is no number, negative or over TAR_SIZE_MAX. */
int tar_header_size(const uint8_t *block, uint64_t *ret);
/* Writes a size, and the checksum anew. */
void tar_header_set_size(uint8_t *block, uint64_t size);
/* The name in the header, without its prefix; it may have no NUL at its end. */
char *tar_header_name(uint8_t *block, size_t *ret_len);
/* A type that POSIX gives no body: links, devices, directories, fifos. */
bool tar_type_has_no_body(char type);

/* The bytes of a body with what fills it up to a whole block. */
static inline uint64_t tar_padded(uint64_t size)
{
    return (size + TAR_BLOCK - 1) & ~(uint64_t)(TAR_BLOCK - 1);
}

#endif
