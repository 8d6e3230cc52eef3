/* SPDX-License-Identifier: Apache-2.0 */
/* Where the number of names of a file of the links directory is kept: a mark of the file, or, in a branch
 * that has no attributes for marks (name_marks.h), a symbolic link beside it, NAME.n, that points to the
 * number in hexadecimal. */
#ifndef MICA_UNION_LINKS_COUNT_H
#define MICA_UNION_LINKS_COUNT_H

#include <stdint.h>

#include "union/branch.h"

/* `name`: of the file in the links directory; `w`: where it is, by whatever name. Before it has that name. */
int links_count_set(const struct branch *b, const char *name, struct where w, uint32_t count);
/* -ENODATA: it is none of ours; -ERANGE: it is no number of that size. */
int links_count_get(const struct branch *b, const char *name, struct where w, uint32_t *ret);
/* After the file has lost that name. */
void links_count_forget(const struct branch *b, const char *name);

#endif
