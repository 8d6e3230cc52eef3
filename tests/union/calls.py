# SPDX-License-Identifier: Apache-2.0
"""The calls. Each is a function of a side (sides.py) and its own arguments, made with the working directory, the user and the
umask that the step says; it returns what must be the same on each side. An OSError counts as its name.

A descriptor is named by a slot; a call on a slot that holds nothing does nothing, so that any part of a sequence is one.
"""
import fcntl
import mmap
import os
import stat
import struct

import scan
import system
from layers import ACL_ACCESS, ACL_DEFAULT, acl, content

NOTHING = "no such slot"
TABLE = {}


def call(f):
    TABLE[f.__name__.rstrip("_")] = f
    return f


def on_slot(f):
    """A call on a descriptor."""
    def with_fd(side, slot, *args):
        fd = side.fds.get(slot)
        return NOTHING if fd is None else f(side, fd, *args)
    TABLE[f.__name__] = with_fd
    return with_fd


def is_file(fd):
    return stat.S_ISREG(os.fstat(fd).st_mode)


# ---- opening


@call
def open_(side, slot, path, flags, mode):
    side.put(slot, os.open(path, flags | os.O_NONBLOCK, mode))
    return scan.KINDS[stat.S_IFMT(os.fstat(side.fds[slot]).st_mode)]


@call
def tmpfile(side, slot, path, flags, mode):
    side.put(slot, os.open(path, flags | system.O_TMPFILE, mode))


@call
def close(side, slot):
    if slot in side.fds:
        side.put(slot, None)


@on_slot
def dup(side, fd, to):
    if stat.S_ISDIR(os.fstat(fd).st_mode):
        return NOTHING  # two slots with one place to read from would spoil each other's listings
    side.put(to, os.dup(fd))


@on_slot
def link_fd(side, fd, path):
    system.linkat(fd, b"", path, system.AT_EMPTY_PATH)


# ---- on descriptors


@on_slot
def read(side, fd, n):
    if not is_file(fd):
        return NOTHING
    return os.read(fd, n)


@on_slot
def pread(side, fd, n, offset):
    return os.pread(fd, n, offset)


@on_slot
def write(side, fd, n, seed):
    if not is_file(fd):
        return NOTHING  # what is written into a pipe does not come to the file system that holds its name
    return os.write(fd, content(seed, n))


@on_slot
def pwrite(side, fd, n, offset, seed):
    return os.pwrite(fd, content(seed, n), offset)


@on_slot
def lseek(side, fd, offset, whence):
    if not is_file(fd):
        return NOTHING
    at = os.lseek(fd, 0, os.SEEK_CUR)
    found = os.lseek(fd, offset, whence)
    if whence in (os.SEEK_DATA, os.SEEK_HOLE):
        os.lseek(fd, at, os.SEEK_SET)  # may be excused, and then must not shift what follows
    return found


@on_slot
def ftruncate(side, fd, n):
    os.ftruncate(fd, n)


@on_slot
def fstat(side, fd):
    return scan.seen_of(os.fstat(fd))


@on_slot
def fchmod(side, fd, mode):
    os.fchmod(fd, mode)
    return scan.seen_of(os.fstat(fd))


@on_slot
def fchown(side, fd, uid, gid):
    os.fchown(fd, uid, gid)
    return scan.seen_of(os.fstat(fd))


@on_slot
def futimens(side, fd, atime, mtime):
    system.utimensat(fd, None, atime, mtime, 0)
    return times_of(os.fstat(fd), atime)


@on_slot
def fsetxattr(side, fd, name, size, seed, flags):
    os.setxattr(fd, name, content(seed, size), flags)


@on_slot
def fgetxattr(side, fd, name):
    return os.getxattr(fd, name)


@on_slot
def flistxattr(side, fd):
    return sorted(os.listxattr(fd))


@on_slot
def fremovexattr(side, fd, name):
    os.removexattr(fd, name)


@on_slot
def fallocate(side, fd, mode, offset, n):
    if not is_file(fd):
        return NOTHING
    system.fallocate(fd, mode, offset, n)
    return os.fstat(fd).st_size


@on_slot
def copy_file_range(side, fd, to, offset_from, offset_to, n):
    if to not in side.fds:
        return NOTHING
    return os.copy_file_range(fd, side.fds[to], n, offset_from, offset_to)


