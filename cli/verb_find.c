/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a verb by its name, and what is said when a word is none. */
#include <string.h>

#include "cli/verb.h"

const struct verb *verb_find(const struct verb *const *verbs, const char *name)
{
    for (const struct verb *const *v = verbs; *v; v++)
        if (strcmp((*v)->name, name) == 0 || ((*v)->alias && strcmp((*v)->alias, name) == 0))
            return *v;
    return NULL;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

enum {
    WORD_MAX = 24, /* longer words are like no verb */
};

/* How many letters must be put in, taken out, changed or swapped with their neighbour to make `b` of `a`. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1], la = strlen(a), lb = strlen(b);

    if (la > WORD_MAX || lb > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && second[j - 2] + 1 < row[j])
                row[j] = second[j - 2] + 1;
        }
    }
    return rows[la % 3][lb];
}

const struct verb *verb_nearest(const struct verb *const *verbs, const char *name)
{
    const struct verb *nearest = NULL;
    size_t least = 3; /* three mistakes are another word */

    for (const struct verb *const *v = verbs; *v; v++) {
        if ((*v)->hidden)
            continue;
        size_t d = distance(name, (*v)->name), len = strlen((*v)->name);
        if ((*v)->alias) {
            size_t alias = distance(name, (*v)->alias);
            d = alias < d ? alias : d;
        }
        if (d < least && d < len) { /* `xy` is not a mistyped `ls` */
            least = d;
            nearest = *v;
        }
    }
    return nearest;
}

int verb_unknown(const struct cli *cli, const char *name)
{
    const struct verb *near = verb_nearest(cli->verbs, name);
    const struct cli none = {.verbs = cli->verbs};

    if (near)
        return cli_usagef(&none, "there is no verb \"%s\"; did you mean \"%s\"?", name, near->name);
    return cli_usagef(&none, "there is no verb \"%s\"", name);
}
