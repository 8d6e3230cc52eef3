/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms, and which machines run which. */
#include "image/platform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/platform_name.h"

/* Copies one part of OS/ARCH/VARIANT; returns the text after it, or NULL if it is no valid name. */
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
    const char *rest = parse_part(s, p.os);

    if (rest && *rest == '/')
        rest = parse_part(rest + 1, p.arch);
    if (rest && *rest == '/')
        rest = parse_part(rest + 1, p.variant);
    if (!rest || *rest || !p.arch[0])
        return err_set(err, EINVAL,
                       "\"%s\" is not a platform: say OS/ARCH or OS/ARCH/VARIANT, as in linux/amd64", s);
    platform_normalize(&p);
    *ret = p;
    return 0;
}

/* ---- variants */

struct level {
    long major, minor;
};

static const struct {
    const char *arch;
    struct level unsaid;
} leveled[] = {{"amd64", {1, 0}}, {"arm", {7, 0}}, {"arm64", {8, 0}}};

/* Gets the level of an architecture whose later variants run images of earlier ones. */
static bool level_of(const struct platform *p, struct level *ret)
{
    for (size_t i = 0; i < sizeof(leveled) / sizeof(leveled[0]); i++) {
        const char *v = p->variant;

        if (strcmp(leveled[i].arch, p->arch) != 0)
            continue;
        *ret = leveled[i].unsaid;
        if (!v[0])
            return true;
        if (v[0] != 'v' || v[1] < '1' || v[1] > '9')
            return false;
        *ret = (struct level){v[1] - '0', 0};
        if (!v[2])
            return true;
        ret->minor = v[3] - '0';
        return v[2] == '.' && v[3] >= '0' && v[3] <= '9' && !v[4];
    }
    return false;
}

/* arm64 v9.0 includes v8.5, v9.1 includes v8.6. */
#define V8_OF_V9 5

/* Steps down from one level to another of the same architecture, or -1. */
static long steps_down(const struct level *from, const struct level *to, const char *arch)
{
    bool arm64 = strcmp(arch, "arm64") == 0;
    long reach = from->minor + V8_OF_V9;

    if (arm64 && from->major == 9 && to->major == 8)
        return to->minor <= reach ? from->minor + 1 + reach - to->minor : -1;
    if (from->major != to->major)
        return !arm64 && from->major > to->major ? from->major - to->major : -1;
    return from->minor - to->minor;
}

static long variant_steps(const struct platform *have, const struct platform *want)
{
    struct level is, may;

    if (strcmp(have->variant, want->variant) == 0)
        return 0;
    if (level_of(have, &is) && level_of(want, &may))
        return steps_down(&may, &is, have->arch);
    return have->variant[0] ? -1 : 1;
}

/* ---- which is nearer */

/* More than the steps between any variants. */
#define STEPS_TO_32 100

/* The 32-bit machine whose programs a 64-bit machine runs as well; ranks after its own variants. */
static bool machine_of_32(const struct platform *want, struct platform *ret)
{
    bool arm64 = strcmp(want->arch, "arm64") == 0;

    if (!want->runs_32 || (!arm64 && strcmp(want->arch, "amd64") != 0))
        return false;
    *ret = *want;
    snprintf(ret->arch, sizeof(ret->arch), "%s", arm64 ? "arm" : "386");
    snprintf(ret->variant, sizeof(ret->variant), "%s", arm64 ? "v8" : "");
    return true;
}

static long steps_between(const struct platform *have, const struct platform *want)
{
    struct platform other;
    long steps;

    if (strcmp(have->os, want->os) != 0)
        return -1;
    if (strcmp(have->arch, want->arch) == 0)
        return variant_steps(have, want);
    if (!machine_of_32(want, &other) || strcmp(have->arch, other.arch) != 0)
        return -1;
    steps = variant_steps(have, &other);
    return steps < 0 ? -1 : steps + STEPS_TO_32;
}

int platform_distance(const struct platform *have, const struct platform *want)
{
    struct platform is = *have, may = *want;
    long steps;
    int unlike;

    platform_normalize(&is);
    platform_normalize(&may);
    steps = steps_between(&is, &may);
    if (steps < 0)
        return -1;
    unlike = strcmp(is.variant, may.variant) == 0 ? 0 : is.variant[0] ? 1 : 2;
    return (int)steps * 6 + have->os_features * 3 + unlike;
}

bool platform_matches(const struct platform *have, const struct platform *want)
{
    return platform_distance(have, want) >= 0;
}

int platform_compare(const struct platform *a, const struct platform *b, const struct platform *want)
{
    int difference = platform_distance(a, want) - platform_distance(b, want);

    if (difference != 0)
        return difference;
    if (strcmp(a->os, "windows") == 0)
        return strverscmp(b->os_version, a->os_version);
    return strverscmp(a->os_version, b->os_version);
}

const char *platform_string(const struct platform *p, char buf[100])
{
    snprintf(buf, 100, "%s/%s%s%s", p->os[0] ? p->os : "unknown", p->arch[0] ? p->arch : "unknown",
             p->variant[0] ? "/" : "", p->variant);
    return buf;
}
