/* SPDX-License-Identifier: Apache-2.0 */
#include "container/runtime_fault.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SAID_MAX 600

/* ---- log */

/* Get the last line, which holds the fatal error. */
static void last_line(const char *log, char ret[SAID_MAX])
{
    size_t len = strlen(log), start;

    while (len > 0 && log[len - 1] == '\n')
        len--;
    for (start = len; start > 0 && log[start - 1] != '\n';)
        start--;
    snprintf(ret, SAID_MAX, "%.*s", (int)(len - start < SAID_MAX ? len - start : SAID_MAX - 1), log + start);
}

/* runc's lines are KEY="VALUE"...: take the value of msg, with quotes and backslashes unchanged. */
static void take_message(char *line)
{
    char *from = strstr(line, "msg=\""), *to = line;

    if (!from)
        return;
    for (from += strlen("msg=\""); *from && *from != '"'; from++) {
        if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

static const char *without_lead(const char *text)
{
    static const char *const leads[] = {
        "runc run failed: ", "unable to start container process: ", "error during container init: "};

    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (strncmp(text, leads[i], strlen(leads[i])) == 0)
            text += strlen(leads[i]);
    return text;
}

/* ---- explanation */

static void not_executed(const char *said, const struct runtime_program *p, struct err *err)
{
    if (p->error == 0 && S_ISDIR(p->mode))
        err_set(err, EISDIR, "%s cannot be executed: it is a directory", p->name);
    else if (strstr(said, "xec format error"))
        err_set(err, ENOEXEC,
                "%s cannot be executed: it is neither a program for this machine nor a script with #!",
                p->name);
    else if (p->error == 0 && !(p->mode & 0111))
        err_set(err, EACCES, "%s cannot be executed: its mode is %04o", p->name, p->mode & 07777);
    else if (p->error == 0 && (p->mode & 0111) != 0111)
        err_set(err, EACCES, "%s cannot be executed by this user: its mode is %04o; -u selects another user",
                p->name, p->mode & 07777);
    else
        err_set(err, EACCES, "%s cannot be executed: %s", p->name, said);
}

static void not_found(const struct runtime_program *p, struct err *err)
{
    if (!strchr(p->name, '/'))
        err_set(err, ENOENT, "no command \"%s\" in the PATH of the container", p->name);
    else if (p->error == 0)
        err_set(err, ENOENT, "%s exists, but its interpreter or loader does not", p->name);
    else
        err_set(err, ENOENT, "no %s in the container", p->name);
}

void runtime_fault(const struct runtime *r, int status, const char *log, const struct runtime_program *p,
                   struct err *err)
{
    const char *name = strrchr(r->path, '/') ? strrchr(r->path, '/') + 1 : r->path;
    char line[SAID_MAX];

    last_line(log, line);
    take_message(line);
    const char *said = without_lead(line);
    if (*said == '\0')
        err_set(err, EIO, "%s failed without a message", name);
    else if (p->name && status == 126)
        not_executed(said, p, err);
    else if (p->name && status == 127)
        not_found(p, err);
    else
        err_set(err, EIO, "%s: %s", name, said);
}
