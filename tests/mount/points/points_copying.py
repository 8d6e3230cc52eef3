# SPDX-License-Identifier: Apache-2.0
"""Points 1 to 19: copying up."""
import mmap
import os
import socket
import stat
import subprocess

import system
from made_image import Tar
from scene import age, common, error_of, mount_layers, noise, nothing, opened, point, read, wait_for_clock, write, xattrs

ALL = "root user space one"
METACOPY = "redirect_dir=on,metacopy=on"
BIG = 8 << 20


def st_of(path):
    """What copying up must keep."""
    st = os.lstat(path)
    links = 0 if stat.S_ISDIR(st.st_mode) else st.st_nlink  # p45
    return st.st_ino, st.st_dev, st.st_mode, st.st_uid, st.st_gid, st.st_size, links, st.st_rdev, st.st_mtime_ns, st.st_atime_ns


def big(d):
    write(d + "/big", noise(BIG))
    common_less_big(d)


def common_less_big(d):
    write(d + "/f", b"lower\n")
    os.mkdir(d + "/d")
    write(d + "/d/a", b"a")
    age(d)


@point(ALL)
def p01_an_open_file_sees_what_is_written_later(m):
    with opened(m / "f") as old, opened(m / "f", os.O_WRONLY) as new:
        assert os.pread(old, 9, 0) == b"lower\n"
        os.write(new, b"NEW")
        assert os.pread(old, 9, 0) == b"NEWer\n"
        os.fsync(new)
        os.posix_fadvise(old, 0, 0, os.POSIX_FADV_DONTNEED)
        assert os.pread(old, 9, 0) == b"NEWer\n"
        os.pwrite(new, b"more", 6)
        assert os.fstat(old).st_size == 10
        assert os.fstat(old).st_ino == os.stat(m / "f").st_ino


@point("root user", options=METACOPY)
def p01_an_open_file_sees_it_after_its_metadata_alone_were_copied(m):
    with opened(m / "f") as old:
        os.chmod(m / "f", 0o600)
        os.posix_fadvise(old, 0, 0, os.POSIX_FADV_DONTNEED)
        assert os.pread(old, 9, 0) == b"lower\n"
        with opened(m / "f", os.O_WRONLY) as new:
            os.write(new, b"NEW")
            os.fsync(new)
        os.posix_fadvise(old, 0, 0, os.POSIX_FADV_DONTNEED)
        assert os.pread(old, 9, 0) == b"NEWer\n"


@point(ALL)
def p02_a_mapping_sees_what_is_written_later(m):
    with opened(m / "f") as old:
        area = mmap.mmap(old, 6, mmap.MAP_SHARED, mmap.PROT_READ)
        assert area[:] == b"lower\n"
        with opened(m / "f", os.O_WRONLY) as new:
            os.write(new, b"NEW")
        assert area[:] == b"NEWer\n"
        area.close()


@point(ALL)
def p03_opening_for_writing_copies_nothing(m):
    before = st_of(m / "f")
    os.close(os.open(m / "f", os.O_RDWR))
    os.close(os.open(m / "d/a", os.O_WRONLY | os.O_APPEND))
    assert st_of(m / "f") == before and read(m / "f") == b"lower\n"
    assert m.plain or os.listdir(m.upper) == []


@point("root user", lower=big)
def p04_truncating_at_open_copies_no_data(m):
    before = m.plain or m.bytes_written()
    os.close(os.open(m / "big", os.O_WRONLY | os.O_TRUNC))
    assert os.stat(m / "big").st_size == 0
    if not m.plain:
        assert m.bytes_written() - before < 1 << 20
        assert os.stat(m.upper + "/big").st_blocks <= 8  # attributes


@point(ALL, lower=big, options=METACOPY)
def p05_changes_of_metadata_copy_no_data(m):
    before = m.plain or m.bytes_written()
    os.chmod(m / "big", 0o640)
    os.chown(m / "big", os.getuid(), os.getgid())
    os.setxattr(m / "big", "user.k", b"v")
    os.utime(m / "big", ns=(10**18 + 1, 10**18 + 2))
    if not m.plain:
        assert m.bytes_written() - before < 1 << 20
        st = os.stat(m.upper + "/big")
        assert st.st_size == BIG and st.st_blocks * 512 < 1 << 20, st
        assert m.mark("big", "metacopy") is not None
    assert os.stat(m / "big").st_blocks * 512 >= BIG
    with opened(m / "big", os.O_RDWR) as fd:
        os.pwrite(fd, b"x", 5)
    assert m.plain or m.mark("big", "metacopy") is None


