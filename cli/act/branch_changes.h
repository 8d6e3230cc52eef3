/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a branch of the store changed, as micafs tells it (micafs --changes): for the verb diff, and for
 * whoever shows it after a run. The branch may be mounted; what changes meanwhile may be told or not.
 */
#ifndef MICA_ACT_BRANCH_CHANGES_H
#define MICA_ACT_BRANCH_CHANGES_H

#include <stddef.h>
#include <stdint.h>

#include "os/err.h"

struct store;

struct branch_change {
    char kind;  /* 'A' added, 'C' changed, 'D' deleted (with everything in it) */
    char *path; /* absolute, as in the image; any bytes but NUL */
    uint32_t mode;
    uint64_t size; /* of a regular file that is there now, else 0 */
};
struct branch_changes {
    struct branch_change *list; /* sorted by the bytes of the paths, a directory before what is in it */
    size_t n;
};

/* Reads them all. On failure `err` has a line. */
int branch_changes_read(struct store *s, const char *branch, struct branch_changes *ret, struct err *err);
void branch_changes_free(struct branch_changes *c);

/* One line of a list: "A /path", inert; `size`: with type and size. 0 or -EIO. */
int branch_change_print(const struct branch_change *c, int size);

#endif
