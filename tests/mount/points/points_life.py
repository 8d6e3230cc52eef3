# SPDX-License-Identifier: Apache-2.0
"""Points 55 to 65: names, durability, locks, notifications, mappings, programs."""
import ctypes
import fcntl
import mmap
import os
import signal
import sqlite3
import struct
import subprocess

import system
from scene import BIN, age, common, error_of, opened, point, read, write

ALL = "root user space one"
FS_IOC_GETFLAGS, FS_IOC_FSGETXATTR, FICLONE = 0x80086601, 0x801C581F, 0x40049409
IN_MODIFY, IN_ATTRIB, IN_CREATE, IN_DELETE = 2, 4, 0x100, 0x200


@point(ALL)
def p55_names_of_any_bytes(m):
    names = [b"n" * 255, b"\xff\xfe", b"new\nline", b" ", b"...", b"a\\b", b"\xc3\x28", b".wh", b"a,b=c:d"]
    for name in names:
        write(m / name, name)
        os.mkdir(m / (b"d/" + name))
    os.unlink(m / names[0])
    os.rename(m / names[1], m / names[0])
    m.see("too long", error_of(write, m / (b"n" * 256), b""))
    m.see("a path too long", error_of(os.stat, m / (b"x/" * 2100)))
    assert sorted(set(os.listdir(os.fsencode(m.top))) & set(names)) == sorted(set(names) - {b"\xff\xfe"})
    m.remount()
    assert read(m / names[0]) == b"\xff\xfe"
    os.chdir(m / "d/sub")
    for _ in range(20):  # deeper than a path can say
        os.mkdir("l" * 250)
        os.chdir("l" * 250)
    write("deep", b"deep")
    assert read("deep") == b"deep"
    os.unlink("deep")
    for _ in range(20):
        os.chdir("..")
        os.rmdir("l" * 250)
    os.chdir(os.path.dirname(m.base))


@point("root user")
def p55_links_are_followed_by_the_kernel_alone(m):
    os.symlink("loop2", m / "loop1")
    os.symlink("loop1", m / "loop2")
    m.see("a loop", error_of(read, m / "loop1"))
    os.symlink("l" * 4000, m / "long")
    m.see("a long target", len(os.readlink(m / "long")))
    m.see("too long", error_of(os.symlink, "l" * 4096, m / "longer"))
    os.symlink("", m / "empty-link") if error_of(os.symlink, "", m / "x") is None else m.see("no target", None)
    if m.plain:
        m.differs = True
        return
    m.differs = True
    outside = os.path.join(m.base, "outside")
    os.mkdir(outside)
    write(outside + "/a", b"outside")
    m.unmount()
    # In the place of a directory of the layer, behind our back.
    os.symlink(outside, m.upper + "/d")
    m.mount()
    assert os.readlink(m / "d") == outside
    assert error_of(os.unlink, m / "d/sub/x") == "ENOENT"
    os.unlink(m / "d")
    os.mkdir(m / "d")
    write(m / "d/a", b"inside")
    assert read(outside + "/a") == b"outside" and os.listdir(outside) == ["a"]


@point(ALL)
def p56_what_makes_durable_says_so(m):
    with opened(m / "f", os.O_RDWR) as fd:
        os.write(fd, b"x")
        os.fsync(fd)
        os.fdatasync(fd)
        assert system.libc.syncfs(fd) == 0
    for name in ("", "d"):
        with opened(m / name) as fd:
            os.fsync(fd)
    with opened(m / "g") as fd:
        os.fsync(fd)
    with opened(m / "f", os.O_WRONLY | os.O_SYNC) as fd:
        os.write(fd, b"y")


@point(ALL)
def p57_free_space_is_the_upper_s(m):
    here = os.statvfs(m / "d")
    below = os.statvfs(m.base if m.plain else m.upper)
    assert (here.f_namemax, here.f_blocks, here.f_files) == (255, below.f_blocks, below.f_files)
    assert abs(here.f_bfree - below.f_bfree) < here.f_blocks // 4 and not here.f_flag & os.ST_RDONLY


