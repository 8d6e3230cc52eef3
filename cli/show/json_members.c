/* SPDX-License-Identifier: Apache-2.0 */
#include "show/json_members.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "show/json_out.h"
#include "show/ls_format.h"
#include "show/rfc3339.h"

int json_set_kind(json_t *o, uint32_t mode, uint64_t size)
{
    char octal[8];

    snprintf(octal, sizeof octal, "%04o", mode & 07777);
    if (json_set_str(o, "type", mode_type(mode)) < 0 || json_set_str(o, "mode", octal) < 0)
        return -ENOMEM;
    return json_set_number(o, "size", S_ISREG(mode) || S_ISLNK(mode) ? size : 0);
}

int json_set_time(json_t *o, const char *key, int64_t seconds, uint32_t nanoseconds)
{
    const struct timespec t = {.tv_sec = seconds, .tv_nsec = nanoseconds};
    char when[TIME_TEXT_MAX];

    return json_set_str(o, key, time_format_utc(&t, when));
}

int json_set_time_text(json_t *o, const char *key, const char *text)
{
    struct timespec t;

    if (!text || rfc3339_parse(text, &t) < 0)
        return json_set_str(o, key, NULL);
    return json_set_time(o, key, t.tv_sec, (uint32_t)t.tv_nsec);
}

int json_set_pid(json_t *o, int64_t pid)
{
    return pid > 0 ? json_set_number(o, "pid", (uint64_t)pid) : json_set_str(o, "pid", NULL);
}

int json_set_layer_count(json_t *o, size_t n)
{
    return json_set_number(o, "layer_count", n);
}
