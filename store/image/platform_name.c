/* SPDX-License-Identifier: Apache-2.0 */
#include "image/platform_name.h"

#include <stdio.h>
#include <string.h>

/* Machines with two equal names are not listed. */
static const struct {
    const char *machine, *arch, *variant;
} machines[] = {
    {"x86_64", "amd64", ""},    {"x86-64", "amd64", ""},
    {"i386", "386", ""},        {"i486", "386", ""},
    {"i586", "386", ""},        {"i686", "386", ""},
    {"aarch64", "arm64", ""},   {"armhf", "arm", "v7"},
    {"armel", "arm", "v6"},     {"loongarch64", "loong64", ""},
    {"ppc64el", "ppc64le", ""},
};

static void name_arch(struct platform *p, const char *arch, const char *variant)
{
    snprintf(p->arch, sizeof(p->arch), "%s", arch);
    if (!p->variant[0])
        snprintf(p->variant, sizeof(p->variant), "%s", variant);
}

/* Splits uname's armv7l, armv6l, armv5tejl, and armv7. */
static bool name_arm(struct platform *p)
{
    char variant[3] = "v?";

    if (strncmp(p->arch, "armv", 4) != 0 || p->arch[4] < '4' || p->arch[4] > '8')
        return false;
    variant[1] = p->arch[4];
    name_arch(p, "arm", variant);
    return true;
}

static void name_variant(struct platform *p)
{
    char number = p->variant[0];

    if (number >= '1' && number <= '9' && (!p->variant[1] || p->variant[1] == '.') &&
        strlen(p->variant) <= 3) {
        memmove(p->variant + 1, p->variant, strlen(p->variant) + 1);
        p->variant[0] = 'v';
    }
}

void platform_normalize(struct platform *p)
{
    bool arm = name_arm(p);

    for (size_t i = 0; !arm && i < sizeof(machines) / sizeof(machines[0]); i++)
        if (strcmp(machines[i].machine, p->arch) == 0) {
            name_arch(p, machines[i].arch, machines[i].variant);
            break;
        }
    if (strcmp(p->os, "macos") == 0)
        snprintf(p->os, sizeof(p->os), "darwin");
    name_variant(p);
}
