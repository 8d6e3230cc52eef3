/* SPDX-License-Identifier: Apache-2.0 */
/* Parse the values of --ulimit and --add-host and the lines of --env-file in podman's syntax. Pure. */
#ifndef MICA_CONTAINER_CONTAINER_LIMITS_H
#define MICA_CONTAINER_CONTAINER_LIMITS_H

#include <stddef.h>

#include "bundle/wish.h"
#include "os/err.h"

/* NAME=SOFT[:HARD], a number, or -1 or "unlimited". -EINVAL with a line. */
int ulimit_parse(const char *text, struct bundle_rlimit *ret, struct err *err);

/* Resource number for setrlimit(2) of a limit from ulimit_parse; -1 if unknown. */
int ulimit_resource(const struct bundle_rlimit *l);

/* Parse NAME:ADDRESS into a line of /etc/hosts in fresh memory. -EINVAL with a line. */
int host_parse(const char *text, char **ret, struct err *err);

/*
 * Parse a line of an environment file: 1 with *ret (fresh memory) set to "NAME=VALUE", or to "NAME" for a
 * variable of mica's own environment; 0 for an empty line or a comment; -EINVAL for a line without a name.
 * The value is the text after "=" unchanged, with quotes and blanks.
 */
int env_line_parse(const char *line, size_t len, char **ret, struct err *err);

#endif
