/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One header block of a tar archive: the fields that determine the position of the next header.
 *
 * Numbers are read as Go's archive/tar reads them, which container engines use: octal digits between spaces
 * and NULs, or GNU's base-256. Other readers stop at the first non-digit, or accept a sign, so any other form
 * is an error here.
 */
#ifndef MICA_IMPORT_TAR_HEADER_H
#define MICA_IMPORT_TAR_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAR_BLOCK 512u
/* The largest body: most readers have signed sizes. */
#define TAR_SIZE_MAX ((uint64_t)INT64_MAX)

/* Has the header GNU's magic, which its sparse files and long names require? */
bool tar_header_is_gnu(const uint8_t *block);
/* Do all readers find the same prefix of the name? Only POSIX headers have one, and star's form has a
 * shorter one; but some readers take GNU's fields in its place (times), or an older or unknown form, for a
 * prefix. */
bool tar_header_prefix_is_clear(const uint8_t *block);
bool tar_header_is_zero(const uint8_t *block);
/* Is the checksum right, as a sum of unsigned bytes or, from some old writers, of signed ones? */
bool tar_header_checksum_is_right(const uint8_t *block);
char tar_header_type(const uint8_t *block);
/* Gets the header's size: 0, or -EINVAL if it is no number, negative or over TAR_SIZE_MAX. */
int tar_header_size(const uint8_t *block, uint64_t *ret);
/* Writes a size and the new checksum. */
void tar_header_set_size(uint8_t *block, uint64_t size);
/* Returns the name in the header, without its prefix; it may lack a final NUL. */
char *tar_header_name(uint8_t *block, size_t *ret_len);
/* Does POSIX give the type no body: links, devices, directories, fifos? */
bool tar_type_has_no_body(char type);

/* Returns the size of a body with its padding to a whole block. */
static inline uint64_t tar_padded(uint64_t size)
{
    return (size + TAR_BLOCK - 1) & ~(uint64_t)(TAR_BLOCK - 1);
}

#endif
