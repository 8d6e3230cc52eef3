/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of config.json that isolate a container from the machine. */
#include "bundle/spec_guard.h"

#include <errno.h>

#include "image/json_text.h"

static json_t *list(const char *const *words)
{
    cleanup_json json_t *array = json_array();
    int r = array ? 0 : -ENOMEM;

    for (; r == 0 && *words; words++)
        r = json_text_append(array, json_string(*words));
    return r == 0 ? json_incref(array) : NULL;
}

bundle_caps bundle_spec_caps(const struct bundle_wish *w)
{
    return w->has_caps ? w->caps : bundle_caps_default();
}

static json_t *caps_list(bundle_caps set)
{
    const char *names[BUNDLE_CAPS_MAX + 1];

    bundle_caps_names(set, names);
    return list(names);
}

/* A user other than root has the capabilities added by name only, and can gain others through set-user-ID
 * programs. */
json_t *spec_capabilities(const struct bundle_wish *w, bool root)
{
    bundle_caps bound = bundle_spec_caps(w), now = root ? bound : w->ambient & bound;

    if (root || now == 0)
        return json_pack("{s:o, s:o, s:o}", "bounding", caps_list(bound), "effective", caps_list(now),
                         "permitted", caps_list(now));
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "bounding", caps_list(bound), "effective", caps_list(now),
                     "permitted", caps_list(now), "inheritable", caps_list(now), "ambient", caps_list(now));
}

json_t *spec_namespaces(const struct bundle_spec *s)
{
    cleanup_json json_t *spaces = json_array();
    const char *const kinds[] = {"pid",
                                 "mount",
                                 "ipc",
                                 "uts",
                                 "cgroup",
                                 s->n_uids > 0 ? "user" : NULL,
                                 s->wish->host_network ? NULL : "network"};

    int r = spaces ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i])
            r = json_text_append(spaces, json_pack("{s:s}", "type", kinds[i]));
    return r == 0 ? json_incref(spaces) : NULL;
}

/* In /sys, mask information on this machine and the mount points of the kernel's other file systems. */
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

/* A device on a read-only mount stays readable and writable; its mode and owner cannot change. */
json_t *spec_read_only_paths(const struct bundle_spec *s)
{
    static const char *const paths[] = {
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
    };
    static const char *const devices[] = {
        "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", NULL,
    };
    cleanup_json json_t *all = list(paths);
    int r = all ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && s->host_devices && devices[i]; i++)
        r = json_text_append(all, json_string(devices[i]));
    return r == 0 ? json_incref(all) : NULL;
}
