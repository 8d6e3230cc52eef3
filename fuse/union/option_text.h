/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of mount options: taking `a,b=c,d` apart, and putting values back. Pure.
 *
 * A backslash in front of a separator or of another backslash makes it an ordinary character. Splitting looks
 * past escapes and leaves them in place, because a value may be split again (lowerdir=); they are resolved
 * last, as in the kernel's overlayfs. A backslash in front of anything else is just itself, so that names
 * like `dev-disk\x2dby` need no care.
 */
#ifndef MICA_UNION_OPTION_TEXT_H
#define MICA_UNION_OPTION_TEXT_H

#include <stddef.h>

/* A list of strings that it owns. */
struct text_list {
    char **items;
    size_t n;
};

int text_list_add(struct text_list *l, const char *text, size_t len);
void text_list_clear(struct text_list *l);

/* The length of the piece that starts at `s`: up to `separator`, not escaped, or the end. */
size_t option_piece(const char *s, char separator);

/* Resolves the escapes of `len` bytes at `s` into fresh memory; NULL without memory. */
char *option_unescape(const char *s, size_t len);

/* `text` as a value that option_unescape (and libfuse) reads back, in fresh memory: commas and backslashes
 * escaped. */
char *option_escape(const char *text);

#endif
