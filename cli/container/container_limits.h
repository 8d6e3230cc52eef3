/* SPDX-License-Identifier: Apache-2.0 */
/* The values of --ulimit and --add-host, and the file of --env-file, as podman has them. Pure. */
#ifndef MICA_CONTAINER_CONTAINER_LIMITS_H
#define MICA_CONTAINER_CONTAINER_LIMITS_H

#include <stddef.h>

#include "bundle/wish.h"
#include "os/err.h"

/* NAME=SOFT[:HARD], a number, or -1 or "unlimited". -EINVAL with a line. */
int ulimit_parse(const char *text, struct bundle_rlimit *ret, struct err *err);

/* setrlimit(2)'s number of one that ulimit_parse has given; -1 for another. */
int ulimit_resource(const struct bundle_rlimit *l);

/* NAME:ADDRESS: the line of /etc/hosts in fresh memory. -EINVAL with a line. */
int host_parse(const char *text, char **ret, struct err *err);

/*
 * A line of a file of variables: 1 with *ret (fresh memory) set to "NAME=VALUE", or to "NAME" for the value
 * that it has here; 0 for an empty line and a comment. -EINVAL for one that has no name. What is behind "="
 * is taken as it is, with quotes and blanks.
 */
int env_line_parse(const char *line, size_t len, char **ret, struct err *err);

#endif
