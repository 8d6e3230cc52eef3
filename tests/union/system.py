# SPDX-License-Identifier: Apache-2.0
"""System calls that os does not have, and small things around them."""
import ctypes
import errno
import os
import re
import struct

libc = ctypes.CDLL(None, use_errno=True)

AT_FDCWD = -100
AT_EMPTY_PATH, AT_SYMLINK_FOLLOW, AT_SYMLINK_NOFOLLOW = 0x1000, 0x400, 0x100
RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT = 1, 2, 4
UTIME_NOW, UTIME_OMIT = (1 << 30) - 1, (1 << 30) - 2
O_TMPFILE = os.O_TMPFILE
MS_NOATIME, MS_REC, MS_PRIVATE, CLONE_NEWNS = 0x400, 0x4000, 0x40000, 0x20000
MNT_DETACH = 2
SYS_GETDENTS64 = {"x86_64": 217, "aarch64": 61}[os.uname().machine]
TYPES = {1: "fifo", 2: "char", 4: "dir", 6: "block", 8: "file", 10: "symlink", 12: "socket", 0: "unknown", 14: "whiteout"}


class Timespec(ctypes.Structure):
    _fields_ = [("sec", ctypes.c_long), ("nsec", ctypes.c_long)]


def check(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def name_of(error):
    return errno.errorcode.get(error.errno, str(error.errno))


def renameat2(old, new, flags):
    check(libc.renameat2(AT_FDCWD, old, AT_FDCWD, new, ctypes.c_uint(flags)))


def linkat(fd, old, new, flags):
    check(libc.linkat(fd, old, AT_FDCWD, new, flags))


def utimensat(fd, path, atime, mtime, flags):
    """Times are (seconds, nanoseconds), where nanoseconds may be UTIME_NOW or UTIME_OMIT; path None: the descriptor's."""
    times = (Timespec * 2)(Timespec(*atime), Timespec(*mtime))
    check(libc.futimens(fd, times) if path is None else libc.utimensat(fd, path, times, flags))


def fallocate(fd, mode, offset, length):
    check(libc.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)))


def getdents(fd, size=32768):
    """[(inode, next offset, type, name)] of one call."""
    buffer = ctypes.create_string_buffer(size)
    n = check(libc.syscall(SYS_GETDENTS64, fd, buffer, size))
    data, entries, at = buffer.raw, [], 0
    while at < n:
        ino, after, length, kind = struct.unpack_from("<QqHB", data, at)
        name = data[at + 19:at + length]
        entries.append((ino, after, TYPES.get(kind, kind), name[:name.index(b"\0")]))
        at += length
    return entries


def all_entries(fd):
    entries = []
    while True:
        some = getdents(fd)
        if not some:
            return entries
        entries += some


def mount(source, target, kind, flags=0, data=None):
    encode = lambda x: None if x is None else os.fsencode(x)
    check(libc.mount(encode(source), encode(target), encode(kind), flags, encode(data)))


def umount(target, flags=0):
    check(libc.umount2(os.fsencode(target), flags))


def own_namespace():
    """Whatever happens, our mounts go with the processes of this namespace."""
    check(libc.unshare(CLONE_NEWNS))
    mount(None, "/", None, MS_REC | MS_PRIVATE)


def has_passthrough():
    """Can FUSE hand files to the kernel? It can be left out of a kernel, but nobody does."""
    return tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2]) >= (6, 9)
