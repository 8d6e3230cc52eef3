#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists a large directory while its names come and go, and goes back to every place in it.

    listing.py fill DIR PREFIX N     N empty files in DIR
    listing.py busy DIR N M          lists DIR in pieces of all sizes while another process changes it: N names "l..." of the layer
                                     and M "u..." of the upper are in it
    listing.py places DIR STEP       goes back to every STEPth place, after changes too
    listing.py again DIR             what goes and comes again comes once, and a listing ends whatever comes
    listing.py rounds DIR N          N times: the first name is looked for, and removed
    listing.py forget DIR            the kernel forgets all files of the mount that nobody uses

Whatever exists during a whole listing comes exactly once; what comes or goes meanwhile, once or not at all.
"""
import ctypes
import os
import random
import signal
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
SYS_GETDENTS64 = {"x86_64": 217, "aarch64": 61}[os.uname().machine]
MS_REMOUNT = 32  # whatever else it does, it drops the names that the kernel keeps
MOST = 8000  # names that come and go
SMALL = 300  # one name or a few


def getdents(fd, size, buffer=ctypes.create_string_buffer(1 << 20)):
    """[(next place, name)] of one call."""
    n = libc.syscall(SYS_GETDENTS64, fd, buffer, size)
    if n < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    data, found, at = buffer[:n], [], 0
    while at < n:
        after, length = struct.unpack_from("<qH", data, at + 8)
        found.append((after, data[at + 19:data.index(b"\0", at + 19)].decode()))
        at += length
    return found


def all_of(fd, size):
    found = []
    while True:
        some = getdents(fd, size)
        if not some:
            return found
        found += some


def names(found):
    return [name for _, name in found if name not in (".", "..")]


def touch(fd, name):
    os.mknod(name, 0o100644, dir_fd=fd)


def fill(path, prefix, n):
    os.makedirs(path, exist_ok=True)
    fd = os.open(path, os.O_RDONLY)
    for i in range(n):
        touch(fd, "%s%07d" % (prefix, i))


# ---- names that come and go

def stays(i):
    return i % 10 != 0


def change_one(fd, i, prefix):
    """A name whose number is a multiple of ten goes, comes again, or gets another name and its old one again; one in between
    is changed (of the layer: copied up)."""
    name = "%s%07d" % (prefix, i)
    os.unlink(name, dir_fd=fd)
    if i % 20:
        touch(fd, name)
    elif i % 40:
        touch(fd, "c" + name)
        os.rename("c" + name, "r" + name, src_dir_fd=fd, dst_dir_fd=fd)
        os.rename("r" + name, name, src_dir_fd=fd, dst_dir_fd=fd)
    else:
        touch(fd, "n" + name)
    os.chmod("%s%07d" % (prefix, i + 1), 0o600, dir_fd=fd)


def touched(n, m):
    """Of all ends of the directory. More changes would make the listings no other, and each waits for a piece of them."""
    todo = [("l", i) for i in range(0, n, 10)] + [("u", i) for i in range(0, m, 10)]
    random.Random(1).shuffle(todo)
    return todo[:MOST]


def change(path, n, m):
    """-> the process; it changes one name after the other until there are none left or it is ended."""
    child = os.fork()
    if child:
        return child
    fd = os.open(path, os.O_RDONLY)
    for prefix, i in touched(n, m):
        change_one(fd, i, prefix)
    os._exit(0)


def check(found, n, m):
    seen = set(found)
    assert len(seen) == len(found), sorted(name for name in seen if found.count(name) > 1)[:5]
    for prefix, count in (("l", n), ("u", m)):
        missing = [i for i in range(count) if stays(i) and "%s%07d" % (prefix, i) not in seen]
        assert not missing, (prefix, len(missing), missing[:5])
    for name in seen:
        assert name.lstrip("cnr")[0] in "lu", name


def left(n, m):
    renamed = {(prefix, i) for prefix, i in touched(n, m) if i % 40 == 0}
    for prefix, count in (("l", n), ("u", m)):
        for i in range(count):
            yield ("n" if (prefix, i) in renamed else "") + "%s%07d" % (prefix, i)


def busy(path, n, m):
    child = change(path, n, m)
    sizes, rounds, started = (1 << 20, 1 << 15, 3000, SMALL), 0, time.monotonic()
    if n > 100000:
        sizes = sizes[:3]
    fd = os.open(path, os.O_RDONLY)
    try:
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            check(names(all_of(fd, sizes[rounds % len(sizes)])), n, m)
            os.lseek(fd, 0, os.SEEK_SET)
            rounds += 1
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    print("%d listings while names came and went, %.1f s" % (rounds, time.monotonic() - started))
    assert rounds >= 2, rounds
    found = names(all_of(fd, 1 << 15))
    assert sorted(found) == sorted(left(n, m)), len(found)
    os.close(fd)


# ---- places

def forget_what_the_kernel_keeps(path):
    """A listing that the kernel has is not asked for again; a change and the beginning of another listing end it."""
    os.utime(path)
    fd = os.open(path, os.O_RDONLY)
    touch(fd, "change")
    os.unlink("change", dir_fd=fd)
    assert getdents(fd, SMALL)
    os.close(fd)


def go_back(fd, places, gone, step):
    """From each place the listing goes on with what comes next of that which is still there."""
    following, after = [None] * (len(places) + 1), None
    for i in range(len(places) - 1, -1, -1):
        after = places[i][1] if places[i][1] not in gone else after
        following[i] = after
    order = list(range(1, len(places), step))
    random.Random(2).shuffle(order)
    for i in order + [1]:
        os.lseek(fd, places[i - 1][0], os.SEEK_SET)
        found = [name for _, name in getdents(fd, SMALL) if name not in gone]
        if following[i]:
            assert found[0] == following[i], (i, found[0], following[i])
    return len(order)


def places(path, step):
    fd = os.open(path, os.O_RDONLY)
    found = all_of(fd, 1 << 15)
    assert len({place for place, _ in found}) == len(found) and min(found)[0] > 0
    started = time.monotonic()
    forget_what_the_kernel_keeps(path)
    went = go_back(fd, found, set(), step)
    gone = {name for i, (_, name) in enumerate(found) if i % 7 == 3 or i // 100 % 10 == 5}
    for name in gone:
        os.unlink(name, dir_fd=fd)
    for i in range(len(gone)):
        touch(fd, "later%07d" % i)
    forget_what_the_kernel_keeps(path)
    went += go_back(fd, found, gone, step)
    os.lseek(fd, 0, os.SEEK_SET)  # rewinddir
    now = names(all_of(fd, 1 << 15))
    expected = {name for _, name in found} - gone - {".", ".."} | {"later%07d" % i for i in range(len(gone))}
    assert len(now) == len(expected) and set(now) == expected
    print("went back to %d places of %d, %.1f s" % (went, len(found), time.monotonic() - started))
    os.close(fd)


# ---- what comes again, and never ends

def again(path):
    os.mkdir(path)
    fd = os.open(path, os.O_RDONLY)
    for i in range(300):
        touch(fd, "%03d" % i)
    seen = getdents(fd, 2000)
    for _, name in [s for s in seen if not s[1].startswith(".")][:20]:
        os.unlink(name, dir_fd=fd)
        touch(fd, name)
    found = names(seen + all_of(fd, 2000))
    assert len(found) == len(set(found)), "%d names come twice" % (len(found) - len(set(found)))
    os.lseek(fd, 0, os.SEEK_SET)
    assert sorted(names(all_of(fd, 2000))) == ["%03d" % i for i in range(300)]
    os.lseek(fd, 0, os.SEEK_SET)
    calls, last = 0, "299"
    while getdents(fd, SMALL):
        for _ in range(20):
            calls += 1
            os.rename(last, "x%d" % calls, src_dir_fd=fd, dst_dir_fd=fd)
            last = "x%d" % calls
        assert calls < 20000, "the listing does not end"
    os.close(fd)


def rounds(path, n):
    """Each looks for the first name and removes it: what has gone before must not be gone through each time."""
    fd = os.open(path, os.O_RDONLY)
    started = time.monotonic()
    for i in range(n):
        os.lseek(fd, 0, os.SEEK_SET)
        os.unlink(names(getdents(fd, SMALL))[0], dir_fd=fd)
    print("%d names found and removed, %.1f s" % (n, time.monotonic() - started))
    os.close(fd)


def forget(path):
    if libc.mount(None, os.fsencode(path), None, MS_REMOUNT, None) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


globals()[sys.argv[1]](sys.argv[2], *(int(a) if a.isdigit() else a for a in sys.argv[3:]))
