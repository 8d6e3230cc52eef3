# SPDX-License-Identifier: Apache-2.0
"""Points 20 to 24: hard links of a layer."""
import os

import system
from scene import age, common, error_of, opened, point, read, write

ALL = "root user space one"


def pair(d):
    common(d)
    write(d + "/a", b"old")
    os.link(d + "/a", d + "/b")
    age(d)


@point(ALL, lower=pair)
def p20_the_link_count_is_right_at_the_first_stat(m):
    assert os.stat(m / "a").st_nlink == 2
    m.remount()
    assert os.stat(m / "d/h3").st_nlink == 3
    assert os.stat(m / "d/h3").st_ino == os.stat(m / "h1").st_ino == os.stat(m / "h2").st_ino


@point(ALL, lower=pair)
def p21_all_names_show_what_is_written_to_one(m):
    with opened(m / "b") as old:
        with opened(m / "a", os.O_WRONLY) as fd:
            os.write(fd, b"new")
        assert os.pread(old, 9, 0) == b"new"
    for _ in range(2):
        assert read(m / "a") == read(m / "b") == b"new"
        a, b = os.stat(m / "a"), os.stat(m / "b")
        assert (a.st_ino, a.st_nlink) == (b.st_ino, b.st_nlink) and a.st_nlink == 2
        m.remount()
    os.chmod(m / "h2", 0o600)
    assert {os.stat(m / n).st_mode & 0o777 for n in ("h1", "h2", "d/h3")} == {0o600}


def other_pairs(d):
    common(d)
    os.link(d + "/s", d + "/d/s2", follow_symlinks=False)
    os.link(d + "/p", d + "/p2")
    age(d)


@point(ALL, lower=other_pairs)
def p21_all_names_of_what_is_no_file_follow(m):
    pairs = {"s": "d/s2", "p2": "p"}
    if m.kind == "image":
        del pairs["p2"]  # of which no archive says that it is one
    for name, other in pairs.items():
        before = os.lstat(m / name)
        os.utime(m / name, ns=(1, 2), follow_symlinks=False)
        for _ in range(2):
            a, b = os.lstat(m / name), os.lstat(m / other)
            got = [(x.st_ino, x.st_nlink, x.st_mtime_ns) for x in (a, b)]
            assert got == [(before.st_ino, 2, 2)] * 2, (name, got, before.st_ino)
            m.remount()
    os.unlink(m / "s")
    m.remount()
    assert os.lstat(m / "d/s2").st_nlink == 1
    os.unlink(m / "d/s2")
    os.rename(m / "f", m / "p")
    os.unlink(m / "p2")
    m.remount()
    for marks in ("/mica-links", "/mica-marks"):
        assert m.plain or not os.path.exists(m.work + marks) or os.listdir(m.work + marks) == []


@point("root user", lower=pair, options="redirect_dir=on,metacopy=on")
def p21_all_names_show_it_where_only_metadata_is_copied(m):
    os.chmod(m / "a", 0o604)
    for _ in range(2):
        assert read(m / "b") == b"old" and os.stat(m / "b").st_mode & 0o777 == 0o604 and os.stat(m / "b").st_nlink == 2
        m.remount()
    write(m / "b", b"new")
    m.remount()
    assert read(m / "a") == b"new"


@point(ALL, lower=pair)
def p22_the_count_falls_with_each_name(m):
    with opened(m / "a") as fd:
        os.unlink(m / "a")
        assert os.stat(m / "b").st_nlink == 1
        m.see("both are one", os.fstat(fd).st_ino == os.stat(m / "b").st_ino)
    m.remount()
    assert os.stat(m / "b").st_nlink == 1 and read(m / "b") == b"old"
    os.unlink(m / "b")
    for name, left in (("h1", 2), ("d/h3", 1)):
        os.unlink(m / name)
        m.remount()
        assert os.stat(m / "h2").st_nlink == left
    os.unlink(m / "h2")
    m.remount()
    assert m.plain or os.listdir(m.work + "/mica-links") == []


@point(ALL, lower=pair)
def p23_further_links(m):
    os.link(m / "f", m / "f2")
    assert os.stat(m / "f").st_nlink == 2 and os.stat(m / "f").st_ino == os.stat(m / "f2").st_ino
    os.link(m / "a", m / "c")
    assert os.stat(m / "b").st_nlink == 3
    os.unlink(m / "g")
    os.link(m / "f", m / "g")  # over a whiteout
    assert read(m / "g") == b"lower\n" and os.stat(m / "f").st_nlink == 3
    os.unlink(m / "b")
    os.link(m / "a", m / "b")
    m.see("over a name", error_of(os.link, m / "f", m / "a"))
    m.see("of a directory", error_of(os.link, m / "d", m / "d2"))
    m.see("over a directory", error_of(os.link, m / "f", m / "d"))
    m.remount()
    assert os.stat(m / "f").st_nlink == 3 and os.stat(m / "a").st_nlink == 3


@point("root user", lower=pair)
def p23_a_file_without_a_name_gets_one_only_if_it_never_had_one(m):
    for name in ("f", "a"):
        with opened(m / name) as fd:
            os.unlink(m / name)
            m.see(name, error_of(system.linkat, system.AT_FDCWD, b"/proc/self/fd/%d" % fd, os.fsencode(m / "again"), system.AT_SYMLINK_FOLLOW))
    assert read(m / "b") == b"old"
    with opened(m.top, os.O_TMPFILE | os.O_RDWR) as fd:
        os.write(fd, b"tmpfile")
        m.see("links", os.fstat(fd).st_nlink)
        m.see("named", error_of(system.linkat, system.AT_FDCWD, b"/proc/self/fd/%d" % fd, os.fsencode(m / "named"), system.AT_SYMLINK_FOLLOW))
    with opened(m.top, os.O_TMPFILE | os.O_RDWR | os.O_EXCL) as fd:
        m.see("for ever without", error_of(system.linkat, system.AT_FDCWD, b"/proc/self/fd/%d" % fd, os.fsencode(m / "ever"), system.AT_SYMLINK_FOLLOW))


@point(ALL, lower=pair)
def p24_renaming_one_name_over_the_other_does_nothing(m):
    os.rename(m / "a", m / "b")
    os.rename(m / "h1", m / "d/h3")
    assert read(m / "a") == read(m / "b") == b"old" and os.stat(m / "a").st_nlink == 2
    write(m / "h2", b"new")
    os.rename(m / "h2", m / "h1")
    assert read(m / "d/h3") == b"new" and os.stat(m / "h1").st_nlink == 3
