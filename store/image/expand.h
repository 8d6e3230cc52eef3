/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a Containerfile's instructions: quotes, backslashes and variables, as docker and buildah read
 * them.
 *
 *   'text'           as it is
 *   "text"           with variables; \", \$ and \\ mean the second character
 *   \c               c
 *   $NAME ${NAME}    the variable's value, nothing where it is not set
 *   ${NAME:-WORD} ${NAME:+WORD} ${NAME:?WORD}
 *                    WORD where it is empty or not set; where it is neither; an error where it is; without
 * the colon an empty one counts as set
 *
 * Pure.
 */
#ifndef MICA_IMAGE_EXPAND_H
#define MICA_IMAGE_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "os/buf.h"
#include "os/err.h"

/* The value of a variable, NULL where it is not set; borrowed. */
typedef const char *(*expand_lookup_fn)(void *ctx, const char *name, size_t len);

/* The next word of *text as it is written, which ends at a blank outside of quotes; false at the end. An open
 * quote ends with the text. */
bool expand_next(const char **text, const char **ret, size_t *ret_len);

/* Appends what the text means; blanks are as good as other characters. -EINVAL with a line, -ENOMEM. */
int expand_text(const char *text, size_t len, expand_lookup_fn lookup, void *ctx, struct buf *ret,
                struct err *err);

#endif
