# SPDX-License-Identifier: Apache-2.0
"""Points 46 to 54: modes, owners, times, sizes, attributes."""
import os
import pathlib
import random
import stat
import struct
import subprocess
import time

import system
from scene import age, as_user, common, error_of, opened, point, read, write, xattrs

ALL = "root user space one"
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")
MODES = (0o4755, 0o2755, 0o6755, 0o2745, 0o6777, 0o4700)


def armed(d):
    common(d)
    for mode in MODES:
        for way in WAYS:
            path = "%s/%o-%s" % (d, mode, way)
            write(path, b"content")
            os.chmod(path, mode & 0o7000 | mode & 0o755 | 0o022)
    age(d)


def append(path):
    write(path, b"x", os.O_APPEND)


WAYS = {
    "write": append,
    "truncate": lambda path: os.truncate(path, 3),
    "allocate": lambda path: allocate(path),
    "chown": lambda path: os.chown(path, os.getuid(), -1),
    "chgrp": lambda path: os.chown(path, -1, os.getgid()),
    "open": lambda path: os.close(os.open(path, os.O_WRONLY | os.O_TRUNC)),
    "setxattr": lambda path: os.setxattr(path, "user.k", b"v"),
    "utime": lambda path: os.utime(path),
}


def allocate(path):
    with opened(path, os.O_WRONLY) as fd:
        os.posix_fallocate(fd, 0, 100)


@point("root", lower=armed)
def p46_privileges_go_when_somebody_else_changes_a_file(m):
    for uid in (1000, 0):
        for mode in MODES:
            for way, function in WAYS.items():
                path = m / ("%o-%s" % (mode, way))
                if uid == 0:
                    os.chmod(path, mode | 0o022)
                m.see((uid, oct(mode), way), (as_user(uid, function, path, gid=1000 if uid else 0), oct(os.stat(path).st_mode)))


@point("user space one", lower=armed)
def p46_privileges_go_when_their_owner_writes(m):
    for mode in MODES:
        for way, function in WAYS.items():
            path = m / ("%o-%s" % (mode, way))
            m.see((oct(mode), way), (error_of(function, path), oct(os.stat(path).st_mode)))
    for mode in (0o6755, 0o6745):
        for name in ("p", "d"):
            os.chmod(m / name, mode)
            m.see((name, oct(mode)), (error_of(os.chown, m / name, os.getuid(), os.getgid()), oct(os.stat(m / name).st_mode)))
    if m.identity == "space":  # where there are groups that its root is not in
        for way in ("write", "truncate", "allocate", "open"):
            os.chown(m / "g", 5, 6)
            os.chmod(m / "g", 0o6745)
            m.see(("of others", way), (error_of(WAYS[way], m / "g"), oct(os.stat(m / "g").st_mode)))
            os.chmod(m / "g", 0o6755)
            m.see(("executable", way), (error_of(WAYS[way], m / "g"), oct(os.stat(m / "g").st_mode)))


def of_another_group(d):
    common(d)
    os.mkfifo(d + "/fifo")
    os.mknod(d + "/device", stat.S_IFCHR, os.makedev(1, 3))
    write(d + "/file", b"content")
    for name in ("fifo", "device", "file"):
        os.chown(d + "/" + name, 1000, 1001)
        os.chmod(d + "/" + name, 0o6664)
    age(d)


@point("root", lower=of_another_group)
def p46_what_is_no_file_loses_them_as_well(m):
    for name in ("fifo", "device", "file"):
        m.see(name, (as_user(1000, os.chown, m / name, 1000, -1), oct(os.stat(m / name).st_mode)))


def capable(d):
    common(d)
    for name in ("cap-write", "cap-truncate", "cap-chown", "cap-chmod"):
        write(d + "/" + name, b"content")
        os.setxattr(d + "/" + name, "security.capability", CAPABILITY)
    age(d)


@point("root", lower=capable)
def p46_capabilities_go_with_a_write(m):
    append(m / "cap-write")
    os.truncate(m / "cap-truncate", 2)
    os.chown(m / "cap-chown", 1, 1)
    os.chmod(m / "cap-chmod", 0o700)
    for name in ("cap-write", "cap-truncate", "cap-chown", "cap-chmod"):
        m.see(name, b"security.capability" in xattrs(m / name))


