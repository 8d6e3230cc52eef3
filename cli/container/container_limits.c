/* SPDX-License-Identifier: Apache-2.0 */
#include "container/container_limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* ---- limits */

static const struct {
    const char *name, *type;
    int resource;
} limits[] = {
    {"as", "RLIMIT_AS", RLIMIT_AS},
    {"core", "RLIMIT_CORE", RLIMIT_CORE},
    {"cpu", "RLIMIT_CPU", RLIMIT_CPU},
    {"data", "RLIMIT_DATA", RLIMIT_DATA},
    {"fsize", "RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"locks", "RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"memlock", "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"msgqueue", "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"nice", "RLIMIT_NICE", RLIMIT_NICE},
    {"nofile", "RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"nproc", "RLIMIT_NPROC", RLIMIT_NPROC},
    {"rss", "RLIMIT_RSS", RLIMIT_RSS},
    {"rtprio", "RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"rttime", "RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"sigpending", "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"stack", "RLIMIT_STACK", RLIMIT_STACK},
};
#define N_LIMITS (sizeof limits / sizeof *limits)

static bool read_number(const char *text, uint64_t *ret)
{
    char *end;

    if (strcmp(text, "-1") == 0 || strcmp(text, "unlimited") == 0) {
        *ret = RLIM_INFINITY;
        return true;
    }
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return strspn(text, "0123456789") == strlen(text) && end != text && errno == 0 && *ret <= INT64_MAX;
}

static int read_values(const char *values, struct bundle_rlimit *ret, struct err *err)
{
    char soft[32];
    const char *colon = strchr(values, ':');
    size_t len = colon ? (size_t)(colon - values) : strlen(values);

    snprintf(soft, sizeof soft, "%.*s", (int)(len < sizeof soft ? len : sizeof soft - 1), values);
    if (len >= sizeof soft || !read_number(soft, &ret->soft) ||
        !read_number(colon ? colon + 1 : soft, &ret->hard))
        return err_set(err, EINVAL, "\"%s\" is no SOFT[:HARD]: numbers, or -1 for no limit", values);
    if (ret->soft > ret->hard)
        return err_set(err, EINVAL, "the soft limit of \"%s\" is above the hard one", values);
    return 0;
}

int ulimit_parse(const char *text, struct bundle_rlimit *ret, struct err *err)
{
    size_t len = strcspn(text, "=");

    if (text[len] != '=')
        return err_set(err, EINVAL, "it is NAME=SOFT[:HARD]");
    for (size_t i = 0; i < N_LIMITS; i++) {
        if (strlen(limits[i].name) != len || memcmp(limits[i].name, text, len) != 0)
            continue;
        ret->type = limits[i].type;
        return read_values(text + len + 1, ret, err);
    }
    return err_set(err, EINVAL,
                   "unknown limit \"%.*s\": known are nofile, nproc, core, memlock, stack and others of "
                   "getrlimit(2)",
                   (int)len, text);
}

int ulimit_resource(const struct bundle_rlimit *l)
{
    for (size_t i = 0; i < N_LIMITS; i++)
        if (strcmp(limits[i].type, l->type) == 0)
            return limits[i].resource;
    return -1;
}

/* ---- hosts */

int host_parse(const char *text, char **ret, struct err *err)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    size_t len = strcspn(text, ":");
    struct in6_addr address;
    const char *ip = text[len] ? text + len + 1 : "";

    if (len == 0 || len > 255 || strspn(text, letters) != len || text[len] != ':')
        return err_set(err, EINVAL, "it is NAME:ADDRESS");
    if (strcmp(ip, "host-gateway") == 0)
        return err_set(err, EINVAL,
                       "host-gateway is not supported: with --network host this machine is localhost");
    if (inet_pton(AF_INET, ip, &address) != 1 && inet_pton(AF_INET6, ip, &address) != 1)
        return err_set(err, EINVAL, "\"%s\" is no address", ip);
    if (asprintf(ret, "%s\t%.*s", ip, (int)len, text) < 0)
        return err_errno(err, ENOMEM, "host");
    return 0;
}

/* ---- variables */

int env_line_parse(const char *line, size_t len, char **ret, struct err *err)
{
    while (len > 0 && strchr(" \t\r\v\f", *line)) {
        line++;
        len--;
    }
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (len == 0 || *line == '#')
        return 0;
    if (*line == '=')
        return err_set(err, EINVAL, "\"%.*s\" has no name", (int)len, line);
    *ret = strndup(line, len);
    return *ret ? 1 : err_errno(err, ENOMEM, "variable");
}
