/* SPDX-License-Identifier: Apache-2.0 */
#include "show/size.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Half up. */
static uint64_t rounded(uint64_t bytes, uint64_t unit)
{
    return bytes / unit + (unit > 1 && bytes % unit >= unit / 2);
}

const char *size_format(uint64_t bytes, char buf[SIZE_TEXT_MAX])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    uint64_t unit = 1;
    size_t step = 0;

    while (rounded(bytes, unit) >= 1000) {
        unit *= 1000;
        step++;
    }
    uint64_t tenths = step ? rounded(bytes, unit / 10) : 100;
    if (tenths < 100)
        snprintf(buf, SIZE_TEXT_MAX, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[step]);
    else
        snprintf(buf, SIZE_TEXT_MAX, "%" PRIu64 " %s", rounded(bytes, unit), units[step]);
    return buf;
}

static int digits_parse(const char **s, uint64_t *ret)
{
    uint64_t v = 0;
    const char *p = *s;

    if (!isdigit((unsigned char)*p))
        return -EINVAL;
    for (; isdigit((unsigned char)*p); p++)
        if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
            return -ERANGE;
    *s = p;
    *ret = v;
    return 0;
}

int number_parse(const char *s, uint64_t *ret)
{
    uint64_t v;
    int r = digits_parse(&s, &v);
    if (r < 0)
        return r;
    if (*s)
        return -EINVAL;
    *ret = v;
    return 0;
}

/* Returns the unit that `s` names, or 0. */
static uint64_t unit_parse(const char *s)
{
    static const char letters[] = "kmgtp";
    uint64_t unit = 1, base;

    if (!*s || strcasecmp(s, "B") == 0)
        return 1;
    const char *letter = strchr(letters, tolower((unsigned char)*s));
    if (!s[1] || strcasecmp(s + 1, "iB") == 0)
        base = 1024;
    else if (strcasecmp(s + 1, "B") == 0)
        base = 1000;
    else
        return 0;
    if (!letter)
        return 0;
    for (const char *p = letters; p <= letter; p++)
        unit *= base;
    return unit;
}

int size_parse(const char *s, uint64_t *ret)
{
    uint64_t v;
    int r = digits_parse(&s, &v);
    if (r < 0)
        return r;
    uint64_t unit = unit_parse(s);
    if (unit == 0)
        return -EINVAL;
    if (__builtin_mul_overflow(v, unit, &v))
        return -ERANGE;
    *ret = v;
    return 0;
}