@on_slot
def sendfile(side, fd, to, offset, n):
    if to not in side.fds or not is_file(side.fds[to]) or not is_file(fd):
        return NOTHING
    # Pages go to the file that they are of, while they are written to: what comes out, nobody says.
    if os.path.sameopenfile(side.fds[to], fd):
        return NOTHING
    return os.sendfile(side.fds[to], fd, offset, n)


@on_slot
def map_write(side, fd, offset, n, seed):
    if not is_file(fd):
        return NOTHING
    n = min(n, os.fstat(fd).st_size - offset)
    if n <= 0:
        return "too short"
    with mmap.mmap(fd, offset + n, mmap.MAP_SHARED) as area:
        area[offset:offset + n] = content(seed, n)
        area.flush()
    return os.fstat(fd).st_size


@on_slot
def map_keep(side, fd, slot, n):
    if not is_file(fd):
        return NOTHING
    n = min(n, os.fstat(fd).st_size)
    if n <= 0:
        return "too short"
    side.put_map(slot, mmap.mmap(fd, n, mmap.MAP_SHARED, mmap.PROT_READ), os.dup(fd))


@call
def map_read(side, slot):
    if slot not in side.maps:
        return NOTHING
    if side.name == "kernel":
        return "not looked at"
    area, fd = side.maps[slot]
    return area[:min(len(area), os.fstat(fd).st_size)]


@on_slot
def fsync(side, fd):
    os.fsync(fd)


@on_slot
def fdatasync(side, fd):
    os.fdatasync(fd)


@on_slot
def flock(side, fd, kind):
    fcntl.flock(fd, kind | fcntl.LOCK_NB)


@on_slot
def lock_range(side, fd, kind, start, n):
    fcntl.fcntl(fd, 37, struct.pack("hhqqi4x", kind, 0, start, n, 0))  # F_OFD_SETLK


# ---- directories


@on_slot
def dir_list(side, fd):
    os.lseek(fd, 0, os.SEEK_SET)
    side.drop_listing(fd)
    return sorted((name, kind) for _, _, kind, name in system.all_entries(fd))


@on_slot
def dir_seek(side, fd, n):
    """Goes to the place of one name, and reads it again from there."""
    os.lseek(fd, 0, os.SEEK_SET)
    side.drop_listing(fd)
    entries = system.all_entries(fd)
    if not entries:
        return "empty"
    n %= len(entries)
    os.lseek(fd, entries[n - 1][1] if n else 0, os.SEEK_SET)
    again = system.all_entries(fd)
    if [e[3] for e in again] != [e[3] for e in entries[n:]]:
        return "after %r: %r, not %r" % (entries[n - 1][3], [e[3] for e in again], [e[3] for e in entries[n:]])
    return len(entries)


def now_in(fd):
    """{name: inode} of the directory, by another descriptor."""
    other = os.open(b".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=fd)
    try:
        return {name: ino for ino, _, _, name in system.all_entries(other)}
    finally:
        os.close(other)


def hold(fd, names):
    """Descriptors of what can be had of these, so that no new file gets the number of an old one."""
    held = []
    for name in names:
        try:
            held.append(os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=fd))
        except OSError:
            pass
    return held


@on_slot
def dir_next(side, fd, n):
    """Reads some names: those that stay are to come just once, whatever happens between (dir_end)."""
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        return NOTHING
    if fd not in side.listings:
        os.lseek(fd, 0, os.SEEK_SET)
        before = now_in(fd)
        side.listings[fd] = (before, [], hold(fd, before))
    for _ in range(n):
        side.listings[fd][1].extend(system.getdents(fd, 300))
    return None


@on_slot
def dir_end(side, fd):
    if fd not in side.listings:
        return NOTHING
    before, entries = side.drop_listing(fd)
    entries += system.all_entries(fd)
    after = now_in(fd)
    names = [(e[0], e[3]) for e in entries]
    lost = [n for n, ino in before.items() if after.get(n) == ino and (ino, n) not in names]
    twice = [n for n, ino in before.items() if after.get(n) == ino and names.count((ino, n)) > 1]
    return "not listed: %r" % lost if lost else "listed twice: %r" % twice if twice else None