def inherited(d):
    common(d)
    for name in ("plain", "acl", "sgid", "both", "open"):
        os.mkdir(d + "/" + name)
        os.chmod(d + "/" + name, 0o777)
    for name in ("acl", "both"):
        subprocess.run(["setfacl", "-d", "-m", "u::rwx,u:0:rwx,g::rx,o::-", d + "/" + name], check=True)
    for name in ("sgid", "both"):
        if os.getuid() == 0:
            error_of(os.chown, d + "/" + name, -1, 2000)
        os.chmod(d + "/" + name, 0o2777)
    age(d)


def make_all(path):
    write(path + "/file", b"", mode=0o666)
    os.mkdir(path + "/dir", 0o777)
    os.mkfifo(path + "/fifo", 0o600)
    os.symlink("x", path + "/link")
    write(path + "/dir/file", b"", mode=0o666)
    if os.path.lexists(path + "/gone"):
        raise AssertionError
    write(path + "/gone", b"", mode=0o660)  # over a whiteout
    fd = os.open(path, os.O_TMPFILE | os.O_RDWR, 0o666)
    system.linkat(system.AT_FDCWD, b"/proc/self/fd/%d" % fd, os.fsencode(path + "/tmp"), system.AT_SYMLINK_FOLLOW)
    os.close(fd)


@point(ALL, lower=inherited)
def p47_what_is_made_inherits(m):
    names = ("plain", "acl", "sgid", "both")
    for umask in (0o027, 0o077, 0):
        for name in names:
            here = m / ("%s/%o" % (name, umask))
            os.umask(0)
            os.mkdir(here, 0o777)
            write(here + "/gone", b"")
            os.unlink(here + "/gone")
            os.umask(umask)
            make_all(here)
        os.umask(0o022)
    write(m / names[1] + "/of-layer", b"")
    os.rename(m / names[1] + "/of-layer", m / "plain/of-layer")


@point(ALL, lower=inherited)
def p47_nothing_is_inherited_from_the_work_directory(m):
    if not m.plain:
        m.unmount()
        subprocess.run(["setfacl", "-d", "-m", "u::rwx,u:0:rwx,g::rwx,o::-", m.work, m.work + "/work"], check=True)
        m.mount()
    os.unlink(m / "g")
    os.mkdir(m / "g")
    os.mkdir(m / "new")
    write(m / "new/f", b"")
    for name in ("f", "d", "s", "p", "acl"):
        os.utime(m / name, ns=(1, 2), follow_symlinks=False)
    os.mkdir(m / "acl/new")
    write(m / "acl/f", b"")


@point("root", lower=inherited)
def p47_owners_of_what_is_made(m):
    for name in ("plain", "sgid", "both", "open"):
        os.mkdir(m / (name + "/here"), 0o777)
        os.chmod(m / (name + "/here"), os.stat(m / (name + "/here")).st_mode | 0o777)
        m.see(name, as_user(1000, make_all, m / (name + "/here"), gid=1001, groups=[2000], umask=0o002))
    # A supplementary group opens a directory; its files may be given to it.
    os.mkdir(m / "team")
    os.chown(m / "team", 0, 2000)
    os.chmod(m / "team", 0o770)
    m.see("with the group", as_user(1000, write, m / "team/f", b"x", groups=[2000]))
    m.see("without", as_user(1000, write, m / "team/g", b"x"))
    m.see("given to it", as_user(1000, os.chown, m / "team/f", -1, 2000, groups=[2000]))
    m.see("given to another", as_user(1000, os.chown, m / "team/f", -1, 2001, groups=[2000]))


@point(ALL)
def p48_reading_copies_nothing(m):
    for top, directories, files in os.walk(m.top):
        for name in files:
            if name not in ("p", "s"):
                read(os.path.join(top, name))
        for name in directories + files:
            os.lstat(os.path.join(top, name))
            error_of(os.listxattr, os.path.join(top, name))
    assert m.plain or os.listdir(m.upper) == []


