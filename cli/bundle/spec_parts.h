/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of config.json: each function returns a new value, NULL without memory. */
#ifndef MICA_BUNDLE_SPEC_PARTS_H
#define MICA_BUNDLE_SPEC_PARTS_H

#include <jansson.h>

#include "bundle/spec.h"

/* spec_mounts.c */
json_t *spec_mounts(const struct bundle_spec *s);

/* spec_guard.c: isolation */
json_t *spec_capabilities(const struct bundle_wish *w, bool root);
json_t *spec_namespaces(const struct bundle_spec *s);
json_t *spec_masked_paths(void);
json_t *spec_read_only_paths(const struct bundle_spec *s);

#endif