def sparse(d):
    with opened(d + "/sparse", os.O_RDWR | os.O_CREAT) as fd:
        os.ftruncate(fd, 1 << 30)
        os.pwrite(fd, b"d" * 4096, 512 << 20)
        os.pwrite(fd, b"e" * 4096, (1 << 30) - 4096)
    age(d)


def segments(fd):
    """Where data begins and ends, between holes."""
    found, at = [], 0
    while True:
        try:
            at = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            return found
        end = os.lseek(fd, at, os.SEEK_HOLE)
        found.append((at, end))
        at = end


@point("root user", lower=sparse)
def p06_holes_stay_holes(m):
    with opened(m / "sparse", os.O_RDWR) as fd:
        m.see("before", segments(fd))
        os.pwrite(fd, b"x", 4096)
        m.see("after", segments(fd))
        assert os.pread(fd, 4097, (512 << 20) - 1) == b"\0" + b"d" * 4096
        assert os.fstat(fd).st_blocks * 512 <= 5 * 4096
    if not m.plain:
        assert os.stat(m.upper + "/sparse").st_blocks * 512 <= 5 * 4096


def odd_modes(d):
    common(d)
    for name, mode in (("suid", 0o4755), ("sgid", 0o2755), ("both", 0o6711), ("none0", 0o400)):
        write(d + "/" + name, b"x")
        os.chmod(d + "/" + name, mode)
    os.mkdir(d + "/sticky")
    os.chmod(d + "/sticky", 0o1777)
    os.mkdir(d + "/shared")
    os.chmod(d + "/shared", 0o2775)
    if os.getuid() == 0 and error_of(os.chown, d + "/g", 7, 8) is None:
        os.chown(d + "/suid", 1234, 4321)
        os.chmod(d + "/suid", 0o4755)
    age(d)


@point(ALL, lower=odd_modes)
def p08_times_modes_and_owners_are_kept(m):
    for name in ("f", "suid", "sgid", "both", "none0", "sticky", "shared", "d", "g"):
        before, ctime = st_of(m / name), os.stat(m / name).st_ctime_ns
        wait_for_clock(m.base)
        if name == "none0":
            os.chmod(m / name, 0o400)  # its owner may not write, attributes neither
        else:
            os.setxattr(m / name, "user.k", b"v")
        assert st_of(m / name) == before, (name, before, st_of(m / name))
        assert os.stat(m / name).st_ctime_ns > ctime, name
        assert m.plain or m.is_in_upper(name)


def attributes(d):
    common(d)
    values = {"user.k": b"value", b"user.\xff\xfe": b"\0\xff", "user.long": b"l" * 2000, "user.empty": b""}
    for name in ("f", "d"):
        for key, value in values.items():
            os.setxattr(d + "/" + name, key, value)
    # The access list: user 1 may read and write, mask rw.
    subprocess.run(["setfacl", "-m", "u:0:rw,g:0:r", d + "/f"], check=True)
    subprocess.run(["setfacl", "-d", "-m", "u:0:rwx", d + "/d"], check=True)
    if system.libc.geteuid() == 0 and error_of(os.setxattr, d + "/g", "trusted.t", b"T") is None:
        os.setxattr(d + "/g", "security.capability", CAPABILITY)
        os.setxattr(d + "/s", "trusted.link", b"L", follow_symlinks=False)
        os.setxattr(d + "/p", "trusted.fifo", b"F")
    age(d)


CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")


@point(ALL, lower=attributes)
def p09_extended_attributes_and_access_lists_are_kept(m):
    before = {name: xattrs(m / name) for name in ("f", "d", "g", "s", "p")}
    assert before["f"][b"user.\xff\xfe"] == b"\0\xff" and len(before["f"][b"user.long"]) == 2000
    m.see("attributes", sorted(before["f"]) + sorted(before["d"]) + sorted(before["g"]))
    for name in ("f", "d", "g", "p"):
        os.utime(m / name, ns=(1, 2))
    os.utime(m / "s", ns=(1, 2), follow_symlinks=False)
    for name, expected in before.items():
        assert xattrs(m / name) == expected, (name, expected, xattrs(m / name))
        assert m.plain or m.is_in_upper(name)