@point(ALL)
def p49_any_time_can_be_set(m):
    for name in ("f", "d", "g"):
        for atime, mtime in (((-1, 1), (-2**31, 999_999_999)), ((0, system.UTIME_OMIT), (5, 5)), ((6, 6), (0, system.UTIME_OMIT)),
                             ((4 << 30, 7), (-3, 123456789))):
            system.utimensat(system.AT_FDCWD, os.fsencode(m / name), atime, mtime, 0)
            st = os.stat(m / name)
            m.see((name, atime, mtime), (st.st_atime_ns if atime[1] != system.UTIME_OMIT else 0, st.st_mtime_ns))
    before = os.stat(m / "f").st_mtime_ns
    system.utimensat(system.AT_FDCWD, os.fsencode(m / "f"), (0, system.UTIME_OMIT), (0, system.UTIME_NOW), 0)
    assert os.stat(m / "f").st_mtime_ns > before and os.stat(m / "f").st_mtime > m.started
    system.utimensat(system.AT_FDCWD, os.fsencode(m / "s"), (1, 2), (-3, 4), system.AT_SYMLINK_NOFOLLOW)
    assert os.lstat(m / "s").st_mtime_ns == -3 * 10**9 + 4
    with opened(m / "g") as fd:
        os.utime(fd, ns=(1, 2))
        assert os.fstat(fd).st_mtime_ns == 2


@point(ALL)
def p50_sizes(m):
    os.truncate(m / "f", 2)
    os.truncate(m / "g", 100000)
    os.truncate(m / "d/a", 0)
    with opened(m / "h1") as fd:
        m.see("through a descriptor for reading", error_of(os.ftruncate, fd, 1))
    m.see("a directory", error_of(os.truncate, m / "d", 1))
    m.see("less than nothing", error_of(os.truncate, m / "f", -1))
    m.see("too much", error_of(os.truncate, m / "f", 1 << 62))
    assert read(m / "g")[:8] == b"other\n\0\0" and os.stat(m / "g").st_blocks * 512 < 100000
    with opened(m / "big", os.O_RDWR) as fd:
        os.ftruncate(fd, 5)
        os.ftruncate(fd, 10)
        assert os.pread(fd, 20, 5) == bytes(5)


@point("root user")
def p50_two_who_append_never_overlap(m):
    pids = []
    for i in range(3):
        pid = os.fork()
        if pid == 0:
            with opened(m / "f", os.O_WRONLY | os.O_APPEND) as fd:
                for j in range(200):
                    os.write(fd, b"%d:%03d:%s\n" % (i, j, b"x" * 90))
            os._exit(0)
        pids.append(pid)
    assert all(os.waitpid(pid, 0)[1] == 0 for pid in pids)
    lines = read(m / "f").split(b"\n")
    assert lines[0] == b"lower" and len(lines) == 602 and len(set(lines)) == 602, len(lines)
    write(m / "f", b"")


@point("root space one")
def p51_the_superuser_needs_no_bits(m):
    os.chmod(m / "f", 0)
    os.chmod(m / "d", 0)
    m.see("reading", error_of(read, m / "f"))
    m.see("writing", error_of(write, m / "d/new", b"x"))
    m.see("removing", error_of(os.unlink, m / "d/a"))
    m.see("opening again", error_of(os.chmod, m / "d", 0o700))


@point("root")
def p51_an_owner_can_open_again_what_he_has_closed(m):
    os.mkdir(m / "own")
    os.chown(m / "own", 1000, 1000)
    os.chown(m / "f", 1000, 1000)
    m.see("chmod", as_user(1000, os.chmod, m / "f", 0))
    m.see("reading", as_user(1000, read, m / "f"))
    m.see("a directory", as_user(1000, os.chmod, m / "own", 0))
    m.see("in it", as_user(1000, write, m / "own/x", b""))
    m.see("again", as_user(1000, os.chmod, m / "own", 0o755))
    m.see("another", as_user(1001, os.chmod, m / "f", 0o777))
    m.see("and now", as_user(1000, os.chmod, m / "f", 0o600))
    m.see("reads", as_user(1000, read, m / "f"))


