/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of branches share: a branch of the image "img" as it is asked for, and made. */
#ifndef MICA_TEST_DISK_BRANCH_CASE_H
#define MICA_TEST_DISK_BRANCH_CASE_H

#include "scratch.h"

/* Borrows `image`. */
struct branch_info branch_case_info(char *image);

/* Makes one in a store in which the image "img" is; holds it. */
int branch_case_create(struct store *s, const char *name, bool temporary, struct branch_hold **ret);

/* Is it there, with all that is a branch's? */
bool branch_case_is_whole(const struct scratch *d, const char *name);

#endif
