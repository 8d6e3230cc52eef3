/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks of what takes no attribute user.*, where marks are those: symbolic links, and fifos, sockets and
 * devices; and of regular files as well where marks are names (name_marks.h). They are in the directory
 * mica-marks beside the work directory, each a symbolic link, since that comes to be with its content in one
 * step: its name is the file's inode number on disk and the mark, and what it points to the moment at which
 * the file was made, and the value.
 *
 * That moment tells the file from any later one that gets its number: a mark that is left when its file has
 * gone, by whoever changes the upper otherwise, is nobody's. A file that is to go has its last name in the
 * work directory, so that its marks go before it does, if need be at the next mount (branch_discard, keep.c).
 * A file system that does not know when files were made has no such marks (-EOPNOTSUPP).
 */
#ifndef MICA_UNION_ASIDE_H
#define MICA_UNION_ASIDE_H

#include "union/branch.h"

/* Removes a mark that an earlier daemon, killed meanwhile, left half made. */
int aside_tidy(const struct branch *b);

/* For a file that takes marks itself: -EINVAL, and there are none. Values are of 1 to ASIDE_MAX bytes. */
#define ASIDE_MAX 8
int aside_set(const struct branch *b, struct where w, enum branch_mark mark, const void *value, size_t len);
/* The length, or -ENODATA. */
ssize_t aside_get(const struct branch *b, struct where w, enum branch_mark mark, void *value, size_t size);
/* Has the file marks here, for all we know? */
bool aside_has(const struct branch *b, uint32_t type, uint64_t upper_ino);
/* Of a file that goes. */
int aside_forget(const struct branch *b, uint64_t upper_ino);
/* The same before a name goes, where it is the last one and the file may have marks. */
int aside_forget_last(const struct branch *b, int dirfd, const char *name);

#endif
