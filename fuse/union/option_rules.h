/* SPDX-License-Identifier: Apache-2.0 */
/* The table of mount options: which words there are, what may be said with each, and where it goes. For
 * mount_options.c. */
#ifndef MICA_UNION_OPTION_RULES_H
#define MICA_UNION_OPTION_RULES_H

#include "union/mount_options.h"

/* A word as it came: NAME or NAME=VALUE, escapes still in it. */
struct option_word {
    const char *text;
    size_t len;
    const char *value; /* behind the first '=', or NULL */
    size_t value_len;
};

/* Adds one word to *o. -EINVAL with a line when it is refused. */
int option_take(struct mount_options *o, const struct option_word *w, struct err *err);

#endif
