/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/text.h"

#include <errno.h>
#include <string.h>

int text_escape(struct buf *out, const char *s, size_t len, int flags)
{
    int r = 0;

    for (size_t i = 0; i < len && r == 0;) {
        char form[INERT_MAX];
        size_t n = inert_next(s + i, len - i, form);

        if ((flags & TEXT_LINES) && (s[i] == '\n' || s[i] == '\t'))
            r = buf_append(out, s + i, 1);
        else if (s[i] == '\\' && (flags & TEXT_NAME))
            r = buf_append(out, "\\\\", 2);
        else
            r = buf_append(out, form, strlen(form));
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
