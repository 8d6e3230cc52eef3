/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities that somebody adds to a container's and takes from it, by podman's rules. Pure, but for what
 * the machine has. */
#ifndef MICA_BUNDLE_CAPABILITIES_H
#define MICA_BUNDLE_CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>

#include "os/err.h"

/* A set of capabilities, a bit each, as in /proc/PID/status. */
typedef uint64_t bundle_caps;

/* What all containers have, where nothing is said. */
bundle_caps bundle_caps_default(void);
/* What this process could pass on: its bounding set. */
bundle_caps bundle_caps_here(void);

/* Adds those of `text` to *set: names with commas between them, with or without CAP_, in any case; "all" is
 * `all`. -EINVAL with a line for one that there is not. */
int bundle_caps_parse(const char *text, bundle_caps all, bundle_caps *set, struct err *err);
/* The container's. "all" that is dropped leaves what is added, "all" that is added what is not dropped.
 * -EINVAL with a line for one that is named in both. */
int bundle_caps_merge(bundle_caps all, bundle_caps add, bundle_caps drop, bundle_caps *ret, struct err *err);

/* Names of a set in the order of the alphabet, as constants; ends with NULL. */
#define BUNDLE_CAPS_MAX 64
void bundle_caps_names(bundle_caps set, const char *ret[BUNDLE_CAPS_MAX + 1]);

#endif