@point("root user", lower=common)
def p58_locks_meet_over_a_copy_up(m):
    def blocked(kind):
        pid = os.fork()
        if pid == 0:
            with opened(m / "f", os.O_RDWR) as fd:
                if kind == "flock":
                    os._exit(error_of(fcntl.flock, fd, fcntl.LOCK_EX | fcntl.LOCK_NB) == "EAGAIN")
                os._exit(error_of(fcntl.lockf, fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 0) in ("EAGAIN", "EACCES"))
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with opened(m / "f") as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)
        fcntl.lockf(reader, fcntl.LOCK_SH, 10, 0)
        write(m / "f", b"copied up", 0)
        m.see("flock", blocked("flock"))
        m.see("fcntl", blocked("fcntl"))
        fcntl.flock(reader, fcntl.LOCK_UN)
        fcntl.lockf(reader, fcntl.LOCK_UN)
        m.see("no more", (blocked("flock"), blocked("fcntl")))


def watch(path, mask):
    fd = system.check(system.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    system.check(system.libc.inotify_add_watch(fd, os.fsencode(path), mask))
    return fd


def events(fd):
    try:
        data = os.read(fd, 65536)
    except BlockingIOError:
        return []
    found, at = [], 0
    while at < len(data):
        _, mask, _, length = struct.unpack_from("iIII", data, at)
        found.append((mask, data[at + 16:at + 16 + length].rstrip(b"\0")))
        at += 16 + length
    return found


@point("root user")
def p59_who_watches_is_told(m):
    file, directory = watch(m / "f", IN_MODIFY | IN_ATTRIB), watch(m / "d", IN_CREATE | IN_DELETE | IN_MODIFY)
    with opened(m / "f", os.O_WRONLY) as fd:
        os.write(fd, b"x")
        os.write(fd, b"y")
    m.see("written", events(file)[:1])
    os.chmod(m / "f", 0o600)
    m.see("chmod", events(file)[-1:])
    write(m / "d/new", b"x")
    os.unlink(m / "d/a")
    m.see("in the directory", events(directory))
    os.close(file)
    os.close(directory)


@point("root user")
def p60_requests_of_file_systems(m):
    buffer = bytearray(64)
    with opened(m / "f", os.O_RDWR) as fd, opened(m / "d") as directory, opened(m / "new", os.O_RDWR | os.O_CREAT) as new:
        m.see("unknown", error_of(fcntl.ioctl, fd, 0x12345678, buffer))
        m.see("clone", error_of(fcntl.ioctl, new, FICLONE, fd))
        if not m.plain:
            for name, request in (("flags", FS_IOC_GETFLAGS), ("attributes", FS_IOC_FSGETXATTR)):
                for descriptor in (fd, directory):
                    assert error_of(fcntl.ioctl, descriptor, request, buffer) in (None, "ENOTTY", "ENOTSUP", "EOPNOTSUPP"), name


class Handle(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint), ("kind", ctypes.c_int), ("data", ctypes.c_char * 128)]


@point("root", kinds="live image")
def p61_handles_work_or_are_refused(m):
    m.differs = True
    for name in ("f", "g", "d"):
        handle, mount_id = Handle(bytes=128), ctypes.c_int()
        if system.libc.name_to_handle_at(system.AT_FDCWD, os.fsencode(m / name), ctypes.byref(handle), ctypes.byref(mount_id), 0) < 0:
            assert ctypes.get_errno() == 95  # EOPNOTSUPP
            continue
        write(m / "f", b"changed")
        with opened(m.top) as top:
            fd = system.libc.open_by_handle_at(top, ctypes.byref(handle), os.O_RDONLY)
            assert fd >= 0 or ctypes.get_errno() in (116, 95), ctypes.get_errno()
            if fd >= 0:
                assert os.fstat(fd).st_ino == os.stat(m / name).st_ino
                os.close(fd)


@point(ALL)
def p62_shared_mappings(m):
    with opened(m / "big", os.O_RDWR) as fd:
        area = mmap.mmap(fd, 2 << 20)
        area[100:105] = b"first"
        area.flush()
        assert os.pread(fd, 5, 100) == b"first"
        os.pwrite(fd, b"second", 200)
        assert area[200:206] == b"second"
        area[5000:5005] = b"third"
        area.close()
        os.fsync(fd)
    m.remount()
    assert read(m / "big")[5000:5005] == b"third"
    pid = os.fork()
    if pid == 0:
        with opened(m / "f", os.O_RDWR) as fd:
            os.ftruncate(fd, 8192)
            area = mmap.mmap(fd, 8192)
            os.ftruncate(fd, 10)
            area[5000:5001] = b"x"
        os._exit(0)
    m.see("behind the end", os.waitpid(pid, 0)[1])
    write(m / "true", read("/bin/true"), mode=0o755)
    m.see("a program of the branch", subprocess.run([m / "true"], check=False).returncode)


