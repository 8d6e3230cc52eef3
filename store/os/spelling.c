/* SPDX-License-Identifier: Apache-2.0 */
#include "os/spelling.h"

#include <string.h>

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

size_t spelling_distance(const char *a, const char *b)
{
    size_t rows[3][SPELLING_MAX + 1], la = strlen(a), lb = strlen(b);

    if (la > SPELLING_MAX || lb > SPELLING_MAX)
        return SPELLING_MAX;
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

/* Distance 3 means another word; in a short word distance 2 does, and so does a word without a common
 * letter. */
bool spelling_is_near(const char *typed, const char *meant, size_t *ret_distance)
{
    size_t lt = strlen(typed), lm = strlen(meant), d = spelling_distance(typed, meant);

    *ret_distance = d;
    return d < ((lt > lm ? lt : lm) < 4 ? 2u : 3u) && d < lm && d < lt;
}
