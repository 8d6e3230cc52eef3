/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which extended attributes a mount shows. Pure: names in, decision out.
 *
 * Hidden are the marks by which overlay file systems keep their books (an engine that saw them would take
 * every copied-up file for changed and write the marks into its layers), and what belongs to the machine
 * instead of the image: a label of the host's security policy, an access list of a server. trusted.* is shown
 * to those who could read it, as disk file systems do.
 */
#ifndef MICA_UNION_XATTR_POLICY_H
#define MICA_UNION_XATTR_POLICY_H

#include <stdbool.h>
#include <stddef.h>

/* Is `name` there for a caller who may (`privileged`) or may not see trusted.*? */
bool xattr_visible(const char *name, bool privileged);

/* The error for an attribute that is not there, by its name: -ENODATA, -EINVAL for a namespace without a name
 * in it, -EOPNOTSUPP for what is in no namespace that there is. */
int xattr_absent(const char *name);

/* Takes what is hidden out of a list of NUL-terminated names, in place; returns the length that is left. A
 * last name without its NUL is dropped. */
size_t xattr_filter_list(char *list, size_t len, bool privileged);

#endif
