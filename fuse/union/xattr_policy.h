/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy for extended attributes: which a mount shows, and the names under which they are kept. Pure.
 *
 * Overlay file systems reserve one prefix for marks, trusted.overlay. or (userxattr) user.overlay. An
 * attribute of that name set by a program (rsync -X, an engine in a container) is kept under an escaped name,
 * as in kernel overlayfs: PREFIXoverlay.NAME for PREFIXNAME. The other prefix is ordinary. An image has no
 * marks, and nothing is escaped.
 *
 * Attributes of the machine rather than the image are hidden: labels of the host's security policy, access
 * lists of a server, and fuse-overlayfs's own. trusted.* is shown to privileged callers, as on disk file
 * systems.
 */
#ifndef MICA_UNION_XATTR_POLICY_H
#define MICA_UNION_XATTR_POLICY_H

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "tree/tree.h"

/* Is `name`, in the program's form, visible to a caller who may (`privileged`) or may not see trusted.*? */
bool xattr_visible(const char *name, bool privileged);

/* Error for a missing attribute, by its name: -ENODATA; -EINVAL for a namespace without a name; -EOPNOTSUPP
 * for an unknown namespace. */
int xattr_absent(const char *name);

/* Convert to the kept name under these marks: `name` itself, or `buf`; NULL if it is too long. */
const char *xattr_kept_name(enum tree_marks marks, const char *name, char buf[XATTR_NAME_MAX + 1]);

/* Remove marks from a list of NUL-terminated names, and convert the rest to the programs' form, in place;
 * returns the new length. A last name without NUL is dropped. */
size_t xattr_show_list(enum tree_marks marks, char *list, size_t len);

/* Rename marks that begin with `as` (after the prefix of marks) to begin with `own`, which is shorter, in
 * place; call before xattr_show_list. Returns the new length. */
size_t xattr_uncover_list(enum tree_marks marks, const char *as, const char *own, char *list, size_t len);

/* Remove hidden names from a list, as xattr_show_list. */
size_t xattr_filter_list(char *list, size_t len, bool privileged);

#endif
