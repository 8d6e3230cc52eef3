/* SPDX-License-Identifier: Apache-2.0 */
#include "os/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "os/inert.h"

/* Copies text in its inert form, truncated to the buffer. */
static void put_inert(char *dst, size_t size, const char *src)
{
    size_t n = 0, left = strlen(src);

    while (left > 0) {
        char form[INERT_MAX];
        size_t taken = inert_next(src, left, form), len = strlen(form);

        if (n + len >= size)
            break;
        memcpy(dst + n, form, len);
        n += len;
        src += taken;
        left -= taken;
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
