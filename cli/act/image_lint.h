/* SPDX-License-Identifier: Apache-2.0 */
/* All checks of `mica lint`: the layers' indexes (study/lint.h), config and manifest, and the archives themselves. */
#ifndef MICA_ACT_IMAGE_LINT_H
#define MICA_ACT_IMAGE_LINT_H

#include "disk/store.h"
#include "study/lint.h"

/* Calls `tell` for each finding: about the image, about each archive, then about paths. Calls `layer_begin` (may be
 * NULL) before it reads a layer's archive. Skips an archive whose blob is not in the store, which is a finding. */
int image_lint(struct store *s, const struct image *image, void (*layer_begin)(void *ctx, uint32_t layer),
               lint_tell_fn tell, void *ctx, struct err *err);

#endif
