/* SPDX-License-Identifier: Apache-2.0 */
#include "os/inert.h"

#include <stdio.h>
#include <string.h>

/* Decodes a first byte: the number of bytes that follow and the smallest character that needs that many
 * (shorter forms are overlong). */
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

bool inert_hides(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0xad, 0xad},       /* soft hyphen */
        {0x61c, 0x61c},     /* Arabic letter mark */
        {0x180e, 0x180e},   /* Mongolian vowel separator: no width */
        {0x200b, 0x200f},   /* zero width, joiners, direction marks */
        {0x2028, 0x202e},   /* line and paragraph separators, embeddings and overrides of direction */
        {0x2060, 0x206f},   /* zero width, isolates, deprecated format characters */
        {0xfeff, 0xfeff},   /* byte order mark */
        {0xfff9, 0xfffb},   /* annotations */
        {0xe0000, 0xe007f}, /* tags */
    };

    if (is_control(c))
        return true;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

size_t inert_next(const char *s, size_t len, char ret[INERT_MAX])
{
    uint32_t c = 0;
    size_t n = utf8_decode(s, len, &c);

    if (n == 0 || is_control(c)) {
        n = n ? n : 1;
        for (size_t i = 0; i < n; i++)
            snprintf(ret + 4 * i, 5, "\\x%02x", (unsigned)(uint8_t)s[i]);
    } else if (inert_hides(c)) {
        snprintf(ret, INERT_MAX, c > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)c);
    } else {
        memcpy(ret, s, n);
        ret[n] = 0;
    }
    return n;
}
