/* SPDX-License-Identifier: Apache-2.0 */
#include "explore_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

void stack_open(struct stack *s, struct index *const *layers)
{
    *s = (struct stack){.err = {""}};
    for (; s->n < MAX_LAYERS && layers[s->n]; s->n++)
        s->layers[s->n] = layers[s->n];
    assert_int_equal(study_open((const struct index *const *)s->layers, s->n, &s->err, &s->study), 0);
}

void stack_close(struct stack *s)
{
    study_close(s->study);
    for (uint32_t i = 0; i < s->n; i++)
        index_free(s->layers[i]);
}

const char *rows_text(const struct rows *r, char buf[4096])
{
    size_t len = 0;

    buf[0] = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct row *row = &r->v[i];

        len += (size_t)snprintf(buf + len, 4096 - len, "%*s%c%c%s%s\n", (int)(2 * row->depth), "",
                                ". ACMD"[row->change],
                                !row->is_dir ? ' '
                                : row->open  ? '-'
                                             : '+',
                                row->name, i == r->cursor ? "<" : "");
        assert_true(len < 4096);
        /* The parent is the nearest row above of less depth. */
        for (size_t k = i; k-- > 0;) {
            if (r->v[k].depth < row->depth) {
                assert_int_equal(row->parent, k);
                break;
            }
        }
        if (row->depth == 0)
            assert_true(row->parent == ROWS_NONE);
    }
    return buf;
}
