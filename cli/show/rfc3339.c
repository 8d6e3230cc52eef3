/* SPDX-License-Identifier: Apache-2.0 */
#include "show/rfc3339.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>

/* Reads `least` to `most` digits, followed by `end` (0: anything). */
static bool number(const char **at, int n, int least, int most, char end, int *ret)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (!isdigit((unsigned char)**at))
            return false;
        value = value * 10 + (*(*at)++ - '0');
    }
    *ret = value;
    return value >= least && value <= most && (end == 0 || toupper((unsigned char)*(*at)++) == end);
}

static bool fraction(const char **at, long *ret)
{
    long unit = 100000000;

    *ret = 0;
    if (**at != '.')
        return true;
    if (!isdigit((unsigned char)*++*at))
        return false;
    for (; isdigit((unsigned char)**at); unit /= 10)
        *ret += unit * (*(*at)++ - '0');
    return true;
}

/* Reads the offset from UTC, in seconds. */
static bool offset(const char **at, int *ret)
{
    int sign = **at == '-' ? -1 : 1, hours, minutes;

    *ret = 0;
    if (toupper((unsigned char)**at) == 'Z')
        return (*at)++, true;
    if (**at != '+' && **at != '-')
        return false;
    ++*at;
    if (!number(at, 2, 0, 23, ':', &hours) || !number(at, 2, 0, 59, 0, &minutes))
        return false;
    *ret = sign * (hours * 3600 + minutes * 60);
    return true;
}

int rfc3339_parse(const char *text, struct timespec *ret)
{
    struct tm tm = {0};
    const char *at = text;
    long nanoseconds;
    int ahead;

    if (!number(&at, 4, 0, 9999, '-', &tm.tm_year) || !number(&at, 2, 1, 12, '-', &tm.tm_mon) ||
        !number(&at, 2, 1, 31, 'T', &tm.tm_mday) || !number(&at, 2, 0, 23, ':', &tm.tm_hour) ||
        !number(&at, 2, 0, 59, ':', &tm.tm_min) || !number(&at, 2, 0, 60, 0, &tm.tm_sec) ||
        !fraction(&at, &nanoseconds) || !offset(&at, &ahead) || *at)
        return -EINVAL;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    struct tm midnight = {.tm_year = tm.tm_year, .tm_mon = tm.tm_mon, .tm_mday = tm.tm_mday};
    timegm(&midnight);
    if (midnight.tm_mday != tm.tm_mday) /* 31 April */
        return -EINVAL;
    *ret = (struct timespec){.tv_sec = timegm(&tm) - ahead, .tv_nsec = nanoseconds};
    return 0;
}
