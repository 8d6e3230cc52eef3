# SPDX-License-Identifier: Apache-2.0
"""Points 25 to 34: removing names."""
import fcntl
import mmap
import os
import shutil
import stat
import struct

import system
from made_image import Tar
from scene import age, as_user, common, error_of, mount_layers, nothing, opened, point, read, write

ALL = "root user space one"
FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IMMUTABLE_FL = 0x80086601, 0x40086602, 0x10


@point(ALL)
def p25_a_removed_name_stays_removed_and_can_be_made_again(m):
    for name in ("f", "d/a", "s", "p"):
        os.unlink(m / name)
        assert error_of(os.lstat, m / name) == "ENOENT"
        assert os.path.basename(name) not in os.listdir(os.path.dirname(m / name))
        assert m.plain or m.is_whiteout(name)
    m.remount()
    assert error_of(os.lstat, m / "f") == "ENOENT" and "f" not in os.listdir(m.top)
    m.see("again", error_of(os.unlink, m / "f"))
    write(m / "f", b"second")
    os.symlink("elsewhere", m / "d/a")
    os.mkdir(m / "s")
    os.mkfifo(m / "p")
    assert m.plain or not any(m.is_whiteout(name) for name in ("f", "d/a", "s", "p"))
    m.remount()
    assert read(m / "f") == b"second"


@point(ALL)
def p26_what_is_only_the_upper_s_leaves_no_whiteout(m):
    write(m / "new", b"")
    write(m / "d/new", b"")
    os.mkdir(m / "newdir")
    os.unlink(m / "new")
    os.unlink(m / "d/new")
    os.rmdir(m / "newdir")
    assert m.plain or not any(m.is_in_upper(name) for name in ("new", "d/new", "newdir"))


@point(ALL)
def p27_a_directory_that_shows_nothing_can_be_removed(m):
    m.see("not empty", error_of(os.rmdir, m / "d"))
    os.unlink(m / "d/a")
    os.unlink(m / "d/b")
    os.unlink(m / "d/h3")
    os.unlink(m / "d/sub/x")
    m.see("still one", error_of(os.rmdir, m / "d"))
    os.rmdir(m / "d/sub")
    assert os.listdir(m / "d") == []
    os.rmdir(m / "d")
    assert m.plain or m.is_whiteout("d")
    os.rmdir(m / "none")
    m.remount()
    assert error_of(os.lstat, m / "d") == "ENOENT"
    os.mkdir(m / "x")
    write(m / "x/f", b"")
    m.see("upper", error_of(os.rmdir, m / "x"))


@point(ALL)
def p28_a_directory_made_again_is_empty(m):
    shutil.rmtree(m / "d")
    os.mkdir(m / "d")
    for _ in range(2):
        assert os.listdir(m / "d") == []
        assert error_of(os.lstat, m / "d/sub/x") == "ENOENT"
        assert m.plain or m.mark("d", "opaque") == b"y"
        m.remount()
    os.mkdir(m / "d/sub")
    write(m / "d/a", b"new")
    os.unlink(m / "d/a")
    assert os.listdir(m / "d/sub") == []
    assert m.plain or os.listdir(m.upper + "/d") == ["sub"]  # no whiteouts where nothing shows through


def use(m, fd, what):
    """Everything that can be done to an open file."""
    m.see(what + " links", os.fstat(fd).st_nlink)
    m.see(what + " read", os.pread(fd, 4, 0))
    os.pwrite(fd, b"WRITE", 1)
    os.ftruncate(fd, 5000)
    os.fchmod(fd, 0o640)
    os.fchown(fd, os.getuid(), os.getgid())
    m.see(what + " setxattr", error_of(os.setxattr, fd, "user.k", b"v"))
    m.see(what + " getxattr", os.getxattr(fd, "user.k"))
    m.see(what + " utime", error_of(os.utime, fd, ns=(1, 2)))
    m.see(what + " allocate", error_of(os.posix_fallocate, fd, 4096, 8192))
    m.see(what + " punch", error_of(system.fallocate, fd, 3, 0, 4096))
    m.see(what + " seek", (error_of(os.lseek, fd, 0, os.SEEK_DATA), os.lseek(fd, 0, os.SEEK_HOLE)))
    area = mmap.mmap(fd, 8192)
    area[5:8] = b"map"
    area.flush()
    m.see(what + " mapped", (os.pread(fd, 3, 5), bytes(area[:8])))
    area.close()
    with opened("/proc/self/fd/%d" % fd, os.O_RDWR) as again, opened(m / "copy", os.O_RDWR | os.O_CREAT) as copy:
        m.see(what + " opened again", os.pread(again, 3, 5))
        m.see(what + " copied", (os.copy_file_range(fd, copy, 100, 0, 0), os.pread(copy, 9, 0)))
        m.see(what + " copied to", (os.copy_file_range(copy, fd, 3, 5, 100), os.pread(fd, 3, 100)))
    os.fsync(fd)
    st = os.fstat(fd)
    m.see(what + " at last", (oct(st.st_mode), st.st_size, st.st_nlink))


