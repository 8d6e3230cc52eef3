/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX ACLs as a tar archive has them (text of SCHILY.acl.* records, parsed by libarchive) in the form that
 * the kernel keeps in the attributes system.posix_acl_access and system.posix_acl_default
 * (linux/posix_acl_xattr.h). */
#ifndef MICA_IMPORT_POSIX_ACL_H
#define MICA_IMPORT_POSIX_ACL_H

#include <archive_entry.h>
#include <stdint.h>

#include "os/buf.h"

/* `type`: ARCHIVE_ENTRY_ACL_TYPE_ACCESS or _DEFAULT. Appends the attribute's value to `ret`: 1, 0 when there
 * is no such ACL (or none that says more than the mode), -ENOMEM. An ACL with an entry for somebody without a
 * number (GNU tar without
 * --numeric-owner writes names alone, which mean nothing outside of the image) is no ACL, and so is one with
 * a number of 2^31 - 1 or more, which libarchive cannot tell apart: 0. *ret_mask gets the mask's bits where
 * there is a mask, and stays otherwise: what stat(2) shows as the group's. (libarchive puts the owning
 * group's bits into the entry's mode instead.) */
int posix_acl_value(struct archive_entry *e, int type, struct buf *ret, uint32_t *ret_mask);

#endif
