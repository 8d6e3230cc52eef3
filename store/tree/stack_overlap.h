/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_TREE_STACK_OVERLAP_H
#define MICA_TREE_STACK_OVERLAP_H

#include "os/err.h"

/* Refuses a stack in which a directory is listed twice or lies within another one on the same file system, as
 * kernel overlayfs does (-ELOOP): files would show in two places, and what hides one of them would not hide
 * the other. */
int stack_check_overlap(const int *fds, unsigned n, struct err *err);

#endif