@point(ALL)
def p29_an_open_file_without_a_name_works(m):
    write(m / "new", b"born here")
    with opened(m / "f", os.O_RDWR) as lower, opened(m / "g", os.O_RDWR) as copied, opened(m / "new", os.O_RDWR) as born, \
            opened(m / "empty", os.O_RDWR) as over, opened(m / "h1", os.O_RDWR) as linked:
        os.chmod(m / "g", 0o600)
        os.unlink(m / "f")
        os.unlink(m / "g")
        os.unlink(m / "new")
        os.rename(m / "d/a", m / "empty")
        for name in ("h2", "d/h3", "h1"):
            os.unlink(m / name)
        for fd, what in ((lower, "lower"), (copied, "copied"), (born, "born"), (over, "renamed over"), (linked, "linked")):
            use(m, fd, what)
    assert read(m / "empty") == b"a"
    assert m.plain or not m.temporaries(), m.temporaries()


@point("root user")
def p30_removed_directories_that_are_in_use(m):
    os.mkdir(m / "new")
    for name in ("none", "new"):
        with opened(m / name) as fd:
            os.fchdir(fd)
            os.rmdir(m / name)
            m.see(name + " listing", os.listdir(fd))
            m.see(name + " creating", error_of(os.open, "x", os.O_CREAT | os.O_WRONLY))
            m.see(name + " directory", error_of(os.mkdir, "x"))
            m.see(name + " above", error_of(os.stat, "../f"))
            m.see(name + " stat", (os.fstat(fd).st_nlink, stat.S_ISDIR(os.fstat(fd).st_mode)))
            os.mkdir(m / name)
            m.see(name + " again", os.listdir(fd))
            os.chdir(os.path.dirname(m.base))
    with opened(m / "d") as fd:
        shutil.rmtree(m / "d/sub")
        for name in ("a", "b", "h3"):
            os.unlink(m / ("d/" + name))
        os.utime(fd, (12, 34))
        os.rmdir(m / "d")
        m.see("whiteouts go without a trace", os.fstat(fd).st_mtime)


# The upper's root gets the mode that the mount's has, and so is open to others when it is mounted again.
@point("root", options="insecure_dirs")
def p31_who_may_remove_what(m):
    m.see("unlink of a directory", error_of(os.unlink, m / "d"))
    m.see("rmdir of a file", error_of(os.rmdir, m / "f"))
    m.see("unlink of nothing", error_of(os.unlink, m / "nothing"))
    m.see("below a file", error_of(os.unlink, m / "f/x"))
    m.see("dot", error_of(os.rmdir, m / "d/."))
    m.see("dots", error_of(os.rmdir, m / "d/sub/.."))
    os.mkdir(m / "sticky")
    os.chmod(m / "sticky", 0o1777)
    write(m / "sticky/of-1000", b"")
    os.chown(m / "sticky/of-1000", 1000, 1000)
    write(m / "sticky/of-root", b"")
    for user in (1001, 1000):
        for name in ("of-root", "of-1000"):
            m.see("%d removes %s" % (user, name), as_user(user, os.unlink, m / ("sticky/" + name)))
    m.see("closed", as_user(1000, os.unlink, m / "f"))
    os.chmod(m.top, 0o777)
    m.see("open", as_user(1000, os.unlink, m / "f"))


@point("root user", kinds="live image", differs=True)
def p31_nothing_is_removed_from_a_read_only_mount(m):
    m.unmount()
    m.mount("ro")
    for function, name in ((os.unlink, "f"), (os.rmdir, "none"), (os.mkdir, "new")):
        assert error_of(function, m / name) == "EROFS"
    assert read(m / "f") == b"lower\n"
    m.remount()


@point("root", kinds="live")
def p31_what_is_immutable_in_the_upper_stays(m):
    write(m / "f", b"kept")
    with opened(m.upper + "/f") as fd:
        flags = struct.unpack("i", fcntl.ioctl(fd, FS_IOC_GETFLAGS, bytes(4)))[0]
        fcntl.ioctl(fd, FS_IOC_SETFLAGS, struct.pack("i", flags | FS_IMMUTABLE_FL))
        try:
            assert error_of(os.unlink, m / "f") == "EPERM"
            assert error_of(os.rename, m / "f", m / "x") == "EPERM"
            assert error_of(os.rename, m / "g", m / "f") == "EPERM"
            assert error_of(os.chmod, m / "f", 0o600) == "EPERM"
            assert read(m / "f") == b"kept" and read(m / "g") == b"other\n"
        finally:
            fcntl.ioctl(fd, FS_IOC_SETFLAGS, struct.pack("i", flags))
    m.differs = True


