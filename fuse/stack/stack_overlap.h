/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_STACK_STACK_OVERLAP_H
#define MICA_STACK_STACK_OVERLAP_H

#include <stdbool.h>

#include "os/err.h"

/* Two of some directories: the same, or one within the other. */
struct stack_overlap {
    unsigned inner, outer; /* which, from 0 */
    bool same;
};

/* Looks for two of the open directories that are the same, or of which one lies within another on the same
 * file system; but the first `n_beneath` may lie within others than these. 1 and *ret when there are, 0, or a
 * negative errno. */
int stack_find_overlap(const int *fds, unsigned n, unsigned n_beneath, struct stack_overlap *ret);

/* Refuses a stack in which a directory is listed twice or lies within another one on the same file system, as
 * kernel overlayfs does (-ELOOP): files would show in two places, and what hides one of them would not hide
 * the other. The first `n_beneath` as above. */
int stack_check_overlap(const int *fds, unsigned n, unsigned n_beneath, struct err *err);

#endif
