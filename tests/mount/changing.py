#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes live lower directories under a mount, and compares what the mount shows.

    changing.py prepare BASE          makes BASE/top and BASE/bottom, and in both a directory for each row of the table
    changing.py rows BASE MOUNT       MOUNT is of the two, with timeout=0: looks at all, changes all, and looks again
    changing.py branch BASE MOUNT     the same where MOUNT has a branch, which changes some before
    changing.py shown BASE MOUNT      a new mount of them, the kernel's, shows the same
    changing.py listed BASE MOUNT     MOUNT has a branch and keeps names for good: listings follow the changes all the same
    changing.py steady BASE MOUNT [reopen]
                                      a listing that is going on stays right while names come and go
    changing.py memory BASE MOUNT PID what the daemon keeps does not grow with the changes
"""
import ctypes
import os
import random
import shutil
import stat
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
CLOCK_REALTIME_COARSE = 5
SYS_GETDENTS64 = {"x86_64": 217, "aarch64": 61}[os.uname().machine]
OPAQUE = "user.overlay.opaque"
NO_KERNEL = "the form is not the kernel's"
NEXT_MOUNT = "a later mount merges the directories"

# (name, what is there first, what is looked at and shown then, the changes, what is shown then, why a mount of the kernel's
# shows something else). A step is a
# call and its operands; "m:" is a path in the mount, t: in the top layer, b: in the bottom layer; a file holds its own path.
ROWS = [
    ("add_top", "f:t:a f:b:b", "a=t b=b", "f:t:new", "a=t b=b new=t"),
    ("add_bottom", "f:t:a f:b:b", "a=t b=b", "f:b:new", "a=t b=b new=b"),
    ("remove_top", "f:t:a f:t:c f:b:b", "a=t b=b c=t", "rm:t:a", "b=b c=t"),
    ("remove_bottom", "f:t:a f:b:b f:b:c", "a=t b=b c=b", "rm:b:b", "a=t c=b"),
    ("uncover", "f:t:a f:b:a", "a=t", "rm:t:a", "a=b"),
    ("cover", "f:b:a f:t:c", "a=b c=t", "f:t:a", "a=t c=t"),
    ("rename_top", "f:t:a f:b:b", "a=t b=b", "mv:t:a:z", "b=b z=a"),
    ("rename_bottom", "f:t:a f:b:b", "a=t b=b", "mv:b:b:z", "a=t z=b"),
    ("file_to_dir_top", "f:t:a f:b:b", "a=t b=b", "rm:t:a d:t:a f:t:a/x", "a/ a/x=t b=b"),
    ("file_to_dir_bottom", "f:t:a f:b:b", "a=t b=b", "rm:b:b d:b:b f:b:b/x", "a=t b/ b/x=b"),
    ("dir_to_file_top", "d:t:a f:t:a/x f:b:a/y", "a/ a/x=t a/y=b", "rmtree:t:a f:t:a", "a=t"),
    ("dir_to_file_bottom", "d:t:a f:t:a/x f:b:a/y", "a/ a/x=t a/y=b", "rmtree:b:a f:b:a", "a/ a/x=t"),
    ("dir_comes_above", "f:b:a/y", "a/ a/y=b", "f:t:a/x", "a/ a/x=t a/y=b"),
    ("dir_comes_beneath", "f:t:a/x", "a/ a/x=t", "f:b:a/y", "a/ a/x=t a/y=b"),
    ("dir_goes_above", "f:t:a/x f:b:a/y", "a/ a/x=t a/y=b", "rmtree:t:a", "a/ a/y=b"),
    ("dir_goes_beneath", "f:t:a/x f:b:a/y", "a/ a/x=t a/y=b", "rmtree:b:a", "a/ a/x=t"),
    ("other_dir_beneath", "f:t:a/x f:b:a/y", "a/ a/x=t a/y=b", "mv:b:a:o f:b:a/z", "a/ a/x=t a/z=b o/ o/y=a/y"),
    ("whiteout_comes", "f:t:c f:b:a", "a=b c=t", "wh:t:a", "c=t"),
    ("whiteout_replaces", "f:t:a f:b:a", "a=t", "rm:t:a wh:t:a", ""),
    ("whiteout_goes", "wh:t:a f:b:a", "", "rm:t:a", "a=b"),
    ("whiteout_of_a_dir", "f:t:c f:b:a/x", "a/ a/x=b c=t", "wh:t:a", "c=t"),
    ("opaque_comes", "f:t:s/x f:b:s/y", "s/ s/x=t s/y=b", "op:t:s", "s/ s/x=t"),
    ("opaque_goes", "f:t:s/x f:b:s/y op:t:s", "s/ s/x=t", "no:t:s", "s/ s/x=t s/y=b"),
    ("deep", "f:t:d/e/f/x f:b:d/e/f/y", "d/ d/e/ d/e/f/ d/e/f/x=t d/e/f/y=b", "rm:t:d/e/f/x f:b:d/e/f/z",
     "d/ d/e/ d/e/f/ d/e/f/y=b d/e/f/z=b"),
    ("times_set_back", "f:t:a f:b:b", "a=t b=b", "f:b:new old:b:.", "a=t b=b new=b"),
    ("oci_whiteout_comes", "f:t:c f:b:a", "a=b c=t", "f:t:.wh.a", "c=t", NO_KERNEL),
    ("oci_opaque_comes", "f:t:s/x f:b:s/y", "s/ s/x=t s/y=b", "f:t:s/.wh..wh..opq", "s/ s/x=t", NO_KERNEL),
    ("attribute_whiteout_comes", "ox:t:s e:t:s/y f:b:s/x f:b:s/y", "s/ s/x=b s/y=", "wx:t:s/y", "s/ s/x=b", NO_KERNEL),
]
BRANCH_ROWS = [
    ("copied_goes_beneath", "f:t:a f:b:b", "a=t b=b", "ch:m:a ch:m:b rm:t:a rm:b:b", "a=t b=b"),
    ("copied_is_covered", "f:t:c f:b:a", "a=b c=t", "ch:m:a f:t:a", "a=b c=t"),
    ("own_comes_beneath", "f:t:c f:b:b", "b=b c=t", "f:m:a f:b:a f:t:a", "a=m b=b c=t"),
    ("removed_goes_and_comes", "f:t:a f:b:b", "a=t b=b", "rm:m:a rm:t:a f:b:a", "b=b"),
    ("removed_and_others_come", "f:t:a f:b:b", "a=t b=b", "rm:m:b f:b:z", "a=t z=b"),
    ("own_dir", "f:t:c", "c=t", "d:m:s f:m:s/x f:b:s/y", "c=t s/ s/x=m", NEXT_MOUNT),
    ("copied_dir", "f:t:s/x f:b:s/y", "s/ s/x=t s/y=b", "f:m:s/z rm:b:s/y f:t:s/w", "s/ s/w=t s/x=t s/z=m"),
    ("empty_no_more", "d:t:s d:b:s", "s/", "f:b:s/x full:m:s", "s/ s/x=b"),
]
ALL = ROWS + BRANCH_ROWS


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def full(path):
    """Cannot be removed."""
    try:
        os.rmdir(path)
    except OSError as e:
        assert e.strerror == "Directory not empty", e
    else:
        assert False, "removed " + path


STEPS = {
    "d": lambda path, *_: os.makedirs(path),
    "e": lambda path, *_: write(path, ""),
    "rm": lambda path, *_: os.unlink(path),
    "rmtree": lambda path, *_: shutil.rmtree(path),
    "wh": lambda path, *_: os.mknod(path, 0o20644, 0),
    "op": lambda path, *_: os.setxattr(path, OPAQUE, b"y"),
    "ox": lambda path, *_: (os.makedirs(path), os.setxattr(path, OPAQUE, b"x")),
    "wx": lambda path, *_: os.setxattr(path, "user.overlay.whiteout", b""),
    "no": lambda path, *_: os.removexattr(path, OPAQUE),
    "old": lambda path, *_: os.utime(path, (1, 1)),
    "ch": lambda path, *_: os.chmod(path, 0o600),
    "full": full,
}


def do(base, mount, name, steps):
    for step in steps.split():
        call, layer, path, *more = step.split(":")
        inside = os.path.join({"t": base + "/top", "b": base + "/bottom", "m": mount}[layer], name)
        if call == "f":
            write(os.path.join(inside, path), layer)
        elif call == "mv":
            os.rename(os.path.join(inside, path), os.path.join(inside, *more))
        else:
            STEPS[call](os.path.join(inside, path))


def prepare(base):
    for name, before, *_ in ALL:
        for layer in ("top", "bottom"):
            os.makedirs(os.path.join(base, layer, name))
        do(base, None, name, before)


def walk(directory, prefix, said):
    """What names are listed, and what they are when they are looked at; both ways of listing say the same."""
    fd = os.open(directory, os.O_RDONLY)
    listed = sorted(os.listdir(fd))
    os.close(fd)
    types = {e.name: e.is_dir(follow_symlinks=False) for e in os.scandir(directory)}
    assert sorted(types) == listed, (directory, sorted(types), listed)
    for name in listed:
        path = os.path.join(directory, name)
        try:
            st = os.lstat(path)
        except OSError as e:
            said.append(prefix + name + "!" + e.strerror)
            continue
        assert types[name] == stat.S_ISDIR(st.st_mode), (path, oct(st.st_mode))
        if stat.S_ISDIR(st.st_mode):
            said.append(prefix + name + "/")
            walk(path, prefix + name + "/", said)
        else:
            with open(path) as f:
                said.append(prefix + name + "=" + f.read())
    return said


def names_of(text):
    """Names that are asked for: all that the row ever speaks of."""
    return {word.split(":")[2].split("/")[0] for word in text.split()} - {"."} | {"z", "new", "o"}


def expected(text):
    """What a renamed file holds is not said by its name."""
    return sorted(word.split("=")[0] if "=" in word else word for word in text.split())


def held(text):
    return {word.split("=")[0]: word.split("=")[1] for word in text.split() if "=" in word}


def look(mount, row, which, wrong, ask):
    name, text = row[0], row[which]
    directory = os.path.join(mount, name)
    said = walk(directory, "", [])
    seen = sorted(word.split("=")[0] if "=" in word else word for word in said)
    if seen != expected(text):
        wrong.append("%s: %s, expected: %s" % (name, " ".join(said), text))
    for path, content in held(text).items():
        if content in ("t", "b", "m") and path + "=" + content not in said and name.split("_")[0] != "rename":
            wrong.append("%s: %s holds something else: %s" % (name, path, " ".join(said)))
    there = {word.split("=")[0].split("/")[0] for word in text.split()}
    for other in ask - there:
        if os.path.lexists(os.path.join(directory, other)):
            wrong.append("%s: %s is found and not listed" % (name, other))


def check(base, mount, rows):
    wrong, fds = [], []
    for row in rows:
        ask = names_of(row[1] + " " + row[3])
        look(mount, row, 2, wrong, ask)
        fds.append(os.open(os.path.join(mount, row[0]), os.O_RDONLY))  # the kernel knows it all the time
    assert not wrong, "before the changes:\n" + "\n".join(wrong)
    for row in rows:
        do(base, mount, row[0], row[3])
    for row, fd in zip(rows, fds):
        listed = sorted(os.listdir(fd))
        shown = sorted({word.split("=")[0].split("/")[0] for word in row[4].split()})
        if listed != shown:
            wrong.append("%s, opened before: %s, expected: %s" % (row[0], listed, shown))
        look(mount, row, 4, wrong, names_of(row[1] + " " + row[3]))
        os.close(fd)
    assert not wrong, "\n".join(wrong)


def rows(base, mount):
    check(base, mount, ROWS)


def branch(base, mount):
    check(base, mount, ALL)


def names_in(text):
    return sorted({word.split("=")[0].split("/")[0] for word in text.split()})


def tick():
    """Waits until a change has another time than the one before."""
    now = time.clock_gettime(CLOCK_REALTIME_COARSE)
    while time.clock_gettime(CLOCK_REALTIME_COARSE) < now + 0.015:
        os.sched_yield()


def listed(base, mount):
    """Every other directory is read by somebody while it changes, and all are known to the kernel all the time."""
    wrong, fds, others = [], {}, []

    def compare(row, when, text):
        found = sorted(os.listdir(os.path.join(mount, row[0])))
        if found != names_in(text):
            wrong.append("%s, %s: %s, expected: %s" % (row[0], when, found, names_in(text)))

    for i, row in enumerate(ALL):
        compare(row, "before", row[2])
        fds[row[0]] = os.open(os.path.join(mount, row[0]), os.O_RDONLY | os.O_DIRECTORY | (os.O_PATH if i % 2 else 0))
        if not i % 2:
            getdents(fds[row[0]], 300)
    tick()
    for row in ALL:
        do(base, mount, row[0], row[3])
    for i, row in enumerate(ALL):
        compare(row, "after", row[4])
        others.append(os.open(os.path.join(mount, row[0]), os.O_RDONLY))
        os.close(fds.pop(row[0]))
        compare(row, "after its first reader", row[4])
        compare(row, "again", row[4])
    assert not wrong, "\n".join(wrong)
    tick()
    for row, fd in zip(ALL, others):
        write("%s/bottom/%s/later" % (base, row[0]), "b")
        os.close(fd)
        compare(row, "later", row[4] + " later=b")
    assert not wrong, "\n".join(wrong)


def shown(base, mount):
    wrong = []
    for row in ALL if os.path.exists(base + "/up/own_dir") else ROWS:
        if len(row) == 5:
            look(mount, row, 4, wrong, names_of(row[1] + " " + row[3]))
    assert not wrong, "\n".join(wrong)


# ---- a listing that is going on

def getdents(fd, size, buffer=ctypes.create_string_buffer(1 << 20)):
    n = libc.syscall(SYS_GETDENTS64, fd, buffer, size)
    assert n >= 0, os.strerror(ctypes.get_errno())
    data, found, at = buffer[:n], [], 0
    while at < n:
        after, length = struct.unpack_from("<qH", data, at + 8)
        found.append((after, data[at + 19:data.index(b"\0", at + 19)].decode()))
        at += length
    return found


def rest(fd):
    found = []
    while some := getdents(fd, 2000):
        found += some
    return found


def steady(base, mount, reopen=False):
    """Whatever is not touched comes once, what is touched at most once; each place stays where it was."""
    for i in range(600):
        write("%s/%s/steady/%04d" % (base, ("top", "bottom")[i % 2], i), "")
    path = mount + "/steady"
    fd = os.open(path, os.O_RDONLY)
    first = getdents(fd, 4000)
    going = [name for i, name in enumerate("%04d" % i for i in range(600)) if i % 5 == 0]
    for i, name in enumerate(going):
        os.unlink("%s/%s/steady/%s" % (base, ("top", "bottom")[int(name) % 2], name))
        write("%s/top/steady/%s" % (base, name if i % 2 else "0" + name), "")
        if i % 20 == 0:
            assert len(os.listdir(path)) == 600, len(os.listdir(path))  # others see it at once
    found = first + rest(fd)
    names = [name for _, name in found]
    assert len(names) == len(set(names)), "names come twice"
    missing = {"%04d" % i for i in range(600) if i % 5} - set(names)
    assert not missing, sorted(missing)[:9]
    order = list(range(1, len(found), 7))
    random.Random(3).shuffle(order)
    for i in order:
        os.lseek(fd, found[i - 1][0], os.SEEK_SET)
        assert getdents(fd, 300)[0][1] == found[i][1], i
    os.lseek(fd, 0, os.SEEK_SET)
    if reopen:
        os.close(fd)
        fd = os.open(path, os.O_RDONLY)
    now = sorted(name for _, name in rest(fd) if not name.startswith("."))
    want = [n for n in ("%04d" % i for i in range(600)) if n not in going]
    want += [name if i % 2 else "0" + name for i, name in enumerate(going)]
    assert now == sorted(want), "rewinding does not look again"
    os.close(fd)


def resident(pid):
    with open("/proc/%s/status" % pid) as f:
        return int([line for line in f if line.startswith("VmRSS:")][0].split()[1])


def memory(base, mount, pid):
    path, low = mount + "/memory", base + "/top/memory"
    os.makedirs(low)
    for i in range(2000):
        write("%s/%0200d" % (low, i), "")
    held_open = os.open(path, os.O_RDONLY)
    getdents(held_open, 4000)
    sizes = []
    for i in range(60):
        os.rename("%s/%0200d" % (low, i), "%s/%0200d" % (low, 10000 + i))
        assert len(os.listdir(path)) == 2000
        sizes.append(resident(pid))
    os.close(held_open)
    # Each listing takes 400 KiB.
    assert sizes[-1] < sizes[9] + 8000, sizes


globals()[sys.argv[1]](*sys.argv[2:])
