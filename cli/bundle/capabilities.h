/* SPDX-License-Identifier: Apache-2.0 */
/* Merge capabilities added to and dropped from a container by podman's rules. Pure, except for the query of
 * the machine's set. */
#ifndef MICA_BUNDLE_CAPABILITIES_H
#define MICA_BUNDLE_CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>

#include "os/err.h"

/* Set of capabilities, one bit each, as in /proc/PID/status. */
typedef uint64_t bundle_caps;

/* Default capabilities of a container. */
bundle_caps bundle_caps_default(void);
/* Capabilities that this process can pass on: its bounding set. */
bundle_caps bundle_caps_here(void);

/* Add the capabilities in `text` to *set: names separated by commas, with or without CAP_, in any case; "all"
 * stands for `all`. -EINVAL with a line for an unknown name. */
int bundle_caps_parse(const char *text, bundle_caps all, bundle_caps *set, struct err *err);
/* Compute the container's set. Dropping "all" leaves the added ones; adding "all" leaves all but the dropped
 * ones. -EINVAL with a line for a name in both. */
int bundle_caps_merge(bundle_caps all, bundle_caps add, bundle_caps drop, bundle_caps *ret, struct err *err);

/* Names of a set, sorted, as constants; ends with NULL. */
#define BUNDLE_CAPS_MAX 64
void bundle_caps_names(bundle_caps set, const char *ret[BUNDLE_CAPS_MAX + 1]);

#endif
