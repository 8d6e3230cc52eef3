/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms `OS/ARCH[/VARIANT]` (image-spec image-index.md; names of Go's GOOS and GOARCH). Pure, but for
 * platform_host. */
#ifndef MICA_IMAGE_PLATFORM_H
#define MICA_IMAGE_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "os/err.h"

struct platform {
    char os[32], arch[32], variant[32]; /* empty = not said */
    /* Of an image. */
    char os_version[32]; /* cut off where it is longer */
    bool os_features;    /* it asks for some */
    /* Of a machine: it runs programs of 32 bits, too. */
    bool runs_32;
};

/* This machine: its variant is the highest level that its processor has. */
void platform_host(struct platform *ret);
int platform_parse(const char *s, struct platform *ret, struct err *err);

/* How far an image of `have` is from what is best for `want`: 0 is the nearest, -1 does not run on it. Names
 * of architectures are taken in all their forms. A variant also runs what was built for earlier ones: arm v7
 * runs v6 and v5, amd64 v3 runs v2 and v1, arm64 v9.1 runs v9 and v8.6; none said means amd64 v1, arm v7,
 * arm64 v8, as containerd has it. Among images of one level those are nearer that ask for no features of an
 * OS, then those that say just what is wanted, then those that say a variant at all. */
int platform_distance(const struct platform *have, const struct platform *want);
bool platform_matches(const struct platform *have, const struct platform *want);
/* Less than 0 when `a` is to be tried before `b`: by distance (of images that run), and by the version of the
 * OS: none is first, but on Windows the newest. */
int platform_compare(const struct platform *a, const struct platform *b, const struct platform *want);

const char *platform_string(const struct platform *p, char buf[100]);

/* The level of amd64, 1 to 4, that these registers show (psABI for x86-64, section 3.1.1). */
struct amd64_registers {
    uint32_t leaf1_ecx, leaf7_ebx, extended1_ecx; /* cpuid(1), cpuid(7, 0), cpuid(0x80000001) */
    uint64_t xcr0;                                /* xgetbv(0); 0 without OSXSAVE */
};
int amd64_level(const struct amd64_registers *r);

#endif
