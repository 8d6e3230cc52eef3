/* SPDX-License-Identifier: Apache-2.0 */
#include "show/image_study.h"

#include <errno.h>
#include <stdlib.h>

#include "os/cleanup.h"

static int open_layers(struct store *s, const struct image *image, uint32_t n, struct index *top,
                       struct image_study *ret, struct err *err)
{
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < n; i++) {
        r = store_open_layer_index(s, &image->config.diff_ids[i], &ret->layers[i], err);
        ret->n += r == 0;
    }
    if (r == 0 && top)
        ret->layers[ret->n++] = steal_ptr(&top);
    ret->extra = ret->n > n;
    index_free(top);
    return r < 0 ? r : study_open((const struct index *const *)ret->layers, ret->n, err, &ret->study);
}

int image_study_open(struct store *s, const struct image *image, uint32_t n, struct image_study *ret,
                     struct err *err)
{
    size_t all = image->config.n_diff_ids;

    *ret = (struct image_study){.image = image};
    n = n < all ? n : (uint32_t)all;
    ret->layers = calloc(n ? n : 1, sizeof(struct index *));
    return ret->layers ? open_layers(s, image, n, NULL, ret, err) : err_set(err, ENOMEM, "out of memory");
}

int image_study_open_with(struct store *s, const struct image *image, struct index *top,
                          struct image_study *ret, struct err *err)
{
    uint32_t n = (uint32_t)image->config.n_diff_ids;

    *ret = (struct image_study){.image = image};
    ret->layers = calloc((size_t)n + 1, sizeof(struct index *));
    if (ret->layers)
        return open_layers(s, image, n, top, ret, err);
    index_free(top);
    return err_set(err, ENOMEM, "out of memory");
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
