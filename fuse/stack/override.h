/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owner, mode and type of files in a layer or upper directory whose user may not give files away: stored in the
 * attribute user.containers.override_stat, as podman's and buildah's storage writes and reads it:
 *
 *   UID:GID:0MODE[:TYPE]      TYPE: file, dir, symlink, pipe, socket, block-MAJOR-MINOR, char-MAJOR-MINOR
 *
 * (containers/storage, pkg/idtools). A layer uses it if its root directory has the attribute itself; in all
 * others the attribute is ignored, because a file's owner could pretend any other owner. fuse-overlayfs has two
 * names of its own for it, which are read but not written. Pure.
 */
#ifndef MICA_STACK_OVERRIDE_H
#define MICA_STACK_OVERRIDE_H

#include <stddef.h>
#include <sys/stat.h>

#define OVERRIDE_XATTR "user.containers.override_stat"
#define OVERRIDE_MAX   96

/* The attribute's names, in order of precedence; a directory's names are a set of bits 1 << NAME. The one in
 * security.* can only be set by a process with the right to be trusted. */
enum override_name { OVERRIDE_CONTAINERS, OVERRIDE_SECURITY, OVERRIDE_FUSE, OVERRIDE_NAMES };
extern const char *const override_names[OVERRIDE_NAMES];

/* Apply the text to *st: owner, permission bits, and the type if given. -EINVAL leaves *st unchanged. */
int override_parse(const char *text, size_t len, struct stat *st);

/* As override_parse, for a regular file or directory *st: a directory stays a directory, and no other file
 * becomes a directory, a symbolic link or a whiteout (device 0:0). */
int override_apply(const char *text, size_t len, struct stat *st);

/* Format *st; returns the length. */
size_t override_format(const struct stat *st, char ret[OVERRIDE_MAX]);

#endif
