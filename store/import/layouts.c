/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the layouts: lists of images and the choice of one by tag. */
#include "import/layouts.h"

#include <stdlib.h>
#include <string.h>

#include "os/array.h"
#include "os/buf.h"

/* Approximate space in an error line. */
#define TAG_LIST_MAX 600
#define MAX_IMAGES   1024u

void image_list_free(struct image_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        source_image_free(&l->images[i]);
    free(l->images);
    *l = (struct image_list){0};
}

int image_list_add(struct image_list *l, struct source_image *image, struct err *err)
{
    struct source_image *p;

    if (l->n >= MAX_IMAGES)
        return err_set(err, E2BIG, "it contains more than %u images", MAX_IMAGES);
    p = array_room(l->images, l->n, sizeof(*p));
    if (!p)
        return err_errno(err, ENOMEM, "cannot read the source");
    l->images = p;
    p[l->n++] = *image;
    *image = (struct source_image){0};
    return 0;
}

int tag_index(const char *tag, size_t *ret, struct err *err)
{
    size_t n = 0;

    if (tag[0] != '@')
        return 0;
    for (const char *p = tag + 1; *p; p++) {
        if (*p < '0' || *p > '9' || n > 1000000)
            return err_set(err, EINVAL, "\"%s\" is no number of an image: @0 is the first", tag);
        n = n * 10 + (size_t)(*p - '0');
    }
    if (!tag[1])
        return err_set(err, EINVAL, "\"%s\" is no number of an image: @0 is the first", tag);
    *ret = n;
    return 1;
}

/* On lack of memory, or beyond the limit, the list is shorter. */
void tag_list_add(struct buf *b, const char *name)
{
    if (b->len < TAG_LIST_MAX)
        (void)buf_printf(b, "%s%.255s", b->len ? ", " : "", name);
}

int tag_list_error(struct buf *b, const char *tag, size_t n_images, struct err *err)
{
    const char *tags = buf_str(b);

    if (tag[0] == '@')
        return err_set(err, ENOENT, "no image %s in it: it contains %zu, counted from @0", tag, n_images);
    if (!tags || !tags[0])
        return err_set(err, ENOENT, "no tag \"%s\" in it: its images have no tags", tag);
    return err_set(err, ENOENT, "no tag \"%s\" in it; available: %s", tag, tags);
}
