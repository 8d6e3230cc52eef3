/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flags of files, as chattr(1) sets them.
 *
 * Immutable and append-only files are protected by the union itself: in the upper these two flags are kept in
 * a mark, as kernel overlayfs keeps them, for a file that has them could not be put in its place, nor get
 * marks. All other flags are the upper file's own.
 */
#ifndef MICA_UNION_FILE_FLAGS_H
#define MICA_UNION_FILE_FLAGS_H

#include <linux/fs.h>
#include <stddef.h>

#define PROTECTED_FLAGS ((unsigned)(FS_IMMUTABLE_FL | FS_APPEND_FL))

/* What of both is kept, as text without an end: its length. */
#define PROTECTED_TEXT_MAX 32
size_t protected_text(unsigned flags, char ret[PROTECTED_TEXT_MAX]);
unsigned protected_parse(const char *text, size_t len);

/* Both forms of an open file's flags; -ENOTTY where the file system has none. */
int file_flags_get(int fd, struct fsxattr *ret_x, unsigned *ret_flags);
/* Changes those in `changed` to what they are in `flags`. */
int file_flags_change(int fd, unsigned changed, unsigned flags);
/* The other form: as above, and the fields that differ between `was` and `is`. */
int file_xflags_change(int fd, const struct fsxattr *was, const struct fsxattr *is);

/* Gives a copy the flags that mean something for it: what is not to have its time of access kept, or to be
 * written at once. A file system without flags has none. */
int file_flags_copy(int from, int to);

#endif