@call
def listdir(side, path):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return sorted((name, kind) for _, _, kind, name in system.all_entries(fd))
    finally:
        os.close(fd)


@call
def mkdir(side, path, mode):
    os.mkdir(path, mode)


@call
def rmdir(side, path):
    os.rmdir(path)


@call
def remove_tree(side, path):
    """rm -rf."""
    errors = set()

    def remove(path, name, dir_fd):
        try:
            if not stat.S_ISDIR(os.lstat(name, dir_fd=dir_fd).st_mode):
                os.unlink(name, dir_fd=dir_fd)
                return
            fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=dir_fd)
            try:
                for _, _, _, below in system.all_entries(fd):
                    if below not in (b".", b".."):
                        remove(path + b"/" + below, below, fd)
            finally:
                os.close(fd)
            os.rmdir(name, dir_fd=dir_fd)
        except OSError as e:
            errors.add((path, system.name_of(e)))

    remove(path, path, None)
    return sorted(errors)


# ---- names


@call
def mknod(side, path, mode, device):
    os.mknod(path, mode, device)


@call
def symlink(side, target, path):
    os.symlink(target, path)


@call
def link(side, old, new, follow):
    system.linkat(system.AT_FDCWD, old, new, system.AT_SYMLINK_FOLLOW if follow else 0)


@call
def unlink(side, path):
    os.unlink(path)


@call
def rename(side, old, new, flags):
    system.renameat2(old, new, flags)


@call
def replace(side, path, n, seed, mode):
    """Writes a new file beside it and renames, as editors do."""
    fd = os.open(path + b"~", os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        os.write(fd, content(seed, n))
    finally:
        os.close(fd)
    os.rename(path + b"~", path)


@call
def readlink(side, path):
    return os.readlink(path)


# ---- attributes


def times_of(st, atime):
    """Times after they were set; the access time only where a call has said what it is, since reading changes it."""
    return (scan.when(st.st_mtime_ns), scan.when(st.st_atime_ns) if atime[1] != system.UTIME_OMIT else None)


@call
def lstat(side, path):
    return scan.seen_of(os.lstat(path))


@call
def stat_(side, path):
    return scan.seen_of(os.stat(path))


@call
def chmod(side, path, mode):
    os.chmod(path, mode)
    return scan.seen_of(os.stat(path))


@call
def chown(side, path, uid, gid):
    os.chown(path, uid, gid)


@call
def lchown(side, path, uid, gid):
    os.lchown(path, uid, gid)
    return scan.seen_of(os.lstat(path))


@call
def utimens(side, path, atime, mtime, follow):
    system.utimensat(system.AT_FDCWD, path, atime, mtime, 0 if follow else system.AT_SYMLINK_NOFOLLOW)
    return times_of(os.stat(path, follow_symlinks=follow), atime)


@call
def truncate(side, path, n):
    os.truncate(path, n)


@call
def setxattr(side, path, name, size, seed, flags, follow):
    os.setxattr(path, name, content(seed, size), flags, follow_symlinks=follow)


@call
def getxattr(side, path, name, follow):
    return os.getxattr(path, name, follow_symlinks=follow)


@call
def listxattr(side, path, follow):
    return sorted(os.listxattr(path, follow_symlinks=follow))


@call
def removexattr(side, path, name, follow):
    os.removexattr(path, name, follow_symlinks=follow)


@call
def set_acl(side, path, default, user, others):
    os.setxattr(path, ACL_DEFAULT if default else ACL_ACCESS, acl(user, others))
    return scan.seen_of(os.stat(path))


@call
def set_capability(side, path):
    os.setxattr(path, "security.capability", struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0))


@call
def access(side, path, mode):
    return os.access(path, mode)


@call
def statfs(side, path):
    found = os.statvfs(path)
    return found.f_namemax, found.f_blocks * found.f_frsize, found.f_files


# ---- several at once


@call
def read_file(side, path):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.read(fd, 1 << 20) if is_file(fd) else NOTHING
    finally:
        os.close(fd)


@call
def write_file(side, path, n, seed, flags, mode):
    fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | flags, mode)
    try:
        return os.write(fd, content(seed, n)) if is_file(fd) else NOTHING
    finally:
        os.close(fd)
