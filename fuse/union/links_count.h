/* SPDX-License-Identifier: Apache-2.0 */
/* Number of names of a file of the links directory: kept in a mark of the file, or, in a branch without
 * attributes for marks (name_marks.h), in a symbolic link beside it, NAME.n, whose target is the number in
 * hexadecimal. */
#ifndef MICA_UNION_LINKS_COUNT_H
#define MICA_UNION_LINKS_COUNT_H

#include <stdint.h>

#include "union/branch.h"

/* `name`: the file's name in the links directory; `w`: its present place. Call before the file gets that
 * name. */
int links_count_set(const struct branch *b, const char *name, struct where w, uint32_t count);
/* -ENODATA: not mica's file; -ERANGE: the number has the wrong size. */
int links_count_get(const struct branch *b, const char *name, struct where w, uint32_t *ret);
/* As a branch is opened: remove a number, by its own name, that a crash has left without its file. */
void links_count_tidy(const struct branch *b, const char *name);
/* Call after the file has lost that name. */
void links_count_forget(const struct branch *b, const char *name);

#endif
