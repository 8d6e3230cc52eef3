/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/text.h"

#include <errno.h>
#include <string.h>

/* How many bytes follow a first byte, and the smallest character that needs that many (shorter forms are
 * overlong). */
static size_t sequence_length(uint8_t first, uint32_t *ret_bits, uint32_t *ret_min)
{
    static const struct {
        uint8_t mask, lead;
        uint32_t min;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t i = 0; i < 4; i++) {
        if ((first & forms[i].mask) == forms[i].lead) {
            *ret_bits = first & (uint8_t)~forms[i].mask;
            *ret_min = forms[i].min;
            return i + 1;
        }
    }
    return 0;
}

size_t utf8_decode(const char *s, size_t len, uint32_t *ret)
{
    uint32_t c, min;
    size_t n = len ? sequence_length((uint8_t)s[0], &c, &min) : 0;

    if (n == 0 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        uint8_t b = (uint8_t)s[i];
        if ((b & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (b & 0x3f);
    }
    if (c < min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret = c;
    return n;
}

bool utf8_valid(const char *s, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t c;
        size_t n = utf8_decode(s + i, len - i, &c);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static bool is_reordering(uint32_t c)
{
    return c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static int escape_bytes(struct buf *out, const char *s, size_t n)
{
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++)
        r = buf_printf(out, "\\x%02x", (unsigned)(uint8_t)s[i]);
    return r;
}

int text_escape(struct buf *out, const char *s, size_t len, int flags)
{
    int r = 0;

    for (size_t i = 0; i < len && r == 0;) {
        uint32_t c = 0;
        size_t n = utf8_decode(s + i, len - i, &c);
        bool kept = (flags & TEXT_LINES) && (c == '\n' || c == '\t');
        if (n == 0)
            r = escape_bytes(out, s + i, n = 1);
        else if (is_control(c) && !kept)
            r = escape_bytes(out, s + i, n);
        else if (is_reordering(c))
            r = buf_printf(out, "\\u%04x", c);
        else if (c == '\\' && (flags & TEXT_NAME))
            r = buf_append(out, "\\\\", 2);
        else
            r = buf_append(out, s + i, n);
        i += n;
    }
    return r;
}

int text_put(FILE *out, const char *s, size_t len, int flags)
{
    cleanup_buf struct buf inert = BUF_INIT;
    int r = text_escape(&inert, s, len, flags);
    if (r < 0)
        return r;
    return fwrite(inert.data, 1, inert.len, out) == inert.len ? 0 : -EIO;
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
    /* What was cut away is longer than the dots where columns > 3; else nothing but dots fits. */
    size_t dots = columns < 3 ? columns : 3, room = strlen(s + i);
    if (dots > room)
        dots = room;
    memcpy(s + i, ellipsis, dots);
    s[i + dots] = '\0';
}
