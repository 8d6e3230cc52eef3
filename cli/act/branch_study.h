/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A branch as one more layer of its image, opened for a study: the layer that `mica commit` would make is unpacked in a temporary
 * directory, and removed again; its index stays mapped. The branch may be mounted; concurrent changes may or may not be included.
 */
#ifndef MICA_ACT_BRANCH_STUDY_H
#define MICA_ACT_BRANCH_STUDY_H

#include "disk/store.h"
#include "show/image_study.h"

/* Finds the branch's image for *ret_image, which the study borrows. -ECANCELED after a signal (interrupt.h). On failure `err` has
 * a line. Free both in every case. */
int branch_study_open(struct store *s, const char *branch, struct image *ret_image, struct image_study *ret,
                      struct err *err);

#endif
