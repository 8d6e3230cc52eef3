/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX access lists as system.posix_acl_access and _default have them, and the permission bits of the mode
 * that go with them: where owners and modes are kept beside a file (override.h), no file system does this for
 * us. Values need not be well-formed. Pure.
 *
 * A mode's bits are the list's entries for the owner, for the mask (for the group where there is none), and
 * for others; a list with no more entries than these says nothing that the mode does not.
 */
#ifndef MICA_OS_ACL_H
#define MICA_OS_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define ACL_ACCESS  "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

/* Is it a list, as far as its size and its header tell? */
bool acl_is_list(const void *list, size_t size);

/* Gives *mode the permission bits that go with a list; 1 when the list says more than that, else 0. -EINVAL
 * for what is no list. */
int acl_mode(const void *list, size_t size, mode_t *mode);

/* Makes of a directory's default list, and the *mode that is asked for, those of what is made in it: each
 * loses what the other does not give. As acl_mode. */
int acl_inherit(void *list, size_t size, mode_t *mode);

/* Gives a list the mode's permission bits, as chmod(2) does. */
void acl_chmod(void *list, size_t size, mode_t mode);

#endif
