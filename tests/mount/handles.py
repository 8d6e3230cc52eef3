#!/usr/bin/env python3
"""File handles of everything in a mount, kept in a file and opened again later.

keep MOUNT FILE [N]       writes the handle of each name, or of every Nth, with what its file is (stat, content, target)
check MOUNT FILE          each handle of FILE opens what FILE says of it
moved MOUNT FILE NEW      each handle of FILE that NEW has, too, opens what NEW says; all others give ESTALE
stale MOUNT FILE [NAME..] each handle of FILE but the root's gives ESTALE, or those of the names (and what is below them)
same FILE FILE            both have the same names with the same handles
change MOUNT SEED         random changes
guess MOUNT FILE SEED     random handles: what opens is what FILE has under that handle, all else gives ESTALE
"""
import ctypes
import errno
import hashlib
import json
import os
import random
import stat
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)


class Handle(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint), ("type", ctypes.c_int), ("data", ctypes.c_ubyte * 128)]


def handle_of(path):
    handle, mount = Handle(bytes=128), ctypes.c_int()
    if libc.name_to_handle_at(-100, os.fsencode(path), ctypes.byref(handle), ctypes.byref(mount), 0) < 0:
        raise OSError(ctypes.get_errno(), "name_to_handle_at", path)
    return "%x:%s" % (handle.type, bytes(handle.data[:handle.bytes]).hex())