def large_attributes(d):
    write(d + "/value", b"")
    os.setxattr(d + "/value", "trusted.large", b"v" * 65536)
    write(d + "/list", b"")
    for i in range(290):
        os.setxattr(d + "/list", "trusted.%0240d" % i, b"")
    write(d + "/f", b"")


# In memory, where attributes may be as large as the calls take them.
@point("root", kinds="plain live", lower=large_attributes, size="64m", differs=True, kernel=False)
def p09_the_largest_attributes(m):
    os.chmod(m / "value", 0o600)
    assert len(os.getxattr(m / "value", "trusted.large")) == 65536
    m.see("a longer list than can be told", error_of(os.listxattr, m / "list"))
    m.see("the attributes of it", len(os.getxattr(m / "list", "trusted.%0240d" % 7)))
    # What cannot be listed cannot be copied, and is not lost without a word.
    if not m.plain:
        assert error_of(os.chmod, m / "list", 0o600) == "E2BIG"
        assert not m.is_in_upper("list")


@point(ALL)
def p10_a_link_keeps_what_it_has(m):
    before = os.lstat(m / "s")
    os.link(m / "s", m / "s2", follow_symlinks=False)
    after = os.lstat(m / "s")
    assert (after.st_mtime_ns, after.st_uid, after.st_mode, after.st_ino) == (before.st_mtime_ns, before.st_uid, before.st_mode, before.st_ino)
    assert os.readlink(m / "s") == os.readlink(m / "s2") == "f" and after.st_nlink == 2


def special(d):
    common(d)
    if error_of(os.mknod, d + "/c", stat.S_IFCHR | 0o600, os.makedev(1, 70000)) is None:
        os.mknod(d + "/blk", stat.S_IFBLK | 0o600, os.makedev(259, 300))
    age(d)


@point(ALL, lower=special)
def p11_fifos_sockets_and_devices(m):
    m.see("device", error_of(os.lstat, m / "c"))
    for name in sorted({"p", "c", "blk"} & set(os.listdir(m.top))):
        before = st_of(m / name)
        os.chmod(m / name, 0o604)
        after = st_of(m / name)
        assert after[2] == stat.S_IFMT(before[2]) | 0o604 and after[0] == before[0] and after[3:9] == before[3:9], (name, before, after)
    # A reader waits for a writer in the kernel, not in the daemon.
    pid = os.fork()
    if pid == 0:
        with opened(m / "p") as fd:
            os._exit(0 if os.read(fd, 9) == b"through" else 1)
    with opened(m / "p", os.O_WRONLY) as fd:
        assert read(m / "f") == b"lower\n"
        os.write(fd, b"through")
    assert os.waitpid(pid, 0)[1] == 0


def with_socket(d):
    common(d)
    os.chdir(d)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock")
    os.chdir("../..")
    age(d)


@point(ALL, kinds="plain live", lower=with_socket)
def p11_sockets_are_copied_and_meet(m):
    os.chmod(m / "sock", 0o606)
    assert stat.S_ISSOCK(os.stat(m / "sock").st_mode)
    os.unlink(m / "sock")
    os.chdir(m.top)
    try:
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as caller:
            listener.bind("sock")
            listener.listen()
            m.see("connecting", error_of(caller.connect, "sock"))
    finally:
        os.chdir("../..")


def deep(d):
    common(d)
    os.makedirs(d + "/x/y/z")
    write(d + "/x/y/z/f", b"deep")
    os.setxattr(d + "/x/y", "user.k", b"v")
    subprocess.run(["setfacl", "-m", "u:0:rx", d + "/x/y"], check=True)
    subprocess.run(["setfacl", "-d", "-m", "u:0:rwx", d + "/x"], check=True)
    os.chmod(d + "/x/y/z", 0o2751)
    os.chmod(d + "/x", 0o1773)
    age(d)


@point(ALL, lower=deep)
def p12_directories_above_are_copied_as_they_are(m):
    names = ("", "x", "x/y", "x/y/z")
    before = {name: (st_of(m / name)[:9], xattrs(m / name)) for name in names}
    os.chmod(m / "x/y/z/f", 0o600)
    assert m.plain or m.is_in_upper("x/y/z/f")
    for name in names:
        assert (st_of(m / name)[:9], xattrs(m / name)) == before[name], (name, before[name], st_of(m / name), xattrs(m / name))


