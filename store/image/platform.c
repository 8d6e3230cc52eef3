/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms, and which of them run on which. */
#include "image/platform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* Go's name for what uname(2) and people call a machine. Machines whose two names are the same are not
 * listed. */
static const struct {
    const char *machine, *arch, *variant;
} machines[] = {
    {"x86_64", "amd64", ""},
    {"x86-64", "amd64", ""},
    {"i386", "386", ""},
    {"i486", "386", ""},
    {"i586", "386", ""},
    {"i686", "386", ""},
    {"aarch64", "arm64", ""},
    {"armv8l", "arm", "v8"},
    {"armv7l", "arm", "v7"},
    {"armhf", "arm", "v7"},
    {"armv6l", "arm", "v6"},
    {"armel", "arm", "v6"},
    {"loongarch64", "loong64", ""},
};

/* Go's name goes to `arch`; `variant` is only filled in where it is empty. */
static void name_machine(const char *machine, struct platform *p)
{
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        if (strcmp(machines[i].machine, machine) != 0)
            continue;
        snprintf(p->arch, sizeof(p->arch), "%s", machines[i].arch);
        if (!p->variant[0])
            snprintf(p->variant, sizeof(p->variant), "%s", machines[i].variant);
        return;
    }
    snprintf(p->arch, sizeof(p->arch), "%s", machine);
}

void platform_host(struct platform *ret)
{
    struct utsname u;

    *ret = (struct platform){.os = "linux"};
    if (uname(&u) == 0)
        name_machine(u.machine, ret);
}

/* Copies one part of OS/ARCH/VARIANT; returns what follows it, or NULL when it is no name. */
static const char *parse_part(const char *s, char dst[32])
{
    size_t n = strcspn(s, "/");

    if (n == 0 || n >= 32 || strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") < n)
        return NULL;
    memcpy(dst, s, n);
    dst[n] = 0;
    return s + n;
}

int platform_parse(const char *s, struct platform *ret, struct err *err)
{
    struct platform p = {0};
    char machine[32] = "";
    const char *rest = parse_part(s, p.os);

    if (rest && *rest == '/')
        rest = parse_part(rest + 1, machine);
    if (rest && *rest == '/')
        rest = parse_part(rest + 1, p.variant);
    if (!rest || *rest || !machine[0])
        return err_set(err, EINVAL,
                       "\"%s\" is not a platform: say OS/ARCH or OS/ARCH/VARIANT, as in linux/amd64", s);
    name_machine(machine, &p);
    *ret = p;
    return 0;
}

/* The number N of a variant "vN" of an architecture whose later variants run what was built for earlier ones,
 * -1 for every other. Each such architecture has a default for images that say none. */
static long variant_level(const struct platform *p)
{
    static const struct {
        const char *arch;
        long level;
    } defaults[] = {{"amd64", 1}, {"arm", 7}, {"arm64", 8}};

    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        const char *v = p->variant;

        if (strcmp(defaults[i].arch, p->arch) != 0)
            continue;
        if (!v[0])
            return defaults[i].level;
        if (v[0] == 'v' && v[1] >= '1' && v[1] <= '9' && !v[2])
            return v[1] - '0';
    }
    return -1;
}

bool platform_matches(const struct platform *have, const struct platform *want)
{
    long have_level = variant_level(have), want_level = variant_level(want);

    if (strcmp(have->os, want->os) != 0 || strcmp(have->arch, want->arch) != 0)
        return false;
    if (have_level >= 0 && want_level >= 0)
        return have_level <= want_level;
    return strcmp(have->variant, want->variant) == 0;
}

const char *platform_string(const struct platform *p, char buf[100])
{
    snprintf(buf, 100, "%s/%s%s%s", p->os[0] ? p->os : "unknown", p->arch[0] ? p->arch : "unknown",
             p->variant[0] ? "/" : "", p->variant);
    return buf;
}
