/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of paths. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "explore/rows_parts.h"

int path_names(char *text, const char ***ret)
{
    const char **names;
    size_t n = 0;
    char *save = NULL;

    for (const char *at = text; *at; at++)
        n += *at == '/';
    names = calloc(n + 1, sizeof *names);
    if (!names)
        return -ENOMEM;
    n = 0;
    for (char *name = strtok_r(text, "/", &save); name; name = strtok_r(NULL, "/", &save))
        names[n++] = name;
    *ret = names;
    return (int)n;
}

size_t rows_end(const struct rows *r, size_t i)
{
    size_t end = i + 1;

    if (!r->v[i].open)
        return end;
    while (end < r->n && r->v[end].depth > r->v[i].depth)
        end++;
    return end;
}

/* The row of a name among the contents of directory `dir`, ROWS_NONE: the root; r->n for none. */
static size_t find_name(const struct rows *r, uint32_t dir, const char *name)
{
    size_t i = dir == ROWS_NONE ? 0 : dir + 1u, end = dir == ROWS_NONE ? r->n : rows_end(r, dir);

    for (; i < end; i = rows_end(r, i))
        if (strcmp(r->v[i].name, name) == 0)
            return i;
    return r->n;
}

size_t rows_go_down(const struct rows *r, const char *const *names, size_t n, uint32_t *ret_row)
{
    *ret_row = ROWS_NONE;
    for (size_t k = 0; k < n; k++) {
        if (*ret_row != ROWS_NONE && !r->v[*ret_row].open)
            return k;
        size_t at = find_name(r, *ret_row, names[k]);
        if (at == r->n)
            return k;
        *ret_row = (uint32_t)at;
    }
    return n;
}

size_t rows_find(const struct rows *r, const char *path)
{
    cleanup_free char *text = strdup(path);
    cleanup_free const char **names = NULL;
    uint32_t row = ROWS_NONE;
    int n = text ? path_names(text, &names) : 0;

    return n > 0 && rows_go_down(r, names, (size_t)n, &row) == (size_t)n ? row : r->n;
}
