/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/descriptor.h"
#include "image/shape.h"

int index_json_parse(const char *json, size_t len, struct index_json *ret, struct err *err)
{
    struct index_json x = {0};
    cleanup_json json_t *root = NULL;
    int r = json_text_parse(json, len, &root, err);

    if (r >= 0)
        r = shape_expect(root, SHAPE_INDEX, err);
    if (r >= 0)
        r = descriptor_read_array(root, "manifests", SIZE_MAX, &x.manifests, &x.n, err);
    if (r >= 0)
        *ret = x;
    return r;
}

void index_json_free(struct index_json *x)
{
    if (!x)
        return;
    descriptor_array_free(x->manifests, x->n);
    *x = (struct index_json){0};
}
