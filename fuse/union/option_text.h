/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of mount options: split `a,b=c,d`, and escape values. Pure.
 *
 * A backslash before a separator or another backslash makes it an ordinary character. Splitting skips escapes
 * and leaves them in place, because a value may be split again (lowerdir=); they are resolved last, as in the
 * kernel's overlayfs. A backslash before any other character is an ordinary one, so that names like
 * `dev-disk\x2dby` need no care.
 */
#ifndef MICA_UNION_OPTION_TEXT_H
#define MICA_UNION_OPTION_TEXT_H

#include <stddef.h>

/* A list of allocated strings, owned by it. */
struct text_list {
    char **items;
    size_t n;
};

int text_list_add(struct text_list *l, const char *text, size_t len);
void text_list_clear(struct text_list *l);

/* Length of the piece that starts at `s`, up to an unescaped `separator` or the end. */
size_t option_piece(const char *s, char separator);

/* Resolve the escapes of `len` bytes at `s`; the caller frees the result. NULL without memory. */
char *option_unescape(const char *s, size_t len);

/* Escape commas and backslashes, for option_unescape and libfuse; the caller frees the result. */
char *option_escape(const char *text);

#endif
