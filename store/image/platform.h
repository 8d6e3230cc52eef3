/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms `OS/ARCH[/VARIANT]` (image-spec image-index.md; names of Go's GOOS and GOARCH). Pure, except
 * platform_host (platform_host.c). */
#ifndef MICA_IMAGE_PLATFORM_H
#define MICA_IMAGE_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "os/err.h"

struct platform {
    char os[32], arch[32], variant[32]; /* empty = not given */
    /* Of an image: */
    char os_version[32]; /* truncated if longer */
    bool os_features;    /* the image requires OS features */
    /* Of a machine: it also runs 32-bit programs. */
    bool runs_32;
};

/* Gets this machine's platform; the variant is the highest level that its processor supports. */
void platform_host(struct platform *ret);
int platform_parse(const char *s, struct platform *ret, struct err *err);

/* Returns the distance of an image of `have` from the best one for `want`: 0 is the nearest, -1 does not
 * run. Accepts all forms of architecture names. A variant also runs images of earlier ones: arm v7 runs v6
 * and v5, amd64 v3 runs v2 and v1, arm64 v9.1 runs v9 and v8.6; no variant means amd64 v1, arm v7, arm64
 * v8, as in containerd. Among images of one level, those without required OS features are nearer, then
 * exact matches, then those that give a variant. */
int platform_distance(const struct platform *have, const struct platform *want);
bool platform_matches(const struct platform *have, const struct platform *want);
/* Returns less than 0 if `a` is to be tried before `b`. Orders by distance (both images run), then by OS
 * version: none first, but on Windows the newest. */
int platform_compare(const struct platform *a, const struct platform *b, const struct platform *want);

const char *platform_string(const struct platform *p, char buf[100]);

/* Returns the level of amd64, 1 to 4, from these registers (psABI for x86-64, section 3.1.1). */
struct amd64_registers {
    uint32_t leaf1_ecx, leaf7_ebx, extended1_ecx; /* cpuid(1), cpuid(7, 0), cpuid(0x80000001) */
    uint64_t xcr0;                                /* xgetbv(0); 0 without OSXSAVE */
};
int amd64_level(const struct amd64_registers *r);

#endif
