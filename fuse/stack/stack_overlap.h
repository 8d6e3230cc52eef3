/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_STACK_STACK_OVERLAP_H
#define MICA_STACK_STACK_OVERLAP_H

#include <stdbool.h>

#include "os/err.h"

/* A pair of directories that are equal or nested. */
struct stack_overlap {
    unsigned inner, outer; /* indices */
    bool same;
};

/* Find two of the open directories that are the same, or nested on one file system; the first `n_beneath` may
 * lie within the others. 1 and *ret if found, 0, or a negative errno. */
int stack_find_overlap(const int *fds, unsigned n, unsigned n_beneath, struct stack_overlap *ret);

/* Refuse a stack with equal or nested directories on one file system, as kernel overlayfs does (-ELOOP):
 * files would show in two places, and a whiteout of one would not hide the other. `n_beneath` as above. */
int stack_check_overlap(const int *fds, unsigned n, unsigned n_beneath, struct err *err);

#endif