@point("root")
def p52_access(m):
    write(m / "program", b"#!/bin/sh\nexit 7\n", mode=0o755)
    os.chmod(m / "program", 0o755)
    m.see("it runs", subprocess.run([m / "program"], check=False).returncode)
    for name in ("f", "g", "d", "d/sub", "program"):
        for mode in (os.R_OK, os.W_OK, os.X_OK):
            m.see((name, mode, "root"), os.access(m / name, mode))
            m.see((name, mode), as_user(1000, os.access, m / name, mode))
    os.mknod(m / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.chmod(m / "null", 0o666)
    if not m.plain:
        m.remount_with("dev")
    m.see("a device works", error_of(write, m / "null", b"x", 0))
    if not m.plain:
        m.remount_with("nodev,nosuid,noexec")
        assert error_of(write, m / "null", b"x", 0) == "EACCES"
        assert error_of(os.execv, m / "program", ["program"]) == "EACCES"


def listed_layer(d):
    common(d)
    subprocess.run(["setfacl", "-m", "u:1:rw,g:2:r", d + "/g"], check=True)
    age(d)


def listed(path):
    return subprocess.run(["getfacl", "-cnp", path], check=True, stdout=subprocess.PIPE, text=True).stdout


@point("root space", lower=listed_layer)
def p53_access_lists(m):
    m.see("of the layer", listed(m / "g"))
    subprocess.run(["setfacl", "-m", "u:1:rwx", m / "f"], check=True)
    m.see("set", (listed(m / "f"), oct(os.stat(m / "f").st_mode)))
    os.chmod(m / "f", 0o640)
    m.see("after chmod", (listed(m / "f"), oct(os.stat(m / "f").st_mode)))
    os.chmod(m / "g", 0o600)
    m.see("of the layer, after chmod", listed(m / "g"))
    subprocess.run(["setfacl", "-b", m / "f"], check=True)
    m.see("removed", (listed(m / "f"), xattrs(m / "f")))
    subprocess.run(["setfacl", "-d", "-m", "u:1:rwx", m / "d"], check=True)
    write(m / "d/new", b"", mode=0o666)
    m.see("inherited", listed(m / "d/new"))
    if m.identity == "root":
        os.chmod(m / "g", 0o660)
        m.see("counts", [as_user(uid, os.access, m / "g", os.W_OK) for uid in (1, 2, 3)])


# Nobody but the superuser is there in every identity; the group is anybody's to name.
LISTS = ("u:0:rwx", "u:0:r,g:0:-", "m::r", "u::r,u:0:rw,g::-,m::rwx", "u::-,g::-,o::-", "g:0:rx,o::w")


def with_lists(d):
    common(d)
    subprocess.run(["setfacl", "-m", "u::r,u:0:rwx,m::r,o::-", d + "/g", d + "/h1"], check=True)
    subprocess.run(["setfacl", "-m", "u:0:rwx,g::-", "-m", "d:u:0:rx,d:o::-", d + "/d/sub"], check=True)
    age(d)


@point(ALL, lower=with_lists)
def p53_access_lists_and_modes_agree(m):
    def all_of(name):
        return listed(m / name), oct(os.stat(m / name).st_mode), sorted(xattrs(m / name))
    for name in ("g", "h1", "d/sub"):
        m.see(("of the layer", name), all_of(name))
        os.utime(m / name, ns=(1, 2))
        m.see(("copied", name), all_of(name))
    for name in ("f", "d/sub", "h2", "p"):
        for entries in LISTS:
            subprocess.run(["setfacl", "-m", entries, m / name], check=True)
            m.see((name, entries), all_of(name))
            for mode in (0o4751, 0o640, 0o707, 0, 0o2770):
                os.chmod(m / name, mode)
                m.see((name, entries, oct(mode)), all_of(name))
        os.removexattr(m / name, "system.posix_acl_access")
        m.see((name, "without"), all_of(name))
        subprocess.run(["setfacl", "-m", "u:0:rw,m::x", m / name], check=True)
        subprocess.run(["setfacl", "-b", m / name], check=True)
        m.see((name, "removed"), all_of(name))
        subprocess.run(["setfacl", "-m", "u:0:rw,m::x,o::-", m / name], check=True)
    m.see("no list", error_of(os.setxattr, m / "f", "system.posix_acl_access", b"\2\0\0\0nonsense"))
    m.see("of a link", error_of(os.setxattr, m / "s", "system.posix_acl_access", b"\2\0\0\0", follow_symlinks=False))
    write(m / "d/sub/new", b"")
    m.see("inherited", all_of("d/sub/new"))


@point(ALL)
def p54_extended_attributes(m):
    for name in ("f", "d", "s", "p", "h1"):
        for attribute in ("user.k", "user.", "trusted.k", "security.k", "nonsense", "system.nonsense", "user." + "l" * 250, "user." + "l" * 251):
            if m.identity in ("space", "one", "user") and attribute.startswith(("security", "trusted")):
                continue
            m.see((name, attribute), (error_of(os.setxattr, m / name, attribute, b"v", follow_symlinks=False),
                                      error_of(os.getxattr, m / name, attribute, follow_symlinks=False)))
    m.see("create", error_of(os.setxattr, m / "f", "user.k", b"x", os.XATTR_CREATE))
    m.see("replace", error_of(os.setxattr, m / "f", "user.n", b"x", os.XATTR_REPLACE))
    m.see("no room", system.libc.getxattr(os.fsencode(m / "f"), b"user.k", system.ctypes.create_string_buffer(1), 0))
    os.setxattr(m / "f", "user.long", b"l" * 1000)
    small = system.ctypes.create_string_buffer(10)
    m.see("too small", (system.libc.getxattr(os.fsencode(m / "f"), b"user.long", small, 10), system.ctypes.get_errno()))
    m.see("a list too small", (system.libc.listxattr(os.fsencode(m / "f"), small, 3), system.ctypes.get_errno()))
    m.see("none", error_of(os.removexattr, m / "f", "user.none"))
    os.removexattr(m / "f", "user.k")
    # What the union keeps for itself is not there, and cannot be made.
    if not m.plain:
        for attribute in ("user.containers.override_stat", "user.fuseoverlayfs.x"):
            assert error_of(os.getxattr, m / "f", attribute) == "ENODATA"
            assert error_of(os.setxattr, m / "f", attribute, b"y") in ("ENOTSUP", "EOPNOTSUPP", "EPERM"), attribute
    if m.identity == "root":
        os.setxattr(m / "f", "trusted.k", b"secret")
        m.see("not for all", as_user(1000, os.getxattr, m / "f", "trusted.k"))
        m.see("nor listed", as_user(1000, lambda: sorted(os.listxattr(m / "f"))))


# What is called as the union's own marks are is a file's like any other: an archive is unpacked, a union lies in the mount.
@point(ALL)
def p54_attributes_that_are_called_like_marks(m):
    prefixes = ["user.overlay."] + ["trusted.overlay."] * (m.identity == "root")
    os.mkdir(m / "d/new")
    os.makedirs(m / "new/sub")
    for prefix in prefixes:
        for path in ("f", "d", "d/new", "new", "new/sub"):
            for name in ("opaque", "whiteout", "redirect", "metacopy", "origin", "impure", "mica.ino", "overlay.opaque", "overlay."):
                os.setxattr(m / path, prefix + name, b"y")
                assert os.getxattr(m / path, prefix + name) == b"y", (path, prefix + name)
            m.see(("listed", path), sorted(a for a in os.listxattr(m / path) if "overlay" in a))
            m.see(("removed", path), error_of(os.removexattr, m / path, prefix + "metacopy"))
            m.see(("gone", path), error_of(os.getxattr, m / path, prefix + "metacopy"))
            m.see(("none", path), error_of(os.removexattr, m / path, prefix + "none"))
        # It is longer by 8 bytes where it is kept.
        os.setxattr(m / "f", prefix + "l" * (255 - len(prefix) - 8), b"y")
    m.see("still there", sorted(os.listdir(m / "d")))
    os.rename(m / "new", m / "d/moved")
    os.rename(m / "f", m / "f2")
    m.see("moved", sorted(a for a in os.listxattr(m / "d/moved") + os.listxattr(m / "f2") if "overlay" in a))


def access_list(r, directory):
    """A random one; in a namespace of one id there is just that."""
    def perm():
        return r.choice((0, 1, 2, 4, 5, 6, 7))
    entries = [(1, perm() | OWN >> 6, NOBODY)]
    named = r.random() < 0.7
    if named and r.random() < 0.8:
        entries.append((2, perm(), 0))
    entries.append((4, perm(), NOBODY))
    if named and r.random() < 0.5:
        entries.append((8, perm(), 0))
    if len(entries) > 2 or r.random() < 0.3:
        entries.append((16, perm(), NOBODY))
    entries.append((32, perm(), NOBODY))
    which = "default" if directory and r.random() < 0.5 else "access"
    return "system.posix_acl_" + which, struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)


