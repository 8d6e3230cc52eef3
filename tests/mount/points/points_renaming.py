# SPDX-License-Identifier: Apache-2.0
"""Points 35 to 40: renaming."""
import os
import threading

import system
from scene import age, common, error_of, opened, point, read, wait_for_clock, write

ALL = "root user space one"
REDIRECT = "redirect_dir=on"


def exchange(a, b):
    system.renameat2(os.fsencode(a), os.fsencode(b), system.RENAME_EXCHANGE)


def no_replace(a, b):
    system.renameat2(os.fsencode(a), os.fsencode(b), system.RENAME_NOREPLACE)


def files(d):
    common(d)
    for i in range(8):
        write(d + "/l%d" % i, b"lower%d" % i)
    age(d)


@point(ALL, lower=files)
def p35_files_over_files(m):
    for i in range(4):
        write(m / ("u%d" % i), b"upper%d" % i)
    os.rename(m / "l0", m / "l1")
    os.rename(m / "l2", m / "u0")
    os.rename(m / "u1", m / "l3")
    os.rename(m / "u2", m / "u3")
    os.unlink(m / "l4")
    os.rename(m / "l5", m / "l4")  # over a whiteout
    os.unlink(m / "l6")
    m.see("onto a whiteout", error_of(no_replace, m / "l7", m / "l6"))
    m.see("onto a file of the layer", error_of(no_replace, m / "l6", m / "f"))
    m.see("onto a file of the branch", error_of(no_replace, m / "l6", m / "u3"))
    m.see("onto itself", error_of(no_replace, m / "l6", m / "l6"))
    m.see("nothing", error_of(os.rename, m / "nothing", m / "f"))
    os.rename(m / "s", m / "d/s")
    os.rename(m / "p", m / "d/sub/p")
    m.remount()
    assert read(m / "l1") == b"lower0" and read(m / "u0") == b"lower2" and read(m / "l3") == b"upper1" and read(m / "l4") == b"lower5"
    assert read(m / "l6") == b"lower7"
    assert not {"l0", "l2", "l5", "l7", "u1", "u2", "s", "p"} & set(os.listdir(m.top))


@point(ALL, lower=files, options=REDIRECT)
def p36_changing_places(m):
    write(m / "u", b"upper")
    os.mkdir(m / "newdir")
    write(m / "newdir/x", b"x")
    for a, b in (("l0", "l1"), ("l2", "u"), ("l3", "newdir"), ("d", "l4"), ("none", "newdir/x"), ("d", "f"), ("s", "p"), ("h1", "h2")):
        m.see((a, b), error_of(exchange, m / a, m / b))
    m.see("with nothing", error_of(exchange, m / "l5", m / "nothing"))
    m.see("with what is in it", error_of(exchange, m / "l3", m / "l3/x"))
    m.see("both ways", error_of(system.renameat2, os.fsencode(m / "l5"), os.fsencode(m / "l6"), system.RENAME_EXCHANGE | system.RENAME_NOREPLACE))
    m.remount()


# A whiteout of one's own would be another thing than it is in a plain directory.
@point("root user", kinds="live", differs=True)
def p36_whiteouts_are_not_for_users(m):
    assert error_of(system.renameat2, os.fsencode(m / "f"), os.fsencode(m / "x"), system.RENAME_WHITEOUT) == "EINVAL"
    assert error_of(os.mknod, m / "w", 0o020000, 0) == "EPERM"
    assert read(m / "f") == b"lower\n"


def directories(d):
    common(d)
    os.makedirs(d + "/x/y/z")
    write(d + "/x/y/z/deep", b"deep")
    write(d + "/x/top", b"top")
    os.makedirs(d + "/emptied")
    write(d + "/emptied/a", b"")
    os.makedirs(d + "/full")
    write(d + "/full/a", b"")
    age(d)


@point(ALL, lower=directories, options=REDIRECT)
def p37_directories_of_the_layer_move(m):
    os.rename(m / "x", m / "d/moved")
    assert read(m / "d/moved/y/z/deep") == b"deep"
    write(m / "d/moved/y/new", b"new")
    os.unlink(m / "d/moved/top")
    os.rename(m / "d/moved/y", m / "y2")
    m.remount()
    assert read(m / "y2/z/deep") == b"deep" and read(m / "y2/new") == b"new" and os.listdir(m / "d/moved") == []
    os.rename(m / "y2/z", m / "y2/zz")
    os.rename(m / "d", m / "dd")
    write(m / "dd/sub/x", b"changed")
    os.mkdir(m / "x")  # where it was
    assert os.listdir(m / "x") == []
    os.unlink(m / "emptied/a")
    os.rename(m / "full", m / "emptied")  # over one that shows nothing
    m.remount()
    assert os.listdir(m / "emptied") == ["a"] and read(m / "y2/zz/deep") == b"deep" and os.listdir(m / "x") == []


