/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a container apart from the machine. */
#include "bundle/spec_parts.h"

static json_t *list(const char *const *words)
{
    json_t *array = json_array();

    for (; array && *words; words++)
        json_array_append_new(array, json_string(*words));
    return array;
}

/* As podman's, and in its order: enough for a package manager and for a service that changes its user. */
const char *const bundle_capabilities[] = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FOWNER",  "CAP_FSETID", "CAP_KILL",       "CAP_NET_BIND_SERVICE",
    "CAP_SETFCAP", "CAP_SETGID",       "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT", NULL,
};

/* Somebody else than root can get them through set-user-ID programs. */
json_t *spec_capabilities(bool root)
{
    static const char *const none[] = {NULL};
    const char *const *now = root ? bundle_capabilities : none;

    return json_pack("{s:o, s:o, s:o}", "bounding", list(bundle_capabilities), "effective", list(now),
                     "permitted", list(now));
}

json_t *spec_namespaces(const struct bundle_spec *s)
{
    json_t *spaces = json_array();
    const char *const kinds[] = {"pid",
                                 "mount",
                                 "ipc",
                                 "uts",
                                 "cgroup",
                                 s->n_uids > 0 ? "user" : NULL,
                                 s->wish->host_network ? NULL : "network"};

    for (size_t i = 0; spaces && i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i])
            json_array_append_new(spaces, json_pack("{s:s}", "type", kinds[i]));
    return spaces;
}

/* In /sys, beside what is of this machine, the places where the kernel wants its other file systems mounted.
 */
json_t *spec_masked_paths(void)
{
    static const char *const paths[] = {
        "/proc/acpi",
        "/proc/asound",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/dev/block",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
        "/sys/fs/selinux",
        "/sys/fs/cgroup",
        "/sys/fs/bpf",
        "/sys/fs/fuse/connections",
        "/sys/fs/pstore",
        "/sys/fs/resctrl",
        "/sys/fs/smackfs",
        "/sys/kernel/config",
        "/sys/kernel/debug",
        "/sys/kernel/security",
        "/sys/kernel/tracing",
        NULL,
    };
    return list(paths);
}

/* A device can be read and written on a read-only mount; its mode and owner cannot be changed there. */
json_t *spec_read_only_paths(const struct bundle_spec *s)
{
    static const char *const paths[] = {
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
    };
    static const char *const devices[] = {
        "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", NULL,
    };
    json_t *all = list(paths);

    for (size_t i = 0; all && s->host_devices && devices[i]; i++)
        json_array_append_new(all, json_string(devices[i]));
    return all;
}
