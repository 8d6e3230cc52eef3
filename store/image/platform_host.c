/* SPDX-License-Identifier: Apache-2.0 */
/* This machine's platform. */
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>

#include "image/platform.h"
#include "image/platform_name.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

#define V2                                                                                                   \
    (1u << 0 /* SSE3 */ | 1u << 9 /* SSSE3 */ | 1u << 13 /* CMPXCHG16B */ | 1u << 19 /* SSE4.1 */ |          \
     1u << 20 /* SSE4.2 */ | 1u << 23 /* POPCNT */)
#define V2_EXTENDED (1u << 0 /* LAHF */)
#define V3                                                                                                   \
    (1u << 12 /* FMA */ | 1u << 22 /* MOVBE */ | 1u << 27 /* OSXSAVE */ | 1u << 28 /* AVX */ |               \
     1u << 29 /* F16C */)
#define V3_LEAF7    (1u << 3 /* BMI1 */ | 1u << 5 /* AVX2 */ | 1u << 8 /* BMI2 */)
#define V3_EXTENDED (1u << 5 /* LZCNT */)
#define V3_STATE    UINT64_C(0x06) /* state that the kernel must save: XMM, YMM */
#define V4_LEAF7                                                                                             \
    (1u << 16 /* AVX512F */ | 1u << 17 /* DQ */ | 1u << 28 /* CD */ | 1u << 30 /* BW */ | 1u << 31 /* VL */)
#define V4_STATE UINT64_C(0xe6) /* also masks, ZMM */

int amd64_level(const struct amd64_registers *r)
{
    if ((r->leaf1_ecx & V2) != V2 || !(r->extended1_ecx & V2_EXTENDED))
        return 1;
    if ((r->leaf1_ecx & V3) != V3 || (r->leaf7_ebx & V3_LEAF7) != V3_LEAF7 ||
        !(r->extended1_ecx & V3_EXTENDED) || (r->xcr0 & V3_STATE) != V3_STATE)
        return 2;
    return (r->leaf7_ebx & V4_LEAF7) == V4_LEAF7 && (r->xcr0 & V4_STATE) == V4_STATE ? 4 : 3;
}

#ifdef __x86_64__
static void find_level(struct platform *p)
{
    struct amd64_registers r = {0};
    uint32_t a, b, c, d, low = 0, high = 0;

    if (__get_cpuid(1, &a, &b, &c, &d))
        r.leaf1_ecx = c;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d))
        r.leaf7_ebx = b;
    if (__get_cpuid(0x80000001, &a, &b, &c, &d))
        r.extended1_ecx = c;
    if (r.leaf1_ecx & 1u << 27)
        __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    r.xcr0 = (uint64_t)high << 32 | low;
    snprintf(p->variant, sizeof(p->variant), "v%d", amd64_level(&r));
}
#else
/* uname(2) names the level of arm; arm64 levels above v8 are not detected, because images are not built
 * for them. */
static void find_level(struct platform *p)
{
    (void)p;
}
#endif

/* Some arm64 processors cannot run 32-bit programs: the kernel then refuses the 32-bit personality. */
static bool runs_32(void)
{
#ifdef __aarch64__
    int before = personality(0xffffffff);
    bool runs = before >= 0 && personality(PER_LINUX32) >= 0;

    if (runs)
        (void)personality((unsigned long)before);
    return runs;
#else
    return true;
#endif
}

void platform_host(struct platform *ret)
{
    struct utsname u;

    *ret = (struct platform){.os = "linux", .runs_32 = runs_32()};
    if (uname(&u) < 0)
        return;
    snprintf(ret->arch, sizeof(ret->arch), "%.31s", u.machine);
    platform_normalize(ret);
    if (strcmp(ret->arch, "amd64") == 0)
        find_level(ret);
}
