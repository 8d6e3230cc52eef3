/* SPDX-License-Identifier: Apache-2.0 */
#include "os/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes at `s` that a terminal could act on: a control byte, or one of the control characters U+0080 to
 * U+009F. */
static size_t control_length(const unsigned char *s)
{
    if (s[0] < 0x20 || s[0] == 0x7f)
        return 1;
    return s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0 ? 2 : 0;
}

/* Copies text so that a terminal cannot act on it: what it could act on becomes \xHH. */
static void put_inert(char *dst, size_t size, const char *src)
{
    const unsigned char *s = (const unsigned char *)src;
    size_t n = 0;

    while (*s && n + 9 <= size) {
        size_t control = control_length(s);

        if (!control)
            dst[n++] = (char)*s++;
        for (; control; control--)
            n += (size_t)snprintf(dst + n, size - n, "\\x%02x", *s++);
    }
    dst[n] = 0;
}

static void err_vset(struct err *err, const char *fmt, va_list ap)
{
    char line[sizeof(err->text)];

    vsnprintf(line, sizeof(line), fmt, ap);
    put_inert(err->text, sizeof(err->text), line);
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
    if (err) {
        va_list ap;

        va_start(ap, fmt);
        err_vset(err, fmt, ap);
        va_end(ap);
    }
    return code > 0 ? -code : -EIO;
}

int err_errno(struct err *err, int code, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        char reason[128];
        size_t n;

        va_start(ap, fmt);
        err_vset(err, fmt, ap);
        va_end(ap);
        n = strlen(err->text);
        snprintf(err->text + n, sizeof(err->text) - n, ": %s", strerror_r(code, reason, sizeof(reason)));
    }
    return code > 0 ? -code : -EIO;
}

int err_prefix(struct err *err, int ret, const char *fmt, ...)
{
    if (err) {
        struct err old = *err;
        va_list ap;
        size_t n;

        va_start(ap, fmt);
        err_vset(err, fmt, ap);
        va_end(ap);
        n = strlen(err->text);
        if (old.text[0])
            snprintf(err->text + n, sizeof(err->text) - n, ": %s", old.text);
        else
            snprintf(err->text + n, sizeof(err->text) - n, ": %s", strerror(ret < 0 ? -ret : EIO));
    }
    return ret;
}