def closed(d):
    common(d)
    os.mkdir(d + "/ro")
    write(d + "/ro/f", b"old")
    os.mkdir(d + "/ro/sub")
    os.chmod(d + "/ro/sub", 0o555)
    os.chmod(d + "/ro", 0o555)
    write(d + "/ro444", b"old")
    os.chmod(d + "/ro444", 0o444)
    age(d)


@point(ALL, lower=closed)
def p13_directories_that_are_closed_to_writing(m):
    with opened(m / "ro/f", os.O_WRONLY) as fd:
        os.write(fd, b"new")
    os.chmod(m / "ro444", 0o400)
    os.utime(m / "ro/sub", ns=(1, 2))
    assert stat.S_IMODE(os.stat(m / "ro").st_mode) == 0o555 and read(m / "ro/f") == b"new"


@point("root user space one", kinds="live image", lower=closed, differs=True)
def p13_directories_that_are_closed_altogether(m):
    os.chmod(m / "d/sub", 0)
    os.chmod(m / "d", 0)
    m.remount()
    with opened(m / "d/sub/x", os.O_WRONLY) as fd:  # the owner of the mount, or its superuser
        os.write(fd, b"new")
    write(m / "d/sub/y", b"y")
    os.unlink(m / "d/sub/x")
    assert os.listdir(m / "d/sub") == ["y"]
    assert stat.S_IMODE(os.stat(m / "d").st_mode) == 0


def too_big(d):
    # Not in the small file system, which is for the branch.
    common_less_big(d)
    write(d + "/big", noise(6 << 20))
    write(d + "/fill", noise(7 << 20))


@point("root space", kinds="live", lower=too_big, size="16m", kernel=False)
def p14_a_full_disk_leaves_nothing_half_done(m):
    write(m / "filler", bytes(1 << 20))
    assert error_of(os.truncate, m / "fill", 5) == "ENOSPC"
    assert not m.is_in_upper("fill") and os.stat(m / "fill").st_size == 7 << 20
    assert m.temporaries() == [], m.temporaries()
    os.unlink(m / "filler")
    write(m / "small", b"small")
    with opened(m / "f", os.O_WRONLY) as fd:
        os.write(fd, b"LOWER")


def slow(d):
    for i in range(3):
        write(d + "/big%d" % i, b"0123456789abcdef" * (2 << 20))
    common_less_big(d)


# Where exactly it is killed is what tests/fault is for.
@point("root user", kinds="live image", lower=slow)
def p15_killed_while_it_copies(m):
    for i in range(3):
        name = "big%d" % i
        pid = os.fork()
        if pid == 0:
            error_of(os.truncate, m / name, (32 << 20) - 1)
            os._exit(0)
        ended = False
        while not ended and not m.temporaries():
            ended = os.waitpid(pid, os.WNOHANG)[0] == pid
        m.kill()
        ended or os.waitpid(pid, 0)
        m.mount()
        assert m.temporaries() == [], m.temporaries()
        size = os.stat(m / name).st_size
        assert size in (32 << 20, (32 << 20) - 1), size
        assert read(m / name) == (b"0123456789abcdef" * (2 << 20))[:size]


@point("root user", lower=big)
def p16_two_who_change_a_file_at_once_make_one_copy(m):
    before = m.plain or m.bytes_written()
    pids = []
    for i in range(6):
        pid = os.fork()
        if pid == 0:
            with opened(m / "big", os.O_WRONLY) as fd:
                for j in range(50):
                    os.pwrite(fd, b"%d" % i, (j * 6 + i) * 1000)
            os._exit(0)
        pids.append(pid)
    # Meanwhile others are served.
    os.chmod(m / "f", 0o600)
    write(m / "new", b"new")
    for pid in pids:
        assert os.waitpid(pid, 0)[1] == 0
    assert m.plain or m.bytes_written() - before < BIG * 3 // 2
    data = read(m / "big")
    assert all(data[k * 1000:k * 1000 + 1] == b"%d" % (k % 6) for k in range(300))
    write(m / "big", b"short")  # what is compared at the end


