/* SPDX-License-Identifier: Apache-2.0 */
/* Table of mount options: names, permitted values and target fields. For mount_options.c. */
#ifndef MICA_UNION_OPTION_RULES_H
#define MICA_UNION_OPTION_RULES_H

#include "union/mount_options.h"

/* An option as given: NAME or NAME=VALUE, still escaped. */
struct option_word {
    const char *text;
    size_t len;
    const char *value; /* behind the first '=', or NULL */
    size_t value_len;
};

/* Add one option to *o. -EINVAL with a message if it is refused. */
int option_take(struct mount_options *o, const struct option_word *w, struct err *err);

#endif
