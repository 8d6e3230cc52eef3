#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What podman gives a container by default and what mica does, as lines: those that only one of them has must be just the
deliberate differences below. A newer podman's new default makes this fail, with the line.

    compare_podman.py PODMAN-CONFIG.JSON MICA-CONFIG.JSON MICA-CONFIG.JSON-WITH-NETWORK-HOST
"""
import json
import re
import sys

# ("podman" or "mica": who has it, pattern of the whole line, why)
DELIBERATE = [
    ("mica", "read-only /dev/(full|null|random|tty|urandom|zero)", "ids are as they are, so the container's root owns them"),
    ("mica", "namespace user", "root's container has no power over the machine"),
    ("mica", "namespace cgroup", "podman has it with control groups of version 2"),
    ("mica", "masked /proc/asound", "podman has it read-only"),
    ("podman", "read-only /proc/asound", "masked"),
    ("mica", "masked /sys/fs/cgroup", "podman mounts the container's group there, read-only"),
    ("podman", "mount /sys/fs/cgroup .*", "masked"),
    ("mica", "masked /sys/kernel/(config|debug|security|tracing)", "nothing of a container's is there"),
    ("mica", "masked /sys/fs/(bpf|fuse/connections|pstore|resctrl|smackfs)", "nothing of a container's is there"),
    ("mica", "masked /sys/devices/virtual/powercap", "podman has it since 4.7"),
    ("podman", "mount /run/.containerenv .*", "mica says container=mica in the environment"),
    ("podman", "mount /etc/resolv.conf .*", "of a container without a network podman mounts none"),
    ("mica", "mount /etc/resolv.conf .*", "an empty one, so that who asks is answered at once"),
    ("mica", "mount /etc/(hosts|hostname) (nosuid|nodev|noexec)", "they are text"),
    ("podman", "mount /dev/shm (bind|rprivate)", "a tmpfs of the container's own"),
    ("mica", "mount /dev/shm (mode=1777|size=65536k)", "podman's own has these, too"),
    ("podman", "sysctl net.ipv4.ping_group_range 0 0", "there is no network to ping"),
    ("podman", "rlimit RLIMIT_(NOFILE|NPROC)", "the caller's are kept, and --pids-limit sees to processes"),
    ("podman", "device rule .*", "in a user namespace no device can be made, and an image's are not usable"),
    ("podman", "environment TERM", "only with a terminal"),
    ("mica", "environment APP", "the image's"),
    ("podman", "annotation .*", "podman's own"),
]


def lines(spec, seccomp):
    process, linux = spec["process"], spec["linux"]
    found = {"namespace " + n["type"] for n in linux["namespaces"]}
    found |= {"masked " + p for p in linux["maskedPaths"]} | {"read-only " + p for p in linux["readonlyPaths"]}
    for kind, names in process["capabilities"].items():
        found |= {"capability %s %s" % (kind, name) for name in names}
    found |= {"rlimit " + r["type"] for r in process.get("rlimits", [])}
    found |= {"sysctl %s %s" % pair for pair in linux.get("sysctl", {}).items()}
    found |= {"annotation " + key for key in spec.get("annotations", {})}
    found |= {"environment " + e.split("=")[0] for e in process["env"] if e.split("=")[0] not in ("container", "HOME")}
    for mount in spec["mounts"]:
        found |= {"mount %s %s" % (mount["destination"], option) for option in mount["options"]}
        found.add("mount %s on its own" % mount["destination"])
    resources = linux.get("resources", {})
    found |= {"device rule %s" % json.dumps(d) for d in resources.get("devices", [])}
    found.add("processes %s" % resources.get("pids", {}).get("limit"))
    found.add("umask %s" % process["user"]["umask"])
    found.add("no new privileges %s" % process.get("noNewPrivileges", False))
    for key, value in seccomp.items():
        if key != "syscalls":
            found.add("system calls: %s %s" % (key, value))
    for rule in seccomp["syscalls"]:
        how = " ".join(str(rule.get(key, "")) for key in ("action", "errnoRet"))
        args = sorted((a["index"], a["value"], a.get("valueTwo", 0), a["op"]) for a in rule.get("args") or [])
        found |= {"system call %s %s %s" % (name, how, args or "") for name in rule["names"]}
    return found


def main():
    podman, mica, host = (json.load(open(path)) for path in sys.argv[1:4])
    left, right = lines(podman, podman["linux"]["seccomp"]), lines(mica, host["linux"]["seccomp"])
    wrong = []
    for who, line in [("podman", x) for x in left - right] + [("mica", x) for x in right - left]:
        if not any(d[0] == who and re.fullmatch(d[1], line) for d in DELIBERATE):
            wrong.append("only %s has: %s" % (who, line))
    print("\n".join(sorted(wrong)))
    sys.exit(1 if wrong else 0)


main()
