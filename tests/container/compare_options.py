#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the same options make of podman's config.json and of mica's, as lines: capabilities, limits, the process, and what
is mounted where. Those that only one of them has must be just the deliberate differences below.

    compare_options.py PODMAN-CONFIG.JSON MICA-CONFIG.JSON DESTINATION...
"""
import json
import re
import sys

DELIBERATE = [
    ("mica", "mount /(bind|file) (nosuid|nodev|rnosuid|rnodev|rro|bind)", "what comes along has the flags, too"),
    ("podman", "mount /file rbind", "of a file there is nothing beneath"),
    ("podman", "mount /bind rw", "what is not said of mica's"),
    ("podman", "rlimit RLIMIT_(NOFILE|NPROC) .*", "podman's own defaults"),
    ("podman", "argument /run/podman-init", "another place of the same program"),
    ("mica", "argument /dev/.mica/init", "another place of the same program"),
]


def lines(spec, destinations):
    process = spec["process"]
    found = {"argument " + word for word in process["args"]}
    for kind, names in process["capabilities"].items():
        found |= {"capability %s %s" % (kind, name) for name in names or []}
    found |= {"rlimit %s %s %s" % (r["type"], r["soft"], r["hard"]) for r in process.get("rlimits", [])}
    for mount in spec["mounts"]:
        if mount["destination"] in destinations:
            found |= {"mount %s %s" % (mount["destination"], option) for option in mount["options"]}
            found.add("mount %s of type %s" % (mount["destination"], mount["type"]))
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as one, open(sys.argv[2], encoding="utf-8") as two:
        podman, mica = (lines(json.load(file), sys.argv[3:]) for file in (one, two))
    wrong = 0
    for who, only in (("podman", podman - mica), ("mica", mica - podman)):
        for line in sorted(only):
            if not any(who == w and re.fullmatch(pattern, line) for w, pattern, _ in DELIBERATE):
                print("only %s has: %s" % (who, line))
                wrong += 1
    if not podman & mica:
        print("they have nothing in common")
        wrong += 1
    sys.exit(bool(wrong))


main()
