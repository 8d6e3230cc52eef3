/* SPDX-License-Identifier: Apache-2.0 */
#include "views/views_names.h"

#include <stdio.h>
#include <string.h>

enum { DIGITS = 12 };

const char *views_top_name(unsigned position)
{
    static const char *const names[VIEWS_TOP_NAMES] = {
        "root", [1 + VIEW_LAYER] = "layers", [1 + VIEW_UPTO] = "upto", [1 + VIEW_HIDDEN] = "hidden"};

    return names[position];
}

size_t views_name(const struct view_stack *s, enum view_kind kind, uint32_t layer, char ret[VIEWS_NAME_MAX])
{
    int n = snprintf(ret, VIEWS_NAME_MAX, "%u", layer + 1);

    if (kind != VIEW_LAYER)
        return (size_t)n;
    ret[n++] = '-';
    for (int i = 0; i < DIGITS / 2; i++)
        n += snprintf(ret + n, VIEWS_NAME_MAX - (size_t)n, "%02x", s->layers[layer].digest[i]);
    return (size_t)n;
}

bool views_name_find(const struct view_stack *s, enum view_kind kind, const char *name, size_t len,
                     uint32_t *ret)
{
    char right[VIEWS_NAME_MAX];
    uint32_t n = 0;

    for (size_t i = 0; i < len && i < 9 && name[i] >= '0' && name[i] <= '9'; i++)
        n = n * 10 + (uint32_t)(name[i] - '0');
    if (n < 1 || n > s->n || views_name(s, kind, n - 1, right) != len || memcmp(name, right, len) != 0)
        return false;
    *ret = n - 1;
    return true;
}
