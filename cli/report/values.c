/* SPDX-License-Identifier: Apache-2.0 */
#include "report/values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "os/buf.h"
#include "show/size.h"
#include "show/text.h"

static int set_new(json_t *o, const char *key, json_t *value)
{
    return json_object_set_new(o, key, value) < 0 ? -ENOMEM : 0;
}

/* An escape or a character can lie across the cut: only a whole text in its inert form is UTF-8 and cut at characters. */
static int cut_middle(struct buf *out, const char *text, size_t len, size_t max)
{
    size_t head = max / 2, tail = len - max / 2;

    while (head && ((uint8_t)text[head] & 0xc0) == 0x80)
        head--;
    while (tail < len && ((uint8_t)text[tail] & 0xc0) == 0x80)
        tail++;
    int r = buf_append(out, text, head);
    if (r == 0)
        r = buf_printf(out, " [... %zu bytes ...] ", tail - head);
    return r == 0 ? buf_append(out, text + tail, len - tail) : r;
}

int values_cut(json_t *o, const char *key, const char *text, int flags, size_t max)
{
    cleanup_buf struct buf inert = BUF_INIT, cut = BUF_INIT;
    struct buf *shown = &inert;
    int r = text ? text_escape(&inert, text, strlen(text), flags) : 0;

    if (r == 0 && inert.len > max) {
        r = cut_middle(&cut, inert.data, inert.len, max);
        shown = &cut;
    }
    return r == 0 && buf_str(shown) ? set_new(o, key, json_string(shown->data)) : -ENOMEM;
}

int values_text(json_t *o, const char *key, const char *text, int flags)
{
    return values_cut(o, key, text, flags, VALUES_TEXT_MAX);
}

int values_short(json_t *o, const char *key, const char *text, size_t max)
{
    cleanup_buf struct buf inert = BUF_INIT;
    size_t at = 0, columns = 0, cut = 0;

    if (text_escape(&inert, text, strlen(text), TEXT_NAME) < 0 || !buf_str(&inert))
        return -ENOMEM;
    for (; inert.data[at]; at++) {
        if (((uint8_t)inert.data[at] & 0xc0) == 0x80)
            continue;
        if (columns == (max ? max - 1 : 0))
            cut = at;
        columns++;
    }
    if (columns <= max)
        return set_new(o, key, json_string(inert.data));
    inert.len = cut;
    if (buf_printf(&inert, "%s", max ? "\xe2\x80\xa6" : "") < 0 || !buf_str(&inert))
        return -ENOMEM;
    return set_new(o, key, json_string(inert.data));
}

int values_number(json_t *o, const char *key, uint64_t n)
{
    return set_new(o, key, json_integer((json_int_t)n));
}

int values_bool(json_t *o, const char *key, bool value)
{
    return set_new(o, key, json_boolean(value));
}

int values_size(json_t *o, const char *key, uint64_t bytes)
{
    char text[SIZE_TEXT_MAX], name[64];

    snprintf(name, sizeof name, "%s_text", key);
    return values_number(o, key, bytes) < 0 ? -ENOMEM
                                            : set_new(o, name, json_string(size_format(bytes, text)));
}

int values_percent(json_t *o, const char *key, uint64_t part, uint64_t whole)
{
    uint64_t n = whole ? (uint64_t)(((__uint128_t)part * 1000 + whole / 2) / whole) : 0;

    return set_new(o, key, json_sprintf("%u.%u%%", (unsigned)(n / 10), (unsigned)(n % 10)));
}

int values_hundredths(json_t *o, const char *key, uint64_t part, uint64_t whole)
{
    uint64_t n = whole ? (uint64_t)((__uint128_t)part * 10000 / whole) : 0;

    return set_new(o, key, json_sprintf("%u.%02u", (unsigned)(n / 100), (unsigned)(n % 100)));
}

int values_add(json_t *array, json_t *element, int r)
{
    if (r < 0 || !element) {
        json_decref(element);
        return r < 0 ? r : -ENOMEM;
    }
    return json_array_append_new(array, element) < 0 ? -ENOMEM : 0;
}
