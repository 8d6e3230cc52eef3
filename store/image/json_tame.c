/* SPDX-License-Identifier: Apache-2.0 */
#include "image/json_tame.h"

#include <errno.h>
#include <float.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ESCAPE_LEN   6u   /* \uXXXX */
#define NUMBER_SHORT 5u   /* "1e309" is the shortest out of range */
#define NUMBER_LONG  400u /* longer ones are not parsed: they are out of range or useless */

struct text {
    const char *next, *limit;
    struct buf *out;
};

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns the code of an escape \uXXXX at `p`, or -1 if there is none. */
static int code_at(const char *p, const char *end)
{
    int code = 0;

    if ((size_t)(end - p) < ESCAPE_LEN || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (size_t i = 2; i < ESCAPE_LEN; i++) {
        int digit = hex(p[i]);

        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

static int put(struct text *t, const char *p, size_t len)
{
    return buf_append(t->out, p, len);
}

static bool is_surrogate(int code, int first)
{
    return code >= first && code < first + 0x400;
}

/* Copies or replaces an escape in a string. */
static int put_escape(struct text *t)
{
    int code = code_at(t->next, t->limit);
    size_t len = code >= 0 ? ESCAPE_LEN : t->limit - t->next > 1 ? 2 : 1;
    bool pair = is_surrogate(code, 0xd800) && is_surrogate(code_at(t->next + ESCAPE_LEN, t->limit), 0xdc00);
    int r;

    if (pair)
        len = 2 * ESCAPE_LEN;
    if (code == 0 || (!pair && (is_surrogate(code, 0xd800) || is_surrogate(code, 0xdc00))))
        r = put(t, "\\ufffd", ESCAPE_LEN);
    else
        r = put(t, t->next, len);
    t->next += len;
    return r;
}

static int put_string(struct text *t)
{
    int r = put(t, t->next++, 1);

    while (r == 0 && t->next < t->limit && *t->next != '"') {
        size_t n = 0;

        if (*t->next == '\\') {
            r = put_escape(t);
            continue;
        }
        while (t->next + n < t->limit && t->next[n] != '"' && t->next[n] != '\\')
            n++;
        r = put(t, t->next, n);
        t->next += n;
    }
    return r == 0 && t->next < t->limit ? put(t, t->next++, 1) : r;
}

static bool is_of_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Does the text match JSON's grammar of numbers? */
static bool is_number(const char *p, size_t len, bool *ret_integer)
{
    const char *end = p + len;
    const char *first;

    *ret_integer = true;
    p += p < end && *p == '-';
    for (first = p; p < end && *p >= '0' && *p <= '9';)
        p++;
    if (p == first || (*first == '0' && p > first + 1))
        return false;
    if (p < end && *p == '.') {
        *ret_integer = false;
        for (first = ++p; p < end && *p >= '0' && *p <= '9';)
            p++;
        if (p == first)
            return false;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        *ret_integer = false;
        p++;
        p += p < end && (*p == '-' || *p == '+');
        for (first = p; p < end && *p >= '0' && *p <= '9';)
            p++;
        if (p == first)
            return false;
    }
    return p == end;
}

static bool is_out_of_range(const char *p, size_t len)
{
    char text[NUMBER_LONG + 1];
    bool integer;
    double d;

    if (len < NUMBER_SHORT || !is_number(p, len, &integer))
        return false;
    if (len > NUMBER_LONG)
        return true;
    memcpy(text, p, len);
    text[len] = '\0';
    errno = 0;
    if (integer) {
        (void)strtoll(text, NULL, 10);
        return errno == ERANGE;
    }
    d = strtod(text, NULL);
    return d > DBL_MAX || d < -DBL_MAX;
}

static int put_number(struct text *t)
{
    size_t len = 0;
    int r = 0;

    while (t->next + len < t->limit && is_of_number(t->next[len]))
        len++;
    if (is_out_of_range(t->next, len))
        r = buf_printf(t->out, "\"%.*s\"", (int)len, t->next);
    else
        r = put(t, t->next, len);
    t->next += len;
    return r;
}

int json_tame(const char *json, size_t len, struct buf *ret)
{
    struct text t = {.next = json, .limit = json + len, .out = ret};
    int r = buf_reserve(ret, len);

    while (r == 0 && t.next < t.limit) {
        if (*t.next == '"')
            r = put_string(&t);
        else if (*t.next == '-' || (*t.next >= '0' && *t.next <= '9'))
            r = put_number(&t);
        else
            r = put(&t, t.next++, 1);
    }
    return r;
}
