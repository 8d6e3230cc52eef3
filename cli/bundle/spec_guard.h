/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_BUNDLE_SPEC_GUARD_H
#define MICA_BUNDLE_SPEC_GUARD_H

#include "bundle/spec.h"

/* Isolation */
json_t *spec_capabilities(const struct bundle_wish *w, bool root);
json_t *spec_namespaces(const struct bundle_spec *s);
json_t *spec_masked_paths(void);
json_t *spec_read_only_paths(const struct bundle_spec *s);

#endif
