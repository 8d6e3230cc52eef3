/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_BUNDLE_SPEC_MOUNTS_H
#define MICA_BUNDLE_SPEC_MOUNTS_H

#include "bundle/spec.h"

json_t *spec_mounts(const struct bundle_spec *s);

#endif
