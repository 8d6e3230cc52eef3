/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a container apart from the machine. */
#include <string.h>
#include <sys/utsname.h>

#include "bundle/spec_parts.h"

static json_t *list(const char *const *words)
{
    json_t *array = json_array();

    for (; array && *words; words++)
        json_array_append_new(array, json_string(*words));
    return array;
}

/* As podman's: enough for a package manager and for a service that changes its user. */
static const char *const capabilities[] = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FOWNER",  "CAP_FSETID", "CAP_KILL",       "CAP_NET_BIND_SERVICE",
    "CAP_SETFCAP", "CAP_SETGID",       "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT", NULL,
};

/* Somebody else than root can get them through set-user-ID programs. */
json_t *spec_capabilities(bool root)
{
    static const char *const none[] = {NULL};
    const char *const *now = root ? capabilities : none;

    return json_pack("{s:o, s:o, s:o}", "bounding", list(capabilities), "effective", list(now), "permitted",
                     list(now));
}

json_t *spec_namespaces(const struct bundle_spec *s)
{
    json_t *spaces = json_array();
    const char *const kinds[] = {"pid",
                                 "mount",
                                 "ipc",
                                 "uts",
                                 s->n_uids > 0 ? "user" : NULL,
                                 s->wish->host_network ? NULL : "network"};

    for (size_t i = 0; spaces && i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i])
            json_array_append_new(spaces, json_pack("{s:s}", "type", kinds[i]));
    return spaces;
}

json_t *spec_masked_paths(void)
{
    static const char *const paths[] = {
        "/proc/acpi",          "/proc/asound",      "/proc/kcore",          "/proc/keys",
        "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",           "/proc/timer_list",
        "/proc/timer_stats",   "/sys/dev/block",    "/sys/firmware",        "/sys/fs/selinux",
        "/sys/fs/cgroup",      "/sys/kernel/debug", "/sys/kernel/security", NULL,
    };
    return list(paths);
}

json_t *spec_read_only_paths(void)
{
    static const char *const paths[] = {
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
    };
    return list(paths);
}

/* ---- system calls */

/*
 * Calls that take capabilities which the container has not, or reach what no namespace holds (keyrings), or
 * were the way out of containers more than once (new user namespaces, and what is a rare guest in them).
 */
static const char *const refused[] = {
    "acct",
    "add_key",
    "bpf",
    "clock_adjtime",
    "clock_settime",
    "delete_module",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mount",
    "mount_setattr",
    "move_mount",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pivot_root",
    "quotactl",
    "quotactl_fd",
    "reboot",
    "request_key",
    "setdomainname",
    "sethostname",
    "setns",
    "settimeofday",
    "stime",
    "swapoff",
    "swapon",
    "syslog",
    "umount",
    "umount2",
    "unshare",
    "userfaultfd",
    "vhangup",
    NULL,
};

#define NEW_USER_NAMESPACE 0x10000000 /* CLONE_NEWUSER */

/* The machine's other ways of making calls must be named, or they would kill the caller. */
static const char *const *architectures(void)
{
    static const char *const x86[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", NULL};
    static const char *const arm[] = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", NULL};
    static const char *const only_its_own[] = {NULL};
    struct utsname u;

    if (uname(&u) < 0)
        return only_its_own;
    return strcmp(u.machine, "x86_64") == 0 ? x86 : strcmp(u.machine, "aarch64") == 0 ? arm : only_its_own;
}

json_t *spec_seccomp(void)
{
    /* clone3 has its flags where a filter cannot see them; without it, libraries use clone (ENOSYS 38). */
    return json_pack("{s:s, s:o, s:[{s:o, s:s, s:i}, {s:[s], s:s, s:i, s:[{s:i, s:I, s:I, s:s}]}, "
                     "{s:[s], s:s, s:i}]}",
                     "defaultAction", "SCMP_ACT_ALLOW", "architectures", list(architectures()), "syscalls",
                     "names", list(refused), "action", "SCMP_ACT_ERRNO", "errnoRet", 1, "names", "clone",
                     "action", "SCMP_ACT_ERRNO", "errnoRet", 1, "args", "index", 0, "value",
                     (json_int_t)NEW_USER_NAMESPACE, "valueTwo", (json_int_t)NEW_USER_NAMESPACE, "op",
                     "SCMP_CMP_MASKED_EQ", "names", "clone3", "action", "SCMP_ACT_ERRNO", "errnoRet", 38);
}