def numbers(m):
    found = {}
    for top, directories, files in os.walk(m.top):
        fd = os.open(top, os.O_RDONLY)
        for ino, _, _, name in system.all_entries(fd):
            if name not in (b".", b".."):
                st = os.lstat(os.path.join(os.fsencode(top), name))
                assert st.st_ino == ino, (top, name, st.st_ino, ino)
                found[os.path.join(os.fsencode(top), name)] = st.st_ino, st.st_dev, st.st_nlink
        os.close(fd)
    groups = {}
    for path, (ino, _, _) in found.items():
        groups.setdefault(ino, []).append(path)
    for paths in groups.values():
        assert len(paths) == 1 or found[paths[0]][2] == len(paths), paths
    return {path: (ino, dev) for path, (ino, dev, _) in found.items()}


def change_a_bit(m):
    write(m / "f", b"new")
    os.chmod(m / "d/a", 0o600)
    os.rename(m / "g", m / "d/g")
    write(m / "new", b"new")
    os.mkdir(m / "newdir")
    os.link(m / "new", m / "newdir/new2")


@point(ALL)
def p17_inode_numbers_stay(m):
    before = numbers(m)
    change_a_bit(m)
    after = numbers(m)
    moved = {os.fsencode(m.top) + b"/g": os.fsencode(m.top) + b"/d/g"}
    for path, number in before.items():
        assert after[moved.get(path, path)] == number, path
    m.remount()
    assert {path: ino for path, (ino, _) in numbers(m).items()} == {path: ino for path, (ino, _) in after.items()}


def on_two_devices(d):
    common(d)
    if not d.endswith("/top"):
        os.mkdir(d + "/../other")
        system.mount("tmpfs", d + "/../other", "tmpfs", 0, "mode=755")
        common(d + "/../other")
        os.mkdir(d + "/../other/more")
        write(d + "/../other/more/f", b"more")


@point("root space", kinds="live", lower=on_two_devices, kernel=False)
def p17_inode_numbers_of_layers_on_two_devices(m):
    m.unmount()
    other = os.path.join(m.base, "other")
    m.lower, only = m.lower + ":" + other, m.lower
    m.mount()
    p17_inode_numbers_stay(m)
    os.chmod(m / "more/f", 0o600)
    numbers(m)
    m.unmount()
    m.lower = only
    system.umount(other)
    m.kind = "live-two"  # the layer is compared no more
    m.mount()


@point("root user")
def p18_a_program_that_runs_is_not_written(m):
    write(m / "cat", read("/bin/cat"), mode=0o755)
    os.chmod(m / "cat", 0o755)
    m.remount()
    with subprocess.Popen([m / "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b"it runs")
        process.stdin.flush()
        assert process.stdout.read(7) == b"it runs"
        m.see("opening it for writing", error_of(os.open, m / "cat", os.O_WRONLY))
        m.see("truncating", error_of(os.truncate, m / "cat", 0))
        process.stdin.close()
    with opened(m / "cat", os.O_WRONLY):
        m.see("running what is written", error_of(os.execv, m / "cat", ["cat"]))


def owners(d):
    common(d)
    if os.getuid() == 0 and error_of(os.chown, d + "/g", 7, 8) is None:
        os.chown(d + "/d", 1000, 1001)
    age(d)


@point("root space", lower=owners)
def p19_owners_of_the_namespace_are_kept(m):
    before = [os.stat(m / name)[4:6] for name in ("g", "d")]
    assert before == [(7, 8), (1000, 1001)]
    os.chmod(m / "g", 0o644)
    write(m / "d/new", b"")
    assert [os.stat(m / name)[4:6] for name in ("g", "d")] == before


@point("space one", kinds="image", lower=nothing, differs=True)
def p19_owners_that_the_namespace_does_not_have(m):
    """The kernel lets nobody change such a file, and so it is never given to somebody else without a word."""
    mount_layers(m, Tar().file("f", b"text", uid=70000, gid=70001).dir("d", uid=70000).file("d/f", b"text"))
    refused = ("EOVERFLOW", "EACCES", "EPERM")
    for function, arguments in ((os.truncate, ("f", 1)), (os.chmod, ("f", 0o600)), (write, ("d/new", b"")), (os.unlink, ("d/f",))):
        assert error_of(function, m / arguments[0], *arguments[1:]) in refused, (function, arguments)
    assert not m.is_in_upper("f") and not m.is_in_upper("d") and read(m / "d/f") == b"text"