NOBODY = 0xffffffff
OWN = 0o700 if os.getuid() else 0  # a user's mount lets that user do everything
SEED = int(os.environ.get("MICA_TEST_SEED", time.time()))


class Walk:
    """Random steps that give modes and lists to files."""
    def __init__(self, m, seed):
        self.m, self.random = m, random.Random(seed)
        self.steps = [self.make, self.make, self.make, self.chmod, self.chmod, self.set, self.set, self.remove_list, self.chown, self.rename,
                      self.link, self.unnamed, self.remove, self.change]

    def place(self):
        r = self.random
        return "/".join(r.choice("abc") for _ in range(r.choice((1, 1, 2, 2, 3))))

    def all(self):
        """What can be seen, in the same order in each tree."""
        found = []
        for top, directories, files in os.walk(self.m / "", followlinks=False):
            directories.sort()
            found += [os.path.relpath(os.path.join(top, n), self.m / "") for n in sorted(directories + files)]
        return found

    def find(self):
        found = self.all()
        return self.random.choice(found) if found else "f"

    def make(self):
        r, path = self.random, self.place()
        mode, umask, kind = r.choice((0o777, 0o666, 0o600, 0o640, 0o2755, 0o4711, 0)) | OWN, r.choice((0, 0o022, 0o077, 0o027)), r.choice("dddfffpl")
        os.umask(umask)
        how = {"d": os.mkdir, "f": lambda p, mode: os.close(os.open(p, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)), "p": os.mkfifo,
               "l": lambda p, _: os.symlink("x", p)}[kind]
        error = error_of(how, self.m / path, mode)
        os.umask(0o022)
        return ("make", path, kind, oct(mode), oct(umask)), error, path

    def chmod(self):
        path, mode = self.find(), self.random.choice((0o755, 0o700, 0o644, 0o600, 0o070, 0o007, 0o2770, 0o4751, 0o1777, 0o6666, 0o777)) | OWN
        # Followed, a link may lead out of the tree.
        error = "link" if os.path.islink(self.m / path) else error_of(os.chmod, self.m / path, mode)
        return ("chmod", path, oct(mode)), error, path

    def set(self):
        path = self.find()
        name, value = access_list(self.random, os.path.isdir(self.m / path))
        return ("set", path, name, value.hex()), error_of(os.setxattr, self.m / path, name, value, 0, follow_symlinks=False), path

    def remove_list(self):
        path, name = self.find(), "system.posix_acl_" + self.random.choice(("access", "default"))
        return ("without", path, name), error_of(os.removexattr, self.m / path, name, follow_symlinks=False), path

    def chown(self):
        path, uid = self.find(), self.random.choice((-1, os.getuid()))
        return ("chown", path, uid), error_of(os.chown, self.m / path, uid, os.getgid(), follow_symlinks=False), path

    def rename(self):
        path, to = self.find(), self.place()
        return ("rename", path, to), error_of(os.rename, self.m / path, self.m / to), to

    def link(self):
        path, to = self.find(), self.place()
        return ("link", path, to), error_of(os.link, self.m / path, self.m / to, follow_symlinks=False), to

    def unnamed(self):
        path = self.place()
        to, mode, umask = path + "/" + self.random.choice("abc"), self.random.choice((0o666, 0o777, 0o600, 0o4755)) | OWN, self.random.choice((0, 0o027))

        def make():
            os.umask(umask)
            with opened(self.m / path, os.O_TMPFILE | os.O_RDWR, mode) as fd:
                system.linkat(system.AT_FDCWD, b"/proc/self/fd/%d" % fd, os.fsencode(self.m / to), system.AT_SYMLINK_FOLLOW)
        error = error_of(make)
        os.umask(0o022)
        return ("unnamed", to, oct(mode), oct(umask)), error, to

    def remove(self):
        path = self.find()
        how = os.rmdir if os.path.isdir(self.m / path) and not os.path.islink(self.m / path) else os.unlink
        return ("remove", path), error_of(how, self.m / path), path

    def change(self):
        path = self.find()
        if not os.path.isfile(self.m / path) or os.path.islink(self.m / path):
            return ("change", path), "no file", path
        way = self.random.choice(("write", "truncate", "allocate"))
        return ("change", path, way), error_of(WAYS[way], self.m / path), path

    def step(self):
        what, error, path = self.random.choice(self.steps)()
        try:
            st = os.lstat(self.m / path)
            return what, error, oct(st.st_mode), st.st_nlink if not stat.S_ISDIR(st.st_mode) else 0, xattrs(self.m / path)
        except OSError:
            return what, error


def lists_of_many(d):
    walk = Walk(pathlib.Path(d), SEED)
    for _ in range(60):
        walk.step()
    # tar, which makes images of it, keeps no links of fifos: each has one name.
    for path in walk.all():
        st = os.lstat(walk.m / path)
        if stat.S_ISFIFO(st.st_mode) and st.st_nlink > 1:
            os.unlink(walk.m / path)
    age(d)


@point(ALL, lower=lists_of_many, options="redirect_dir=on,metacopy=on")
def p53_random_steps_with_access_lists(m):
    walk = Walk(m, SEED + 1)
    for i in range(300):
        m.see(("MICA_TEST_SEED=%d" % SEED, i), walk.step())
        if i % 100 == 99:
            m.remount()