@point(ALL, kinds="live image")
def p64_everything_written_is_there_after_an_unmount(m):
    m.differs = True
    with opened(m / "f", os.O_RDWR) as fd:
        area = mmap.mmap(fd, 6)
        area[0:3] = b"MAP"
        area.close()
    write(m / "new", b"n" * 100000)
    os.truncate(m / "g", 3)
    refused = subprocess.run([BIN + "/micafs", "-o", m.all_options(), m.base + "/lower"], stderr=subprocess.PIPE, check=False)
    assert refused.returncode == 1 and b"in use by another mount" in refused.stderr, refused
    os.kill(m.daemon, signal.SIGTERM)
    m.wait_for_daemon(0)
    assert not os.path.ismount(m.top)
    m.mount()
    assert read(m / "f") == b"MAPer\n" and read(m / "new") == b"n" * 100000 and read(m / "g") == b"oth"
    # A lazy unmount leaves it to those who have something open.
    fd = os.open(m / "new", os.O_RDWR)
    if m.identity == "user":
        subprocess.run(["fusermount3", "-u", "-z", m.top], check=True)
    else:
        system.umount(m.top, system.MNT_DETACH)
    os.pwrite(fd, b"late", 0)
    os.close(fd)
    m.wait_for_daemon(0)
    m.mount()
    assert read(m / "new")[:6] == b"latenn"


def repository(d):
    common(d)
    git(d, "init", "-q")
    git(d, "add", ".")
    git(d, "commit", "-qm", "first")
    database = sqlite3.connect(d + "/base.db")
    database.execute("create table t (a integer primary key, b text)")
    database.executemany("insert into t (b) values (?)", [("row %d" % i,) for i in range(2000)])
    database.commit()
    database.close()


def git(d, *arguments):
    environment = dict(os.environ, GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b",
                       GIT_AUTHOR_DATE="1400000000 +0000", GIT_COMMITTER_DATE="1400000000 +0000", GIT_CONFIG_GLOBAL="/dev/null")
    return subprocess.run(["git", "-c", "safe.directory=*", "-C", d, *arguments], check=True, stdout=subprocess.PIPE, env=environment).stdout


# The long runs are tests/union (random calls) and ./dev fuzz.
@point("root user", lower=repository, kinds="plain live", differs=True, kernel=False)
def p65_programs_at_work(m):
    m.see("clean", git(m.top, "status", "--porcelain"))
    write(m / "d/a", b"changed")
    os.rename(m / "g", m / "renamed")
    git(m.top, "add", "-A")
    git(m.top, "commit", "-qm", "second")
    git(m.top, "gc", "-q")
    m.see("fsck", git(m.top, "fsck", "--full", "--strict"))
    m.see("tree", git(m.top, "rev-parse", "HEAD^{tree}"))
    for mode in ("wal", "delete"):
        database = sqlite3.connect(m / "base.db")
        database.execute("pragma journal_mode = " + mode)
        database.execute("update t set b = b || ? where a % 3 = 0", (mode,))
        database.execute("delete from t where a % 7 = 0")
        database.commit()
        m.see(mode, database.execute("pragma integrity_check").fetchall())
        m.see("rows", database.execute("select count(*), sum(length(b)) from t").fetchall())
        database.close()
        m.remount()
    subprocess.run(["tar", "-C", m.top, "-cf", m.base + "/all.tar", "."], check=True, stderr=subprocess.DEVNULL)
    os.mkdir(m / "again")
    subprocess.run(["tar", "-C", m / "again", "-xf", m.base + "/all.tar"], check=True)
    m.see("the same", subprocess.run(["diff", "-r", "--no-dereference", "-x", "again", "-x", "p", m.top, m / "again"], check=False).returncode)
