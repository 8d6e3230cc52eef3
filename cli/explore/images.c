/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/images.h"

static int open_one(struct explore_image *i, struct store *store, const struct image *image, struct err *err)
{
    i->store = store;
    i->image = image;
    return image_study_open(store, image, UINT32_MAX, &i->study, err);
}

int explore_images_open(struct explore_images *e, struct store *store, const struct image *image,
                        struct store *second_store, const struct image *second, struct err *err)
{
    int r;

    *e = (struct explore_images){.n = second ? 2 : 1};
    r = open_one(&e->i[0], store, image, err);
    if (r < 0 || !second)
        return r;
    while (e->common < image->config.n_diff_ids && e->common < second->config.n_diff_ids &&
           digest_equal(&image->config.diff_ids[e->common], &second->config.diff_ids[e->common]))
        e->common++;
    return open_one(&e->i[1], second_store, second, err);
}

void explore_images_close(struct explore_images *e)
{
    for (size_t k = 0; k < e->n; k++)
        image_study_close(&e->i[k].study);
}

void explore_images_view(const struct explore_images *e, uint32_t upto_a, uint32_t upto_b, struct view *ret)
{
    const struct view_side a = {e->i[0].study.study, upto_a}, b = {e->i[1].study.study, upto_b};

    if (e->n == 1)
        view_of_range(ret, a.study, upto_a, upto_b);
    else
        view_of_two(ret, &a, &b, e->common);
}

const struct explore_image *explore_images_of(const struct explore_images *e, bool of_b)
{
    return &e->i[e->n > 1 && of_b];
}
