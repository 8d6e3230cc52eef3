/* SPDX-License-Identifier: Apache-2.0 */
/* What branch.json says (store/FORMAT.md, "Branches"). Pure. */
#ifndef MICA_DISK_BRANCH_TEXT_H
#define MICA_DISK_BRANCH_TEXT_H

#include <stddef.h>

#include "disk/branch.h"

#define BRANCH_MAX_BYTES (16u << 10)

/* Fresh memory. -EINVAL for what cannot be written: no digests, a name that is not UTF-8. */
int branch_text_format(const struct branch_info *info, char **ret, size_t *ret_len);

/* -EPROTONOSUPPORT for another version, -EUCLEAN for anything else that is not well-formed. */
int branch_text_parse(const char *text, size_t len, struct branch_info *ret);

#endif
