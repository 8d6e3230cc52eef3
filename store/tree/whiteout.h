/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognises whiteouts, opaque marks and the other marks of union file systems, in every form in use. Pure.
 *
 *   removes a name          character device 0:0                           kernel overlayfs
 *                           an empty file with overlay.whiteout, in a      kernel overlayfs, 6.7 and later
 *                           directory with overlay.opaque = "x"
 *                           `.wh.NAME`, whatever its type                  OCI layers, AUFS
 *   hides lower names       overlay.opaque = "y"                           kernel overlayfs
 *   in a directory          user.fuseoverlayfs.opaque = "y"                fuse-overlayfs
 *                           `.wh..wh..opq` in it                           OCI layers, AUFS, fuse-overlayfs
 *   is elsewhere below      overlay.redirect = "/PATH" or "NAME"           kernel overlayfs
 *   has its content below   overlay.metacopy                               kernel overlayfs
 *
 * "overlay." stands for `trusted.overlay.` and `user.overlay.`.
 */
#ifndef MICA_TREE_WHITEOUT_H
#define MICA_TREE_WHITEOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHITEOUT_PREFIX      ".wh."
#define WHITEOUT_PREFIX_LEN  4
#define WHITEOUT_OPAQUE_NAME ".wh..wh..opq"

enum whiteout_name {
    WHITEOUT_NAME_PLAIN,    /* an ordinary name */
    WHITEOUT_NAME_REMOVES,  /* removes another name of lower layers */
    WHITEOUT_NAME_OPAQUE,   /* hides all names of lower layers in this directory */
    WHITEOUT_NAME_LEFTOVER, /* AUFS's own files (`.wh..wh.plnk`), and `.wh.` before no valid name: hidden */
};

/* Classifies `name`. For WHITEOUT_NAME_REMOVES, *ret_removed (may be NULL) is the removed name, the rest
 * of `name` up to its end. */
enum whiteout_name whiteout_name(const char *name, size_t len, const char **ret_removed);

/* Does a file with this st_mode and device number have the form of the kernel's whiteout? */
bool whiteout_is_device(uint32_t mode, uint32_t rdev_major, uint32_t rdev_minor);

/* The meaning of an extended attribute for a union file system. */
enum overlay_mark {
    OVERLAY_MARK_NONE, /* an attribute of the file */
    OVERLAY_MARK_OPAQUE,
    OVERLAY_MARK_WHITEOUT,
    OVERLAY_MARK_REDIRECT,
    OVERLAY_MARK_METACOPY,
    OVERLAY_MARK_OTHER, /* private to overlay file systems too (origin, impure, ...); without meaning here */
};

/* The attribute's prefix, which says who may set the mark: trusted.* needs privilege; user.* may be set by
 * everyone who may write to the file. */
enum overlay_family {
    OVERLAY_TRUSTED,
    OVERLAY_USER,
    OVERLAY_FUSEOVERLAYFS, /* user.fuseoverlayfs.* */
};

/* Classifies the attribute `name` (NUL-terminated). ret_family may be NULL; it is not touched for
 * OVERLAY_MARK_NONE. */
enum overlay_mark overlay_mark(const char *name, enum overlay_family *ret_family);

enum overlay_opaque {
    OVERLAY_NOT_OPAQUE,
    OVERLAY_OPAQUE,
    OVERLAY_XATTR_WHITEOUTS, /* lower layers merge; the directory may hold whiteouts in the attribute form */
};

/* The meaning of an opaque attribute's value. */
enum overlay_opaque overlay_opaque_value(const void *value, size_t len);

/* Longest value of a redirect: a path. */
#define OVERLAY_REDIRECT_MAX 4095

/* Can the redirect be followed inside a layer: is it "/PATH" of plain components, or one component?
 * Components "." and "..", empty or over 255 bytes, and a NUL are refused. */
bool overlay_redirect_valid(const char *value, size_t len);

#endif
