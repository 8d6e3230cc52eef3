/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sidecar marks: marks of files that cannot carry attributes user.* (symbolic links, fifos, sockets,
 * devices), in branches that use these; and of regular files in branches where marks are names
 * (name_marks.h). They lie in the directory mica-marks beside the work directory. Each is a symbolic link,
 * since symlink(2) creates a name with its content in one step. Its name is the file's inode number on disk
 * and the number of the mark; its target is the file's time of birth and the value.
 *
 * The time of birth tells the file from a later one with the same inode number: a stale mark, left when
 * somebody else removed the file from the upper, matches no file. Before a file is removed its last name is
 * moved into the work directory, so that its marks are removed first, at the next mount if the daemon is
 * killed (branch_discard, keep.c). Without times of birth a file system has no sidecar marks (-EOPNOTSUPP).
 */
#ifndef MICA_UNION_ASIDE_H
#define MICA_UNION_ASIDE_H

#include "union/branch.h"

/* Remove an unfinished mark left by a killed daemon. */
int aside_tidy(const struct branch *b);

/* Values have 1 to ASIDE_MAX bytes. -EINVAL for a file that carries marks itself; it has no sidecar. */
#define ASIDE_MAX 8
int aside_set(const struct branch *b, struct where w, enum branch_mark mark, const void *value, size_t len);
/* Returns the length, or -ENODATA. */
ssize_t aside_get(const struct branch *b, struct where w, enum branch_mark mark, void *value, size_t size);
/* May the file have sidecar marks? Decided from its type and inode number alone, true if unknown. */
bool aside_has(const struct branch *b, uint32_t type, uint64_t upper_ino);
/* Remove the marks of a file that is about to be removed. */
int aside_forget(const struct branch *b, uint64_t upper_ino);
/* As aside_forget, before a name is removed; does nothing if the file has other names or cannot have
 * marks. */
int aside_forget_last(const struct branch *b, int dirfd, const char *name);

#endif
