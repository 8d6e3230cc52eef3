/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a lease (store/FORMAT.md, "Leases"). Pure. */
#ifndef MICA_DISK_LEASE_TEXT_H
#define MICA_DISK_LEASE_TEXT_H

#include <stddef.h>

#include "disk/lease.h"

#define LEASE_MAX_BYTES (64u << 10)

/* Writes the text to fresh memory. -EINVAL for invalid members: a mountpoint that is not absolute, a name
 * that is not UTF-8. */
int lease_format(const struct lease_info *info, char **ret, size_t *ret_len);

/* Parses the text. -EUCLEAN for a malformed lease. */
int lease_parse(const char *text, size_t len, struct lease_info *ret);

/* Frees the members. */
void lease_info_clear(struct lease_info *info);

#endif
