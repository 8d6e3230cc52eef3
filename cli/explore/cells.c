/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/cells.h"

#include <langinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "os/inert.h"

/* One character of the text with what combines with it, or an escape. */
struct piece {
    wchar_t text[INERT_MAX + CELLS_ROOM];
    size_t n; /* characters */
    size_t columns;
};

static void take_ascii(struct piece *p, const char *text)
{
    p->n = 0;
    for (; *text; text++)
        p->text[p->n++] = (wchar_t)(unsigned char)*text;
    p->columns = p->n;
}

static void take_escape(struct piece *p, uint32_t c)
{
    char text[INERT_MAX];

    snprintf(text, sizeof text, c > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)c);
    take_ascii(p, text);
}

/* The width of a character that is no control character; -1: it is to be escaped. */
static int width_of(const char *s, size_t len, uint32_t *ret_char, size_t *ret_len)
{
    *ret_len = utf8_decode(s, len, ret_char);
    if (*ret_len == 0 || inert_hides(*ret_char))
        return -1;
    return wcwidth((wchar_t)*ret_char);
}

/* Takes the next piece of `s`; returns the bytes that it was. */
static size_t next_piece(const char *s, size_t len, int flags, struct piece *p)
{
    char form[INERT_MAX];
    uint32_t c;
    size_t used;
    int width = width_of(s, len, &c, &used);

    if (width <= 0) {
        size_t n = inert_next(s, len, form);

        if (used && !inert_hides(c)) /* a character of the text, but none for this screen */
            take_escape(p, c);
        else
            take_ascii(p, form);
        return n;
    }
    if (c == '\\' && flags & CELLS_NAME) {
        take_ascii(p, "\\\\");
        return used;
    }
    *p = (struct piece){.text = {(wchar_t)c}, .n = 1, .columns = (size_t)width};
    for (int i = 0; i < CELLS_COMBINING; i++) {
        size_t more;

        if (width_of(s + used, len - used, &c, &more) != 0)
            break;
        p->text[p->n++] = (wchar_t)c;
        used += more;
    }
    return used;
}

static wchar_t cut_mark(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? L'\u2026' : L'~';
}

size_t cells_width(const char *s, size_t len, int flags)
{
    size_t columns = 0;
    struct piece p;

    for (size_t i = 0; i < len;) {
        i += next_piece(s + i, len - i, flags, &p);
        columns += p.columns;
    }
    return columns;
}

/* Writes the pieces that fit from `s` on. Returns the columns; *ret_cut: some did not fit. */
static size_t put(const char *s, size_t len, size_t columns, int flags, wchar_t **out, bool *ret_cut)
{
    size_t done = 0;
    struct piece p;

    *ret_cut = false;
    for (size_t i = 0; i < len;) {
        i += next_piece(s + i, len - i, flags, &p);
        if (done + p.columns > columns) {
            *ret_cut = true;
            break;
        }
        wmemcpy(*out, p.text, p.n);
        *out += p.n;
        done += p.columns;
    }
    **out = 0;
    return done;
}

/* The bytes to leave out at the beginning, so that the rest has `columns` columns at most. */
static size_t leave_out(const char *s, size_t len, size_t columns, int flags)
{
    size_t all = cells_width(s, len, flags), i = 0;
    struct piece p;

    while (i < len && all > columns) {
        i += next_piece(s + i, len - i, flags, &p);
        all -= p.columns;
    }
    return i;
}

size_t cells_make(const char *s, size_t len, size_t columns, int flags, wchar_t *ret)
{
    wchar_t *out = ret;
    bool cut;
    size_t done;

    ret[0] = 0;
    if (columns == 0)
        return 0;
    if (flags & CELLS_END) {
        if (cells_width(s, len, flags) <= columns)
            return put(s, len, columns, flags, &out, &cut);
        size_t from = leave_out(s, len, columns - 1, flags);
        *out++ = cut_mark();
        return 1 + put(s + from, len - from, columns - 1, flags, &out, &cut);
    }
    done = put(s, len, columns, flags, &out, &cut);
    if (!cut)
        return done;
    out = ret;
    done = put(s, len, columns - 1, flags, &out, &cut);
    *out++ = cut_mark();
    *out = 0;
    return done + 1;
}
