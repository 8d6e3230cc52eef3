/* SPDX-License-Identifier: Apache-2.0 */
/* The text of branch.json (store/FORMAT.md, "Branches"). Pure. */
#ifndef MICA_DISK_BRANCH_TEXT_H
#define MICA_DISK_BRANCH_TEXT_H

#include <stddef.h>

#include "disk/branch.h"

#define BRANCH_MAX_BYTES (16u << 10)

/* Writes the text to fresh memory. -EINVAL for invalid members: no digests, a name that is not UTF-8. */
int branch_text_format(const struct branch_info *info, char **ret, size_t *ret_len);

/* Parses the text. -EPROTONOSUPPORT for another version, -EUCLEAN for any other fault. */
int branch_text_parse(const char *text, size_t len, struct branch_info *ret);

#endif
