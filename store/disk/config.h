/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mica.conf: the locations of stores. /etc/mica/mica.conf is the machine's, $XDG_CONFIG_HOME/mica/mica.conf
 * the user's; $MICA_CONF names a file that replaces both, /dev/null none.
 *
 *     # a comment
 *     store = /srv/mica
 *     also = /usr/share/mica
 */
#ifndef MICA_DISK_CONFIG_H
#define MICA_DISK_CONFIG_H

#include <stddef.h>

#include "os/err.h"

#define CONFIG_MAX_BYTES (64u << 10)
#define CONFIG_MAX_ALSO  16u

struct store_config {
    char *store; /* absolute, or NULL */
    char **also; /* absolute; in the order of the files, the user's first */
    size_t n;
};

/* Adds the settings of a file's text; an earlier `store` stays. Strict: -EINVAL with a line that has
 * `name` and the line's number. Pure. */
int store_config_parse(const char *text, size_t len, const char *name, struct store_config *ret,
                       struct err *err);
/* Reads the files. A file that users other than root and this one could write is an error, a missing one
 * is not. Free *ret in any case. (config_file.c) */
int store_config_read(struct store_config *ret, struct err *err);
void store_config_clear(struct store_config *c);

#endif
