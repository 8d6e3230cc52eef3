/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a Containerfile's instructions: quotes, backslashes and variables, as docker and buildah read
 * them.
 *
 *   'text'           literal
 *   "text"           with variables; \", \$ and \\ mean the second character
 *   \c               c
 *   $NAME ${NAME}    the variable's value, empty if unset
 *   ${NAME:-WORD}    WORD if the variable is empty or unset
 *   ${NAME:+WORD}    WORD if it is neither
 *   ${NAME:?WORD}    an error if it is empty or unset
 *                    (without the colon, an empty variable counts as set)
 *
 * Pure.
 */
#ifndef MICA_IMAGE_EXPAND_H
#define MICA_IMAGE_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "os/buf.h"
#include "os/err.h"

/* Returns the value of a variable, borrowed; NULL if unset. */
typedef const char *(*expand_lookup_fn)(void *ctx, const char *name, size_t len);

/* Gets the next word of *text, unexpanded; it ends at a blank outside of quotes. False at the end. An open
 * quote ends with the text. */
bool expand_next(const char **text, const char **ret, size_t *ret_len);

/* Appends the expanded text; blanks are ordinary characters. -EINVAL with a line, -ENOMEM. */
int expand_text(const char *text, size_t len, expand_lookup_fn lookup, void *ctx, struct buf *ret,
                struct err *err);

#endif
