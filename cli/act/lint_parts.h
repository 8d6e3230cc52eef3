/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of mica lint. Private to image_lint.c, lint_archive.c and lint_config.c. */
#ifndef MICA_ACT_LINT_PARTS_H
#define MICA_ACT_LINT_PARTS_H

#include "disk/store.h"
#include "study/lint.h"

/* Judges config and manifest. Returns 0, or the negative value of `tell`, or -ENOMEM. */
int lint_config(const struct image *image, lint_tell_fn tell, void *ctx);
/* Judges the blob of a layer, whose archive is read; a blob that is not in the store is a finding. */
int lint_archive(struct store *s, const struct image *image, uint32_t layer, lint_tell_fn tell, void *ctx,
                 struct err *err);

#endif
