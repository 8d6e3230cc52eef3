/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_BRANCH_MARKS_H
#define MICA_UNION_BRANCH_MARKS_H

#include "union/branch.h"

/* Marks. branch_mark_get returns the length, or -ENODATA. */
int branch_mark_set(const struct branch *b, struct where w, enum branch_mark mark, const void *value,
                    size_t len);
ssize_t branch_mark_get(const struct branch *b, struct where w, enum branch_mark mark, void *value,
                        size_t size);
int branch_mark_remove(const struct branch *b, struct where w, enum branch_mark mark);

/* 1, 0 or an error. A mark that cannot be read does not count as missing: the layers below would show
 * through. */
int branch_mark_is(const struct branch *b, struct where w, enum branch_mark mark, char value);
int branch_mark_has(const struct branch *b, struct where w, enum branch_mark mark);

/* Read MARK_INODE, the file's inode number to show; 0 if it has none. */
int branch_kept_ino(const struct branch *b, struct where w, uint64_t *ret);

#endif