def open_handle(mount, text):
    """A descriptor (O_PATH), or a negative errno."""
    kind, data = text.split(":")
    data = bytes.fromhex(data)
    handle = Handle(len(data), int(kind, 16))
    ctypes.memmove(handle.data, data, len(data))
    fd = libc.open_by_handle_at(mount, ctypes.byref(handle), os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    return fd if fd >= 0 else -ctypes.get_errno()


def what_is(fd):
    path = "/proc/self/fd/%d" % fd
    st = os.fstat(fd)
    said = {"ino": st.st_ino, "mode": st.st_mode, "owner": [st.st_uid, st.st_gid], "links": st.st_nlink, "rdev": st.st_rdev,
            "mtime": st.st_mtime_ns}
    if stat.S_ISREG(st.st_mode):
        with open(path, "rb") as file:
            said["content"] = hashlib.sha256(file.read()).hexdigest()
    elif stat.S_ISLNK(st.st_mode):
        said["target"] = os.readlink("", dir_fd=fd)
    elif stat.S_ISDIR(st.st_mode):
        said["names"] = sorted(os.listdir(path))
        # The kernel asks for the directory above it: a path is only known once all of them are.
        said["path"] = os.readlink(path)
    return said


def names(top):
    for path, dirs, files in os.walk(top):
        for name in dirs + files:
            yield os.path.join(path, name)


def look(path):
    fd = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return what_is(fd)
    finally:
        os.close(fd)


def keep(mount, file, nth=1):
    kept = {os.path.relpath(path, mount): [handle_of(path), look(path)] for path in [mount, *names(mount)][::int(nth)]}
    with open(file, "w", encoding="utf-8", errors="surrogateescape") as out:
        json.dump(kept, out)
    print(len(kept), "handles")


def load(file):
    with open(file, encoding="utf-8", errors="surrogateescape") as kept:
        return json.load(kept)


def opens(top, handle, wanted, name):
    fd = open_handle(top, handle)
    assert fd >= 0, "%s: %s" % (name, errno.errorcode[-fd])
    try:
        found = what_is(fd)
    finally:
        os.close(fd)
    assert found == wanted, "%s: %s, not %s" % (name, found, wanted)


def is_stale(top, handle, name):
    fd = open_handle(top, handle)
    assert fd == -errno.ESTALE, "%s: %s" % (name, errno.errorcode[-fd] if fd < 0 else what_is(fd))


def in_any_order(kept):
    """As a client would come with them: those of files before those of the directories that they are in, too."""
    items = list(kept.items())
    random.Random(len(items)).shuffle(items)
    return items


def check(mount, file):
    top = os.open(mount, os.O_RDONLY | os.O_DIRECTORY)
    for name, (handle, wanted) in in_any_order(load(file)):
        opens(top, handle, wanted, name)


def moved(mount, file, new):
    top = os.open(mount, os.O_RDONLY | os.O_DIRECTORY)
    now = {handle: wanted for handle, wanted in load(new).values()}
    stale = 0
    for name, (handle, _) in in_any_order(load(file)):
        if handle in now:
            opens(top, handle, now[handle], name)
        else:
            is_stale(top, handle, name)
            stale += 1
    print(stale, "stale handles")


def stale(mount, file, *only):
    top = os.open(mount, os.O_RDONLY | os.O_DIRECTORY)
    for name, (handle, _) in in_any_order(load(file)):
        if any(name == one or name.startswith(one + "/") for one in only) if only else name != ".":
            is_stale(top, handle, name)


def same(one, other):
    one, other = ({name: handle for name, (handle, _) in load(file).items()} for file in (one, other))
    assert one == other, {name: (one.get(name), other.get(name)) for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def change(mount, seed):
    rand = random.Random(int(seed))
    for step in range(120):
        paths = [path for path in names(mount)]
        dirs = [mount] + [path for path in paths if os.path.isdir(path) and not os.path.islink(path)]
        path, fresh = rand.choice(paths), os.path.join(rand.choice(dirs), "n%s.%d" % (seed, step))
        is_dir, is_file = path in dirs, os.path.isfile(path) and not os.path.islink(path)
        try:
            match rand.randrange(10):
                case 0 if is_file:
                    with open(path, "ab") as file:
                        file.write(b"more %d" % step)
                case 1 if not os.path.islink(path):
                    os.chmod(path, 0o700 + rand.randrange(64))
                case 2 | 3:
                    os.rename(path, fresh)
                case 4 if is_file:
                    os.rename(path, rand.choice([p for p in paths if p not in dirs]))
                case 5 if is_dir:
                    os.rmdir(path)
                case 5:
                    os.unlink(path)
                case 6 if is_file:  # replaced by a new file
                    os.unlink(path)
                    with open(path, "wb") as file:
                        file.write(b"instead %d" % step)
                case 7 if not is_dir:
                    os.link(path, fresh, follow_symlinks=False)
                case 8:
                    os.mkdir(fresh)
                case 9:
                    with open(fresh, "wb") as file:
                        file.write(b"new %d" % step)
        except OSError as e:
            if e.errno not in (errno.ENOTEMPTY, errno.EINVAL, errno.EEXIST):
                raise


def guess(mount, file, seed):
    """A handle of FUSE: the number in two halves, the generation; the same of the directory above may follow."""
    rand = random.Random(int(seed))
    top = os.open(mount, os.O_RDONLY | os.O_DIRECTORY)
    kept = load(file)
    known = {handle: wanted for handle, wanted in kept.values()}
    numbers = []
    for handle in known:
        high, low, generation = struct.unpack("=III", bytes.fromhex(handle.split(":")[1])[:12])
        numbers.append((high << 32 | low, generation))
    ways = [lambda n: n, lambda n: n ^ 1 << rand.randrange(64), lambda n: n + rand.randrange(-9, 10), lambda n: rand.getrandbits(64),
            lambda n: rand.randrange(64), lambda n: rand.getrandbits(32), lambda n: 1 << 62 | rand.getrandbits(62),
            lambda n: 3 << 61 | rand.randrange(99)]
    opened = 0
    for _ in range(4000):
        number, generation = rand.choice(numbers)
        number = rand.choice(ways)(number) & (1 << 64) - 1
        generation = rand.choice([generation, generation, generation, 0, rand.getrandbits(32)])
        handle = "81:" + struct.pack("=III", number >> 32, number & 0xffffffff, generation).hex()
        fd = open_handle(top, handle)
        if fd >= 0:
            try:
                assert handle in known and what_is(fd) == known[handle], (handle, what_is(fd))
            finally:
                os.close(fd)
            opened += 1
        else:
            assert fd == -errno.ESTALE and handle not in known, (handle, errno.errorcode[-fd])
    assert opened > 99, opened


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
