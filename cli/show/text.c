/* SPDX-License-Identifier: Apache-2.0 */
#include "show/text.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

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

/* The character types and widths of UTF-8, in which mica prints whatever the user's locale is; 0: the C library has
 * no such locale. */
static locale_t utf8;

static void make_utf8(void)
{
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* Makes UTF-8 this thread's locale; returns the one before, for uselocale(3). */
static locale_t enter_utf8(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_utf8);
    return uselocale(utf8);
}

/* Returns the bytes of the first character, and its columns: 0 if it combines with the one before, 2 if it is wide. */
static size_t take_character(const char *s, size_t *ret_columns)
{
    mbstate_t state = {0};
    wchar_t c;

    *ret_columns = 1;
    if ((uint8_t)*s < 0x80)
        return 1;
    size_t len = mbrtowc(&c, s, MB_LEN_MAX, &state);

    if (len == 0 || len > MB_LEN_MAX) { /* without the locale */
        for (len = 1; ((uint8_t)s[len] & 0xc0) == 0x80;)
            len++;
        c = L'?';
    }
    int columns = wcwidth(c);
    if (columns >= 0)
        *ret_columns = (size_t)columns;
    return len;
}

size_t text_width(const char *s)
{
    size_t width = 0, columns;
    locale_t before = enter_utf8();

    for (; *s; width += columns)
        s += take_character(s, &columns);
    uselocale(before);
    return width;
}

/* Returns the length of the longest beginning that has room in `width` columns. */
static size_t fitting(const char *s, size_t width)
{
    size_t len = 0, columns;
    locale_t before = enter_utf8();

    while (s[len]) {
        size_t n = take_character(s + len, &columns);
        if (columns > width)
            break;
        width -= columns;
        len += n;
    }
    uselocale(before);
    return len;
}

void text_cut(char *s, size_t columns)
{
    static const char ellipsis[] = "...";
    if (text_width(s) <= columns)
        return;
    size_t i = columns > 3 ? fitting(s, columns - 3) : 0;
    /* The removed text is longer than the dots if columns > 3; otherwise only dots fit. */
    size_t dots = columns < 3 ? columns : 3, room = strlen(s + i);
    if (dots > room)
        dots = room;
    memcpy(s + i, ellipsis, dots);
    s[i + dots] = '\0';
}
