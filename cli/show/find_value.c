/* SPDX-License-Identifier: Apache-2.0 */
/* Values of find's tests. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "show/find_node.h"
#include "show/rfc3339.h"

/* Digits to *end; -EINVAL without one, or for more than an int64_t holds. */
static int read_digits(const char *text, const char **end, uint64_t *ret)
{
    uint64_t n = 0;
    const char *at = text;

    for (; isdigit((unsigned char)*at); at++) {
        n = n * 10 + (uint64_t)(*at - '0');
        if (at - text > 17)
            return -EINVAL;
    }
    *end = at;
    *ret = n;
    return at == text ? -EINVAL : 0;
}

static const char *read_compare(const char *text, char more, enum find_compare *ret)
{
    *ret = *text == more ? FIND_MORE : *text == '-' ? FIND_LESS : FIND_EQUAL;
    return text + (*ret != FIND_EQUAL);
}

int find_value_number(const char *text, struct find_node *ret)
{
    const char *end, *digits = read_compare(text, '+', &ret->compare);

    if (read_digits(digits, &end, &ret->number) < 0 || *end)
        return -EINVAL;
    return 0;
}

int find_value_size(const char *text, struct find_node *ret)
{
    static const struct {
        char letter;
        uint64_t unit;
    } units[] = {{'b', 512}, {'c', 1}, {'w', 2}, {'k', 1 << 10}, {'M', 1 << 20}, {'G', 1 << 30}};
    const char *end, *digits = read_compare(text, '+', &ret->compare);

    if (read_digits(digits, &end, &ret->number) < 0)
        return -EINVAL;
    ret->unit = *end ? 0 : 512;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (*end == units[i].letter && !end[1])
            ret->unit = units[i].unit;
    return ret->unit ? 0 : -EINVAL;
}

int find_value_types(const char *text, struct find_node *ret)
{
    static const char letters[] = "fdlbcps";
    static const uint32_t types[] = {S_IFREG, S_IFDIR, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK};

    ret->number = 0;
    for (;; text += 2) {
        const char *letter = *text ? strchr(letters, *text) : NULL;
        if (!letter)
            return -EINVAL;
        uint64_t bit = UINT64_C(1) << (types[letter - letters] >> 12);
        if (ret->number & bit) /* said twice */
            return -EINVAL;
        ret->number |= bit;
        if (!text[1])
            return 0;
        if (text[1] != ',')
            return -EINVAL;
    }
}

/* "ug=rwx": permissions of one clause, put into *mode. */
static int read_clause(const char **text, uint64_t *mode)
{
    uint64_t who = 0, bits = 0, special = 0;
    const char *at = *text;

    for (; *at && strchr("ugoa", *at); at++)
        who |= *at == 'u' ? 04700 : *at == 'g' ? 02070 : *at == 'o' ? 01007 : 07777;
    if (!who || (*at != '=' && *at != '+' && *at != '-'))
        return -EINVAL;
    char how = *at++;
    for (; *at && strchr("rwxst", *at); at++) {
        bits |= *at == 'r' ? 0444 : *at == 'w' ? 0222 : *at == 'x' ? 0111 : 0;
        special |= *at == 's' ? 06000 : *at == 't' ? 01000 : 0;
    }
    bits = (bits | special) & who;
    if (how == '=')
        *mode &= ~who;
    *mode = how == '-' ? *mode & ~bits : *mode | bits;
    *text = at;
    return 0;
}

int find_value_mode(const char *text, struct find_node *ret)
{
    const char *at = read_compare(text, '/', &ret->compare);

    ret->number = 0;
    if (isdigit((unsigned char)*at)) {
        char *end;
        unsigned long mode = strtoul(at, &end, 8);
        ret->number = mode;
        return *end || mode > 07777 ? -EINVAL : 0;
    }
    for (;;) {
        if (read_clause(&at, &ret->number) < 0)
            return -EINVAL;
        if (!*at)
            return 0;
        if (*at++ != ',')
            return -EINVAL;
    }
}

/* "@SECONDS" */
static int read_seconds(const char *text, struct timespec *ret)
{
    bool negative = text[1] == '-';
    const char *end;
    uint64_t n;

    if (read_digits(text + 1 + negative, &end, &n) < 0 || *end)
        return -EINVAL;
    *ret = (struct timespec){.tv_sec = negative ? -(time_t)n : (time_t)n};
    return 0;
}

int find_value_time(const char *text, struct find_node *ret)
{
    static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
                                        "%Y-%m-%dT%H:%M:%S"};

    if (*text == '@')
        return read_seconds(text, &ret->time);
    if (rfc3339_parse(text, &ret->time) == 0)
        return 0;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {.tm_isdst = -1};
        const char *end = strptime(text, forms[i], &tm);
        if (end && !*end) {
            ret->time = (struct timespec){.tv_sec = mktime(&tm)};
            return 0;
        }
    }
    return -EINVAL;
}

/* The syntax of Emacs, which is find(1)'s. */
static int compile(const char *text, bool fold, struct find_node *ret)
{
    struct re_pattern_buffer *regex = calloc(1, sizeof *regex);
    reg_syntax_t kept;
    const char *wrong;

    if (!regex)
        return -ENOMEM;
    kept = re_set_syntax(RE_SYNTAX_EMACS | (fold ? RE_ICASE : 0));
    wrong = re_compile_pattern(text, strlen(text), regex);
    re_set_syntax(kept);
    if (wrong) {
        regfree(regex);
        free(regex);
        return -EINVAL;
    }
    ret->regex = regex;
    return 0;
}

int find_value_regex(const char *text, struct find_node *ret)
{
    return compile(text, false, ret);
}

int find_value_iregex(const char *text, struct find_node *ret)
{
    return compile(text, true, ret);
}
