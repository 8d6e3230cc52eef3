# SPDX-License-Identifier: Apache-2.0
"""What one request costs: round trips of each kind, for one program and several, beside programs that compute."""
import contextlib
import os
import shutil

from measure import fresh_ext4, median, run, settle, table

KINDS = ("lookup", "getattr", "read", "create")
# Programs that ask, and others that compute meanwhile.
LOADS = ((1, 0), (2, 0), (4, 0), (1, 1), (1, 2), (1, 4))
COUNT = 2000
AUTOGROUP = "/proc/sys/kernel/sched_autogroup_enabled"


def ask(program, kind, place, load):
    """-> microseconds a request in the mean, the longest, and how often a program was moved."""
    words = run(program, kind, place, str(load[0]), str(load[1]), str(COUNT)).split()
    values = dict(zip(words[::2], words[1::2]))
    return float(values["mean"]), float(values["longest"]), float(values["moves"])


def mounters(micafs, place, point):
    directories = "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work" % (place, place, place)
    sides = {
        "kernel overlayfs": ("mount", "-t", "overlay", "overlay", "-o", directories, point),
        "fuse-overlayfs": ("fuse-overlayfs", "-o", directories, point),
    }
    for way in ("look", "follow", "auto"):
        sides["micafs, wakeup=" + way] = (micafs, "-o", "%s,wakeup=%s" % (directories, way), point)
    return sides


@contextlib.contextmanager
def autogroup(value):
    """Whether each session is a scheduling group of its own (1), or all processes are in one (0)."""
    with open(AUTOGROUP, encoding="ascii") as file:
        before = file.read()
    try:
        with open(AUTOGROUP, "w", encoding="ascii") as file:
            file.write(value)
        yield
    finally:
        with open(AUTOGROUP, "w", encoding="ascii") as file:
            file.write(before)


def one_side(program, command, place, point, found, name):
    for directory in ("upper", "work"):
        shutil.rmtree("%s/%s" % (place, directory), ignore_errors=True)
        os.makedirs("%s/%s" % (place, directory))
    run(*command)
    try:
        settle()
        for kind in KINDS:
            for load in LOADS:
                found.setdefault((name, kind, load), []).append(ask(program, kind, point, load))
    finally:
        run("umount", point)


def show(title, found, names):
    for kind in KINDS:
        rows = []
        for name in names:
            cells = []
            for load in LOADS:
                mean, longest, moves = (median([each[i] for each in found[name, kind, load]]) for i in range(3))
                cells.append("%.1f %d %d" % (mean, longest, moves))
            rows.append([name] + cells)
        table("%s, %s: microseconds a request of a program, the longest, moves between processors" % (title, kind),
              [""] + ["%d ask, %d compute" % load for load in LOADS], rows)


def bench_requests(micafs, program, scratch, rounds):
    point = scratch + "/mnt"
    os.makedirs(point, exist_ok=True)
    with open("/proc/loadavg", encoding="ascii") as file:
        print("\nload of the machine before: %s" % file.read().split()[0])
    for kind, what in (("pipe", "anywhere"), ("pipe-one", "on one processor")):
        costs = [ask(program, kind, scratch, (1, 0))[0] for _ in range(rounds)]
        print("a byte there and back through two pipes, processes %s: %.1f us" % (what, median(costs)))
    for title, value in (("each session a scheduling group", "1"), ("one scheduling group", "0")):
        found = {}
        with fresh_ext4(scratch) as place, autogroup(value):
            os.makedirs(place + "/lower")
            with open(place + "/lower/f", "wb") as file:
                file.write(os.urandom(1 << 20))
            for _ in range(rounds):
                for name, command in mounters(micafs, place, point).items():
                    one_side(program, command, place, point, found, name)
        show(title, found, list(mounters("", "", "")))