@point("root user", kinds="image", differs=True, lower=nothing)
def p33_whiteouts_of_images_hide_what_is_below_them(m):
    mount_layers(m, Tar().dir("d").file("d/foo", b"1").file("d/both", b"1").dir("o").dir("o/sub").file("o/sub/deep", b"1").file("o/x", b"1"),
                 Tar().file("d/.wh.foo").file("d/both", b"2").file("d/.wh.both").file("o/.wh..wh..opq").file("o/y", b"2").dir("o/sub"))
    assert sorted(os.listdir(m / "d")) == ["both"] and read(m / "d/both") == b"2"
    assert sorted(os.listdir(m / "o")) == ["sub", "y"] and os.listdir(m / "o/sub") == []
    write(m / "d/foo", b"new")
    write(m / "o/x", b"new")
    os.unlink(m / "d/both")
    m.remount()
    assert read(m / "d/foo") == read(m / "o/x") == b"new" and sorted(os.listdir(m / "d")) == ["foo"]


# Whiteouts of the branch are devices, so names that begin with ".wh." are names like others.
@point(ALL, kinds="plain live")
def p33_names_that_look_like_whiteouts_are_names(m):
    write(m / ".wh.f", b"x")
    write(m / "d/.wh..wh..opq", b"")
    os.mkdir(m / ".wh.dir")
    m.remount()
    assert read(m / ".wh.f") == b"x" and read(m / "f") == b"lower\n" and "a" in os.listdir(m / "d")
    os.unlink(m / ".wh.f")


def stacked(d):
    common(d)
    os.mkdir(d + "/attr")
    write(d + "/attr/gone", b"1")
    write(d + "/attr/stays", b"1")
    os.mkdir(d + "/opq")
    write(d + "/opq/gone", b"1")


@point("root space", kinds="live", lower=stacked, kernel=False)
def p34_whiteouts_of_every_form_in_one_stack(m):
    m.unmount()
    mark = "trusted.overlay." if m.identity == "root" else "user.overlay."
    top, middle = m.base + "/l2", m.base + "/l1"
    for layer in (top, middle):
        os.mkdir(layer)
    os.mknod(middle + "/f", stat.S_IFCHR, 0)
    os.mkdir(middle + "/attr")
    os.setxattr(middle + "/attr", mark + "opaque", b"x")
    write(middle + "/attr/gone", b"")
    os.setxattr(middle + "/attr/gone", mark + "whiteout", b"")
    write(middle + "/g", b"middle")
    os.mkdir(top + "/opq")
    os.setxattr(top + "/opq", mark + "opaque", b"y")
    os.mknod(top + "/g", stat.S_IFCHR, 0)
    write(top + "/f", b"top")
    only, m.lower = m.lower, top + ":" + middle + ":" + m.lower
    m.mount()
    assert read(m / "f") == b"top" and error_of(os.stat, m / "g") == "ENOENT"
    assert os.listdir(m / "attr") == ["stays"] and os.listdir(m / "opq") == []
    for name in ("g", "attr/gone", "opq/gone"):
        write(m / name, b"new")
    os.unlink(m / "f")
    os.unlink(m / "attr/stays")
    m.remount()
    assert os.listdir(m / "attr") == ["gone"] and os.listdir(m / "opq") == ["gone"] and error_of(os.stat, m / "f") == "ENOENT"
    for name in ("g", "attr/gone", "opq/gone"):
        assert read(m / name) == b"new"
        os.unlink(m / name)
        assert error_of(os.stat, m / name) == "ENOENT"
    # Whiteouts in the attribute form in the upper itself.
    m.unmount()
    write(m.upper + "/d-gone", b"")
    os.mkdir(m.upper + "/d")
    os.setxattr(m.upper + "/d", mark + "opaque", b"x")
    write(m.upper + "/d/a", b"")
    os.setxattr(m.upper + "/d/a", mark + "whiteout", b"")
    m.mount()
    assert sorted(os.listdir(m / "d")) == ["b", "h3", "sub"] and error_of(os.stat, m / "d/a") == "ENOENT"
    write(m / "d/a", b"again")
    m.remount()
    assert read(m / "d/a") == b"again"
    m.unmount()
    m.lower, m.kind = only, "live-stack"
    m.mount()
