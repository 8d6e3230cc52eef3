/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flags of files, as chattr(1) sets them.
 *
 * The union enforces immutable and append-only itself: in the upper both are kept in a mark, as in kernel
 * overlayfs, since a file that has them can neither be renamed into place nor get marks. All other flags are
 * set on the upper's file.
 */
#ifndef MICA_UNION_FILE_FLAGS_H
#define MICA_UNION_FILE_FLAGS_H

#include <linux/fs.h>
#include <stdbool.h>
#include <stddef.h>

#define PROTECTED_FLAGS ((unsigned)(FS_IMMUTABLE_FL | FS_APPEND_FL))
/* Flags that make sense for a copy. */
#define COPIED_FLAGS ((unsigned)(FS_SYNC_FL | FS_NOATIME_FL))

/* Encode immutable and append-only as text without NUL. Returns its length. */
#define PROTECTED_TEXT_MAX 32
size_t protected_text(unsigned flags, char ret[PROTECTED_TEXT_MAX]);
unsigned protected_parse(const char *text, size_t len);

/* Read both forms of an open file's flags; -ENOTTY if the file system has none. */
int file_flags_get(int fd, struct fsxattr *ret_x, unsigned *ret_flags);
/* Set the flags in `changed` to their values in `flags`. */
int file_flags_change(int fd, unsigned changed, unsigned flags);
/* As file_flags_change, for struct fsxattr: changes the fields that differ between `was` and `is`. */
int file_xflags_change(int fd, const struct fsxattr *was, const struct fsxattr *is);

/* Does the file have flags that a copy should have? */
bool file_flags_to_copy(int fd);
/* Copy COPIED_FLAGS. Does nothing if a file system has no flags. */
int file_flags_copy(int from, int to);
/* Set those of COPIED_FLAGS that `flags` has on a new copy. Does nothing if the file system has no flags. */
int file_flags_give(int to, unsigned flags);

#endif
