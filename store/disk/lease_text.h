/* SPDX-License-Identifier: Apache-2.0 */
/* What a lease's file says (store/FORMAT.md, "Leases"). Pure. */
#ifndef MICA_DISK_LEASE_TEXT_H
#define MICA_DISK_LEASE_TEXT_H

#include <stddef.h>

#include "disk/lease.h"

#define LEASE_MAX_BYTES (64u << 10)

/* Fresh memory. -EINVAL for what cannot be written: a mountpoint that is not absolute, a name that is not
 * UTF-8. */
int lease_format(const struct lease_info *info, char **ret, size_t *ret_len);

/* -EUCLEAN for anything but a well-formed lease. */
int lease_parse(const char *text, size_t len, struct lease_info *ret);

/* Frees what it holds. */
void lease_info_clear(struct lease_info *info);

#endif
