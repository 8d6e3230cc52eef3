/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes in a branch of the store, as reported by micafs --changes. The branch may be mounted; concurrent
 * changes may or may not be included.
 */
#ifndef MICA_ACT_BRANCH_CHANGES_H
#define MICA_ACT_BRANCH_CHANGES_H

#include <stddef.h>
#include <stdint.h>

#include "os/err.h"

struct store;

struct branch_change {
    char kind;  /* 'A' added, 'C' changed, 'D' deleted (with its contents) */
    char *path; /* absolute, as in the image; any bytes but NUL */
    uint32_t mode;
    uint64_t size; /* of an existing regular file, else 0 */
};
struct branch_changes {
    struct branch_change *list; /* sorted by the bytes of the paths, a directory before its contents */
    size_t n;
};

/* Read all changes. On failure `err` has a line. */
int branch_changes_read(struct store *s, const char *branch, struct branch_changes *ret, struct err *err);
void branch_changes_free(struct branch_changes *c);

/* Print a line "A /path", inert; `size`: with type and size. 0 or -EIO. */
int branch_change_print(const struct branch_change *c, int size);

#endif
