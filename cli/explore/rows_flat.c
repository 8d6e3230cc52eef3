/* SPDX-License-Identifier: Apache-2.0 */
/* The flat list of a search. */
#include <string.h>

#include "explore/rows_parts.h"

void rows_flat_begin(struct rows *r)
{
    rows_free(r);
    r->flat = true;
}

int rows_flat_add(struct rows *r, const struct view_pair *p)
{
    int e = rows_reserve(r, 1);

    if (e == 0)
        e = row_make(p, p->text, p->len, &r->v[r->n]);
    if (e == 0)
        r->n++;
    return e;
}

int rows_flat_take(struct rows *r, struct row *row)
{
    int e = rows_reserve(r, 1);

    if (e == 0) {
        r->v[r->n++] = *row;
        row->name = NULL;
    }
    return e;
}