@point(ALL, lower=directories, options=REDIRECT)
def p37_directories_that_cannot_move(m):
    os.mkdir(m / "new")
    m.see("into itself", error_of(os.rename, m / "x", m / "x/y/in"))
    m.see("new into itself", error_of(os.rename, m / "new", m / "new/in"))
    m.see("over its parent", error_of(os.rename, m / "x/y", m / "x"))
    m.see("over one with something", error_of(os.rename, m / "x", m / "full"))
    m.see("new over one with something", error_of(os.rename, m / "new", m / "full"))
    m.see("over a file", error_of(os.rename, m / "x", m / "f"))
    m.see("a file over one", error_of(os.rename, m / "f", m / "none"))
    m.see("the dots", error_of(os.rename, m / "x/.", m / "z"))
    m.see("over an empty one of the layer", error_of(os.rename, m / "new", m / "none"))


@point(ALL, lower=directories, differs=True, kinds="live image")
def p37_without_redirects_only_new_directories_move(m):
    assert error_of(os.rename, m / "x", m / "x2") == "EXDEV"
    assert error_of(os.rename, m / "none", m / "x2") == "EXDEV"
    os.mkdir(m / "new")
    write(m / "new/f", b"f")
    os.rename(m / "new", m / "new2")
    os.unlink(m / "full/a")
    os.rmdir(m / "full")
    os.rename(m / "new2", m / "full")  # opaque from now on
    m.remount()
    assert os.listdir(m / "full") == ["f"]
    os.rename(m / "full", m / "new2")
    m.remount()
    assert not os.path.lexists(m / "full")


@point("root user", lower=directories, options=REDIRECT)
def p38_what_is_open_below_a_renamed_directory_works(m):
    with opened(m / "x/y") as directory, opened(m / "x/y/z/deep", os.O_RDWR) as file:
        os.fchdir(directory)
        assert read("z/deep") == b"deep"
        os.rename(m / "x", m / "d/moved")
        assert read("z/deep") == b"deep" and read("../top") == b"top" and read("../../a") == b"a"
        assert error_of(os.stat, m / "x/y") == "ENOENT"
        assert os.getcwd() == os.path.realpath(m / "d/moved/y")
        write("created", b"here")
        os.pwrite(file, b"DEEP", 0)
        assert read(m / "d/moved/y/z/deep") == b"DEEP" and read(m / "d/moved/y/created") == b"here"
        assert sorted(os.listdir(directory)) == ["created", "z"]
        os.chdir(os.path.dirname(m.base))


@point("root user", lower=files)
def p39_a_name_that_is_renamed_over_is_always_there(m):
    with opened(m / "f") as old:
        failures, stop = [], threading.Event()

        def look():
            while not stop.is_set():
                try:
                    with opened(m / "f") as fd:
                        if not os.read(fd, 1):
                            failures.append("empty")
                except OSError as e:
                    failures.append(str(e))
        threads = [threading.Thread(target=look) for _ in range(2)]
        for thread in threads:
            thread.start()
        for i in range(150):
            write(m / "next", b"%d" % i)
            os.rename(m / "next", m / "f")
        stop.set()
        for thread in threads:
            thread.join()
        assert not failures, failures[:5]
        assert os.pread(old, 9, 0) == b"lower\n"
        m.see("links", os.fstat(old).st_nlink)


@point(ALL, lower=files, options=REDIRECT)
def p40_times_and_counts_after_renaming(m):
    def times(name):
        st = os.lstat(m / name)
        return st.st_ctime_ns, st.st_mtime_ns
    for name in ("l0", "l1", "none"):
        file, source, target = times(name), times(""), times("d")
        wait_for_clock(m.base)
        os.rename(m / name, m / ("d/" + name))
        assert times("d/" + name)[0] > file[0] and times("d/" + name)[1] == file[1], name
        assert times("")[1] > source[1] and times("d")[1] > target[1], name
    before = os.stat(m / "d").st_nlink, os.stat(m.top).st_nlink
    os.mkdir(m / "fresh")
    os.mkdir(m / "fresh/a")
    assert os.stat(m / "fresh").st_nlink == 3
    os.rename(m / "fresh/a", m / "fresh/b")
    os.rename(m / "fresh/b", m / "out")
    assert os.stat(m / "fresh").st_nlink == 2
    # A directory that merges with the layer's counts nothing (p45).
    assert m.plain or before == (1, 1)
