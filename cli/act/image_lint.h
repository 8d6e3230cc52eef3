/* SPDX-License-Identifier: Apache-2.0 */
/* All checks of `mica lint`: the layers' indexes (study/lint.h), config and manifest, and the archives themselves. */
#ifndef MICA_ACT_IMAGE_LINT_H
#define MICA_ACT_IMAGE_LINT_H

#include "disk/store.h"
#include "study/lint.h"

/* Calls `tell` for each finding: of the image, of each archive, then of paths. `layer_begin` (may be NULL) says that a
 * layer's archive is read. Archives whose blob is not in the store are passed over, which is a finding. */
int image_lint(struct store *s, const struct image *image, void (*layer_begin)(void *ctx, uint32_t layer),
               lint_tell_fn tell, void *ctx, struct err *err);

#endif
