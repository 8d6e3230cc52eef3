/* SPDX-License-Identifier: Apache-2.0 */
#include "act/image_name.h"

bool image_name_moved(struct store *s, const char *name, const struct digest *manifest)
{
    struct image image = {0};
    struct err err;
    bool moved;

    if (!name || store_find_image(s, name, &image, &err) < 0)
        return false;
    moved = !digest_equal(&image.manifest_digest, manifest);
    image_free(&image);
    return moved;
}
