/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX access control lists in the form of system.posix_acl_access and system.posix_acl_default, and the
 * permission bits of the mode that correspond to them. Owners and modes that are kept beside a file
 * (override.h) need this, because no file system keeps list and mode in step for them. Values need not be
 * well-formed. Pure.
 *
 * The mode's bits are the entries for the owner, for the mask (for the group in a list without a mask), and
 * for others; a list with only these entries is equivalent to a mode.
 */
#ifndef MICA_OS_ACL_H
#define MICA_OS_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define ACL_ACCESS  "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

/* Is the value a list, judged by its size and header? */
bool acl_is_list(const void *list, size_t size);

/* Sets the permission bits of *mode from a list. Returns 1 if the list has more entries than a mode can
 * express, else 0; -EINVAL if it is not a list. */
int acl_mode(const void *list, size_t size, mode_t *mode);

/* Turns a directory's default list and the requested *mode into the list and mode of a new file in it:
 * each is reduced to the bits that the other grants. Returns as acl_mode. */
int acl_inherit(void *list, size_t size, mode_t *mode);

/* Sets the list's entries from the permission bits of a mode, as chmod(2) does. */
void acl_chmod(void *list, size_t size, mode_t mode);

#endif
