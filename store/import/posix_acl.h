/* SPDX-License-Identifier: Apache-2.0 */
/* Converts POSIX ACLs of a tar archive (text of SCHILY.acl.* records, parsed by libarchive) to the
 * kernel's form of the attributes system.posix_acl_access and system.posix_acl_default
 * (linux/posix_acl_xattr.h). */
#ifndef MICA_IMPORT_POSIX_ACL_H
#define MICA_IMPORT_POSIX_ACL_H

#include <archive_entry.h>
#include <stdint.h>

#include "os/buf.h"

/* Appends the attribute's value to `ret`; `type`: ARCHIVE_ENTRY_ACL_TYPE_ACCESS or _DEFAULT. Returns 1; 0
 * if there is no such ACL or it is equivalent to the mode; -ENOMEM. An ACL with an entry without a numeric
 * id counts as none (GNU tar without --numeric-owner writes only names, which mean nothing outside of the
 * image), and so does one with an id of 2^31 - 1 or more, which libarchive cannot tell apart. *ret_mask
 * gets the bits of a mask entry, which stat(2) shows as the group's; unchanged without one. (libarchive
 * puts the owning group's bits into the entry's mode instead.) */
int posix_acl_value(struct archive_entry *e, int type, struct buf *ret, uint32_t *ret_mask);

#endif
