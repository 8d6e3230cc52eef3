/* SPDX-License-Identifier: Apache-2.0 */
#include "show/image_study.h"

#include <errno.h>
#include <stdlib.h>

int image_study_open(struct store *s, const struct image *image, uint32_t n, struct image_study *ret,
                     struct err *err)
{
    size_t all = image->config.n_diff_ids;
    int r = 0;

    *ret = (struct image_study){.image = image};
    n = n < all ? n : (uint32_t)all;
    ret->layers = calloc(n ? n : 1, sizeof(struct index *));
    if (!ret->layers)
        return err_set(err, ENOMEM, "out of memory");
    for (uint32_t i = 0; r == 0 && i < n; i++) {
        r = store_open_layer_index(s, &image->config.diff_ids[i], &ret->layers[i], err);
        ret->n += r == 0;
    }
    if (r == 0)
        r = study_open((const struct index *const *)ret->layers, n, err, &ret->study);
    return r;
}

void image_study_close(struct image_study *i)
{
    study_close(i->study);
    for (uint32_t n = 0; n < i->n; n++)
        index_free(i->layers[n]);
    free(i->layers);
    *i = (struct image_study){0};
}

uint64_t image_study_blob(const struct image_study *i, uint32_t layer)
{
    return layer < i->image->manifest.n_layers ? i->image->manifest.layers[layer].size : 0;
}
