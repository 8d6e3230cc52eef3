/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for the user on standard error. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "command/verb.h"
#include "show/text.h"

int cli_fail(const struct err *err)
{
    fflush(stdout); /* keep the order of the two streams */
    fputs("mica: ", stderr);
    /* err_set escapes control bytes, but not the control characters of UTF-8. */
    text_put(stderr, err->text, strlen(err->text), 0);
    fputc('\n', stderr);
    return STATUS_FAILED;
}

static void format_line(struct err *ret, const char *fmt, va_list ap)
{
    char text[sizeof ret->text];

    vsnprintf(text, sizeof text, fmt, ap);
    err_set(ret, EIO, "%s", text);
}

int cli_failf(const char *fmt, ...)
{
    struct err line;
    va_list ap;

    va_start(ap, fmt);
    format_line(&line, fmt, ap);
    va_end(ap);
    return cli_fail(&line);
}

void cli_notef(const char *fmt, ...)
{
    struct err line;
    va_list ap;

    va_start(ap, fmt);
    format_line(&line, fmt, ap);
    va_end(ap);
    cli_fail(&line);
}

int cli_usagef(const struct cli *cli, const char *fmt, ...)
{
    const char *verb = cli->verb ? cli->verb->name : NULL;
    struct err line;
    va_list ap;

    va_start(ap, fmt);
    format_line(&line, fmt, ap);
    va_end(ap);
    if (verb)
        err_prefix(&line, 0, "%s", verb);
    cli_fail(&line);
    fprintf(stderr, "try: mica %s%s--help\n", verb ? verb : "", verb ? " " : "");
    return STATUS_USAGE;
}

int cli_output_status(int r)
{
    if (r == -ENOMEM)
        return cli_failf("out of memory");
    /* The stream keeps the error of a failed write: main reports it once, at the final flush. */
    return r < 0 ? STATUS_FAILED : STATUS_DONE;
}
