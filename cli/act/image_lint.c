/* SPDX-License-Identifier: Apache-2.0 */
#include "act/image_lint.h"

#include <errno.h>

#include "act/lint_parts.h"
#include "os/cleanup.h"
#include "show/image_study.h"

/* A layer of no name: it changes nothing. */
static int lint_empty(const struct image_study *study, lint_tell_fn tell, void *ctx)
{
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < study->n; i++) {
        const struct lint_finding f = {"empty-layer", LINT_NOTE, i, NULL, "the layer has no files"};

        if (index_names(study->layers[i]) == 0)
            r = tell(ctx, &f);
    }
    return r;
}

int image_lint(struct store *s, const struct image *image, void (*layer_begin)(void *ctx, uint32_t layer),
               lint_tell_fn tell, void *ctx, struct err *err)
{
    cleanup_image_study struct image_study study = {0};
    int r = lint_config(image, tell, ctx);

    for (uint32_t i = 0; r == 0 && i < image->config.n_diff_ids; i++) {
        if (layer_begin)
            layer_begin(ctx, i);
        r = lint_archive(s, image, i, tell, ctx, err);
    }
    if (r == 0)
        r = image_study_open(s, image, UINT32_MAX, &study, err);
    if (r == 0)
        r = lint_empty(&study, tell, ctx);
    if (r == 0)
        r = study_lint(study.study, tell, ctx);
    return r < 0 && !err->text[0] ? err_errno(err, -r, "cannot look at the image") : r;
}
