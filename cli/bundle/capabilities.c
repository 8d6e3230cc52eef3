/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>

static const struct {
    const char *name;
    int number;
} known[] = {
    {"CAP_AUDIT_CONTROL", CAP_AUDIT_CONTROL},
    {"CAP_AUDIT_READ", CAP_AUDIT_READ},
    {"CAP_AUDIT_WRITE", CAP_AUDIT_WRITE},
    {"CAP_BLOCK_SUSPEND", CAP_BLOCK_SUSPEND},
    {"CAP_BPF", CAP_BPF},
    {"CAP_CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE},
    {"CAP_CHOWN", CAP_CHOWN},
    {"CAP_DAC_OVERRIDE", CAP_DAC_OVERRIDE},
    {"CAP_DAC_READ_SEARCH", CAP_DAC_READ_SEARCH},
    {"CAP_FOWNER", CAP_FOWNER},
    {"CAP_FSETID", CAP_FSETID},
    {"CAP_IPC_LOCK", CAP_IPC_LOCK},
    {"CAP_IPC_OWNER", CAP_IPC_OWNER},
    {"CAP_KILL", CAP_KILL},
    {"CAP_LEASE", CAP_LEASE},
    {"CAP_LINUX_IMMUTABLE", CAP_LINUX_IMMUTABLE},
    {"CAP_MAC_ADMIN", CAP_MAC_ADMIN},
    {"CAP_MAC_OVERRIDE", CAP_MAC_OVERRIDE},
    {"CAP_MKNOD", CAP_MKNOD},
    {"CAP_NET_ADMIN", CAP_NET_ADMIN},
    {"CAP_NET_BIND_SERVICE", CAP_NET_BIND_SERVICE},
    {"CAP_NET_BROADCAST", CAP_NET_BROADCAST},
    {"CAP_NET_RAW", CAP_NET_RAW},
    {"CAP_PERFMON", CAP_PERFMON},
    {"CAP_SETFCAP", CAP_SETFCAP},
    {"CAP_SETGID", CAP_SETGID},
    {"CAP_SETPCAP", CAP_SETPCAP},
    {"CAP_SETUID", CAP_SETUID},
    {"CAP_SYSLOG", CAP_SYSLOG},
    {"CAP_SYS_ADMIN", CAP_SYS_ADMIN},
    {"CAP_SYS_BOOT", CAP_SYS_BOOT},
    {"CAP_SYS_CHROOT", CAP_SYS_CHROOT},
    {"CAP_SYS_MODULE", CAP_SYS_MODULE},
    {"CAP_SYS_NICE", CAP_SYS_NICE},
    {"CAP_SYS_PACCT", CAP_SYS_PACCT},
    {"CAP_SYS_PTRACE", CAP_SYS_PTRACE},
    {"CAP_SYS_RAWIO", CAP_SYS_RAWIO},
    {"CAP_SYS_RESOURCE", CAP_SYS_RESOURCE},
    {"CAP_SYS_TIME", CAP_SYS_TIME},
    {"CAP_SYS_TTY_CONFIG", CAP_SYS_TTY_CONFIG},
    {"CAP_WAKE_ALARM", CAP_WAKE_ALARM},
};
#define N_KNOWN (sizeof known / sizeof *known)

static bundle_caps bit(int number)
{
    return UINT64_C(1) << number;
}

static bool is_named(size_t i, const char *text, size_t len)
{
    const char *name = known[i].name, *bare = name + strlen("CAP_");

    return (strlen(name) == len && strncasecmp(name, text, len) == 0) ||
           (strlen(bare) == len && strncasecmp(bare, text, len) == 0);
}

/* podman's default set: enough for a package manager and for a service that changes its user. */
bundle_caps bundle_caps_default(void)
{
    static const int numbers[] = {CAP_CHOWN,   CAP_DAC_OVERRIDE,     CAP_FOWNER,    CAP_FSETID,
                                  CAP_KILL,    CAP_NET_BIND_SERVICE, CAP_SETFCAP,   CAP_SETGID,
                                  CAP_SETPCAP, CAP_SETUID,           CAP_SYS_CHROOT};
    bundle_caps set = 0;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        set |= bit(numbers[i]);
    return set;
}

bundle_caps bundle_caps_here(void)
{
    bundle_caps set = 0;

    for (size_t i = 0; i < N_KNOWN; i++)
        if (prctl(PR_CAPBSET_READ, known[i].number, 0, 0, 0) == 1)
            set |= bit(known[i].number);
    return set;
}

int bundle_caps_parse(const char *text, bundle_caps all, bundle_caps *set, struct err *err)
{
    for (const char *at = text; *at || at == text;) {
        size_t len = strcspn(at, ","), i = 0;

        if (len == 3 && strncasecmp(at, "all", 3) == 0) {
            *set |= all;
        } else {
            while (i < N_KNOWN && !is_named(i, at, len))
                i++;
            if (i == N_KNOWN)
                return err_set(err, EINVAL, "unknown capability \"%.*s\"; capabilities(7) lists them",
                               (int)len, at);
            *set |= bit(known[i].number);
        }
        at += len;
        if (*at == ',' && !*++at)
            return err_set(err, EINVAL, "a capability is missing behind the comma");
    }
    return 0;
}

int bundle_caps_merge(bundle_caps all, bundle_caps add, bundle_caps drop, bundle_caps *ret, struct err *err)
{
    bool adds_all = (add & all) == all, drops_all = (drop & all) == all;
    bundle_caps both = adds_all || drops_all ? 0 : add & drop;

    for (size_t i = 0; i < N_KNOWN; i++)
        if (both & bit(known[i].number))
            return err_set(err, EINVAL, "%s cannot be added and dropped", known[i].name);
    if (adds_all && drops_all)
        return err_set(err, EINVAL, "all capabilities cannot be added and dropped");
    *ret = adds_all ? all & ~drop : drops_all ? add : (bundle_caps_default() | add) & ~drop;
    return 0;
}

void bundle_caps_names(bundle_caps set, const char *ret[BUNDLE_CAPS_MAX + 1])
{
    size_t n = 0;

    for (size_t i = 0; i < N_KNOWN; i++)
        if (set & bit(known[i].number))
            ret[n++] = known[i].name;
    ret[n] = NULL;
}
