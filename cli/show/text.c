/* SPDX-License-Identifier: Apache-2.0 */
#include "show/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Writes the replacement of the first character of `s`. Returns the number of its bytes in `s`. */
static size_t next_form(const char *s, size_t len, int flags, char ret[INERT_MAX])
{
    size_t n = inert_next(s, len, ret);

    if ((flags & TEXT_LINES) && (*s == '\n' || *s == '\t'))
        memcpy(ret, (const char[]){*s, '\0'}, 2);
    else if (*s == '\\' && (flags & TEXT_NAME))
        strcpy(ret, "\\\\");
    return n;
}

int text_escape(struct buf *out, const char *s, size_t len, int flags)
{
    int r = 0;

    for (size_t i = 0; i < len && r == 0;) {
        char form[INERT_MAX];

        i += next_form(s + i, len - i, flags, form);
        r = buf_append(out, form, strlen(form));
    }
    return r;
}

int text_put_stored(FILE *out, const char *bytes, size_t len)
{
    if (isatty(fileno(out)))
        return text_put(out, bytes, len, TEXT_LINES);
    return fwrite(bytes, 1, len, out) == len ? 0 : -EIO;
}

/* Counts the bytes at the begin of `s` that stand for themselves whatever the flags: most names are nothing else. */
static size_t plain_run(const char *s, size_t len)
{
    size_t n = 0;

    while (n < len && s[n] >= ' ' && s[n] <= '~' && s[n] != '\\')
        n++;
    return n;
}

int text_put(FILE *out, const char *s, size_t len, int flags)
{
    /* Allocates nothing: a listing that has begun must not fail for lack of memory. */
    for (size_t i = 0; i < len;) {
        char form[INERT_MAX];
        size_t plain = plain_run(s + i, len - i);

        if (plain && fwrite_unlocked(s + i, 1, plain, out) != plain)
            return -EIO;
        i += plain;
        if (i == len)
            break;
        i += next_form(s + i, len - i, flags, form);
        if (fputs(form, out) == EOF)
            return -EIO;
    }
    return 0;
}

size_t text_width(const char *s)
{
    size_t columns = 0;
    for (; *s; s++)
        columns += ((uint8_t)*s & 0xc0) != 0x80; /* bytes that begin a character */
    return columns;
}

void text_cut(char *s, size_t columns)
{
    static const char ellipsis[] = "...";
    if (text_width(s) <= columns)
        return;
    size_t keep = columns > 3 ? columns - 3 : 0, i = 0;
    while (s[i] && (keep > 0 || ((uint8_t)s[i] & 0xc0) == 0x80)) {
        keep -= ((uint8_t)s[i] & 0xc0) != 0x80;
        i++;
    }
    /* The removed text is longer than the dots if columns > 3; otherwise only dots fit. */
    size_t dots = columns < 3 ? columns : 3, room = strlen(s + i);
    if (dots > room)
        dots = room;
    memcpy(s + i, ellipsis, dots);
    s[i + dots] = '\0';
}
