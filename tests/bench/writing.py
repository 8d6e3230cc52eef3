# SPDX-License-Identifier: Apache-2.0
"""Work inside a writable mount, the same on kernel overlayfs, fuse-overlayfs and micafs, each over the same lower directory."""
import io
import json
import os
import shutil
import tarfile

from measure import fresh_ext4, median, run, settle, table, timed, warm

SMALL, LARGE, SOURCES = 20000, 2000, 60

FIO = "fio --name=x --filename={m}/%s --size=1g --ioengine=psync --output-format=json --rw=%s --bs=4k --number_ios=20000"

# What is measured, in this order: a name, and a line for the shell ({m}: the mount, {s}: where the sources are).
WORK = (
    ("stat walk of 20,000 files below", "find {m}/small -size +1G"),
    ("1 GiB below read", "cat {m}/below >/dev/null"),
    ("20,000 random reads of 4 KiB below", FIO % ("below2", "randread")),
    ("untar of 20,000 files of 3 KiB", "mkdir {m}/new && tar -xf {s}/small.tar -C {m}/new"),
    ("stat walk of them", "find {m}/new -size +1G"),
    ("read all of them", "cat {m}/new/*/* >/dev/null"),
    ("stat walk again", "find {m}/new -size +1G"),
    ("rm -rf of them", "rm -rf {m}/new"),
    ("build of a C project", "make -s -C {m}/project"),
    ("first write to 2,000 files of 100 KiB", "for f in {m}/large/*; do echo >>$f; done"),
    ("chown -R of 20,000 files below", "chown -R 7:7 {m}/small"),
    ("git status, 20,000 files", "git -C {m}/repo status --short"),
    ("rm -rf of 20,000 files below", "rm -rf {m}/small"),
    ("1 GiB written", "dd if=/dev/zero of={m}/big bs=1M count=1024 status=none"),
    ("1 GiB read after that", "cat {m}/big >/dev/null"),
    ("20,000 random reads of 4 KiB", FIO % ("big", "randread")),
    ("20,000 random writes of 4 KiB", FIO % ("big", "randwrite")),
)


def make_small_tar(path):
    with tarfile.open(path, "w") as tar:
        for number in range(SMALL):
            if number % 250 == 0:
                directory = tarfile.TarInfo("d%d" % (number // 250))
                directory.type, directory.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(directory)
            member = tarfile.TarInfo("d%d/f%d" % (number // 250, number))
            member.size, member.mode, member.mtime = 3000, 0o644, 1600000000
            tar.addfile(member, io.BytesIO(os.urandom(3000)))


def make_project(path):
    os.makedirs(path)
    names = ["part%d" % number for number in range(SOURCES)]
    for name in names:
        with open("%s/%s.c" % (path, name), "w", encoding="ascii") as file:
            file.write("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint %s(int n);\n" % name)
            file.write("int %s(int n) { char b[64]; return snprintf(b, sizeof b, \"%%d\", n) + (int)strlen(b); }\n" % name)
    with open(path + "/Makefile", "w", encoding="ascii") as file:
        file.write("all: lib.a\nlib.a: %s\n\tar rc $@ $^\n" % " ".join(name + ".o" for name in names))


def make_lower(lower, small_tar):
    """What all the mounts stand on."""
    os.makedirs(lower + "/small")
    run("tar", "-xf", small_tar, "-C", lower + "/small")
    os.makedirs(lower + "/large")
    for number in range(LARGE):
        with open("%s/large/%d" % (lower, number), "wb") as file:
            file.write(os.urandom(100 << 10))
    for name in ("below", "below2"):
        run("dd", "if=/dev/urandom", "of=%s/%s" % (lower, name), "bs=1M", "count=1024")
    make_project(lower + "/project")
    os.makedirs(lower + "/repo")
    run("tar", "-xf", small_tar, "-C", lower + "/repo")
    git = ("git", "-C", lower + "/repo", "-c", "user.name=x", "-c", "user.email=x@localhost", "-c", "gc.auto=0")
    run(*git, "init", "-q")
    run(*git, "add", ".")
    run(*git, "commit", "-q", "-m", "all")


def mounters(micafs, place, point):
    directories = "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work" % (place, place, place)
    branch = directories + ",redirect_dir=on,metacopy=on"
    return {
        "kernel overlayfs": ("mount", "-t", "overlay", "overlay", "-o", directories, point),
        "fuse-overlayfs": ("fuse-overlayfs", "-o", directories, point),
        "micafs": (micafs, "-o", directories, point),
        "micafs as a branch": (micafs, "-o", branch, point),
        "micafs, passthrough=on": (micafs, "-o", directories + ",passthrough=on", point),
    }


def seconds_of(line):
    """How long a line for the shell took; of fio only its calls: it takes longer to start than they do."""
    if not line.startswith("fio "):
        return timed("bash", "-c", "set -e; " + line).seconds
    job = json.loads(run("bash", "-c", line))["jobs"][0]
    return (job["read"]["runtime"] + job["write"]["runtime"]) / 1000


def one_round(name, micafs, scratch, place, times):
    point = scratch + "/mnt"
    for directory in ("upper", "work"):
        shutil.rmtree("%s/%s" % (place, directory), ignore_errors=True)
        os.makedirs("%s/%s" % (place, directory))
    run(*mounters(micafs, place, point)[name])
    try:
        for work, line in WORK:
            settle()
            times.setdefault((name, work), []).append(seconds_of(line.format(m=point, s=scratch)))
    finally:
        run("umount", point)


def bench_write(micafs, scratch, rounds):
    os.makedirs(scratch + "/mnt", exist_ok=True)
    make_small_tar(scratch + "/small.tar")
    times, names = {}, list(mounters("", "", ""))
    for _ in range(rounds):
        for name in names:
            with fresh_ext4(scratch, 8192) as place:
                make_lower(place + "/lower", scratch + "/small.tar")
                warm(place + "/lower")
                one_round(name, micafs, scratch, place, times)
    rows = [[work] + ["%.2f" % median(times[name, work]) for name in names] for work, _ in WORK]
    table("work in a writable mount, seconds", [""] + names, rows)
    mine = names[2:]
    rows = [[work] + ["%.2f" % (median(times[name, work]) / median(times[other, work])) for name in mine for other in names[:2]]
            for work, _ in WORK]
    table("ratios (below 1: mica is faster)", [""] + ["%s / %s" % (name, other) for name in mine for other in names[:2]], rows)
