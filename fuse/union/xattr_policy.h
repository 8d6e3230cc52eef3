/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which extended attributes a mount shows, and under which names they are kept. Pure: names in, decision out.
 *
 * Overlay file systems keep their books in attributes of one prefix, trusted.overlay. or (userxattr)
 * user.overlay.: these are nobody's but theirs. What a program calls so itself (rsync -X, an engine in a
 * container) is kept under an escaped name, as kernel overlayfs keeps it: PREFIXoverlay.NAME for PREFIXNAME.
 * The other of both prefixes is like any other. In an image, where there are no marks, nothing is escaped.
 *
 * Hidden is what belongs to the machine instead of the image: a label of the host's security policy, an
 * access list of a server, and fuse-overlayfs's books. trusted.* is shown to those who could read it, as disk
 * file systems do.
 */
#ifndef MICA_UNION_XATTR_POLICY_H
#define MICA_UNION_XATTR_POLICY_H

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "tree/tree.h"

/* Is `name`, as a program says it, there for a caller who may (`privileged`) or may not see trusted.*? */
bool xattr_visible(const char *name, bool privileged);

/* The error for an attribute that is not there, by its name: -ENODATA, -EINVAL for a namespace without a name
 * in it, -EOPNOTSUPP for what is in no namespace that there is. */
int xattr_absent(const char *name);

/* The name under which it is kept where there are such marks: `name` itself, or `buf`; NULL when that would
 * be longer than a name may be. */
const char *xattr_kept_name(enum tree_marks marks, const char *name, char buf[XATTR_NAME_MAX + 1]);

/* Takes marks out of a list of NUL-terminated names, and says the rest as programs do; in place; returns the
 * length that is left. A last name without its NUL is dropped. */
size_t xattr_show_list(enum tree_marks marks, char *list, size_t len);

/* Gives names that are marks called `as` (behind the prefix of marks) and more their own, which begin with
 * `own` and are shorter; in place, before xattr_show_list; returns the new length. */
size_t xattr_uncover_list(enum tree_marks marks, const char *as, const char *own, char *list, size_t len);

/* Takes what is hidden out of a list, as above. */
size_t xattr_filter_list(char *list, size_t len, bool privileged);

#endif
