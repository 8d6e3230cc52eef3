# SPDX-License-Identifier: Apache-2.0
"""An image that has something of every kind, and a branch of it that is changed in every way.

    scene.py image        writes the image as an oci-archive to standard output
    scene.py play DIR     changes what is mounted on DIR; what takes privileges that are not there is left out
"""
import errno
import os
import struct
import sys

LONG = b"n" * 255
FAR = b"/".join([b"p" * 120] * 3)
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)


def image():
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib"))
    from made_image import Image, Tar  # pylint: disable=import-outside-toplevel

    below = (Tar().dir("opaque").file("opaque/gone", b"1").file("opaque/too", b"2").dir("opaque/dir").file("opaque/dir/f", b"3")
             .dir("wiped").file("wiped/1", b"1").file("wiped/2", b"2").dir("wiped/3").file("wiped/3/f", b"3")
             .dir("anew").file("anew/1", b"1").file("anew/2", b"2").dir("anew/3").file("anew/3/f", b"3")
             .dir("tree").dir("tree/1").dir("tree/1/2").file("tree/1/2/f", b"f").file("tree/1/2/g", b"g").file("tree/1/kept", b"kept")
             .dir("other").file("other/file", b"other").dir("far/away/from/it").file("far/away/from/it/file", b"far")
             .file("link1", b"linked", mtime=1_400_000_000).link("link2", "link1").link("tree/link3", "link1")
             .file("twin1", b"twins").link("twin2", "twin1").file("pair1", b"pair").link("far/pair2", "pair1")
             .file("big", b"big" * 100_000).file("owned", b"owned", uid=33, gid=8).file("large", b"large" * 50_000).file("same", b"same").file("time", b"time")
             .file("was-file", b"x").dir("was-dir").file("was-dir/f", b"x").symlink("was-link", "big").symlink("link", "tree/1")
             .header("fifo", kind=b"6").file("a/file", b"a").file("b/file", b"b").file("renamed-over", b"x").dir("empty"))
    below.pax({"path": LONG}).file("x", b"long")
    above = Tar().file("added-above", b"above").file("tree/.wh.none", b"").dir("opaque").file("opaque/.wh.too", b"").file("opaque/third", b"4")
    sys.stdout.buffer.write(Image([below.end(), above.end()], name="made").oci_archive())


def write(path, data, mode="wb"):
    with open(path, mode) as f:
        f.write(data)


def may(call, *args, **named):
    """What takes privileges."""
    try:
        call(*args, **named)
    except OSError as e:
        if e.errno not in (errno.EPERM, errno.EACCES, errno.EINVAL, errno.EOPNOTSUPP):
            raise


def directories():
    # Removed with all that is in it and made again, with one name of the old ones in it.
    for path in (b"opaque/dir/f", b"opaque/gone", b"opaque/third"):
        os.unlink(path)
    os.rmdir(b"opaque/dir")
    os.rmdir(b"opaque")
    os.mkdir(b"opaque")
    write(b"opaque/gone", b"there again")
    # All that is in it removed, but not the directory itself; and a directory made in the place of one.
    os.unlink(b"a/file")
    for top in (b"wiped", b"anew"):
        for name in (b"/1", b"/2", b"/3/f"):
            os.unlink(top + name)
        os.rmdir(top + b"/3")
    write(b"wiped/new", b"new")
    os.rmdir(b"anew")
    os.mkdir(b"anew", 0o700)
    # Renamed twice, with removals and new names before, between and after; and something else in the old place.
    os.unlink(b"tree/1/2/f")
    os.rename(b"tree/1", b"moved")
    os.unlink(b"moved/2/g")
    write(b"moved/2/new", b"new")
    os.mkdir(b"deep")
    os.rename(b"moved", b"deep/moved")
    os.rename(b"far/away", b"deep/moved/away")
    write(b"deep/moved/away/from/it/file", b"changed", "ab")
    os.mkdir(b"tree/1")
    write(b"tree/1/kept", b"another")
    # One in the place of another.
    os.rename(b"other", b"empty")
    os.mkdir(b"other")
    os.chmod(b"b", 0o1770)


def files():
    write(b"link1", b" and more", "ab")       # link2 and tree/link3 follow
    os.chmod(b"twin2", 0o600)                 # and twin1
    os.unlink(b"pair1")                       # far/pair2 stays
    os.link(b"large", b"large-too")
    os.chmod(b"big", 0o4711)                  # its content stays below
    may(os.chown, b"large", 33, 8)
    os.utime(b"time", ns=(0, -1_500_000_000))
    before = os.stat(b"same")
    write(b"same", b"same")                   # no change
    os.utime(b"same", ns=(before.st_atime_ns, before.st_mtime_ns))
    write(b"set-user-id", b"#!")
    os.chmod(b"set-user-id", 0o6755)
    may(os.setxattr, b"set-user-id", "security.capability", CAPABILITY)
    os.rename(b"b/file", b"renamed-over")
    os.unlink(b"was-file")
    os.mkdir(b"was-file")
    write(b"was-file/f", b"")
    os.unlink(b"was-dir/f")
    os.rmdir(b"was-dir")
    os.symlink(b"nowhere", b"was-dir")
    os.unlink(b"was-link")
    write(b"was-link", b"a file")
    os.link(b"was-link", b"deep/was-link")
    os.rename(b"link", b"deep/link")
    os.rename(b"fifo", b"deep/fifo")
    os.mkfifo(b"new-fifo", 0o640)
    may(os.mknod, b"device", 0o20660, os.makedev(240, 70000))
    with open(b"holes", "wb") as f:
        f.truncate(9_000_000)
        f.seek(4_000_000)
        f.write(b"data")
    with open(b"hole", "wb") as f:
        f.truncate(1_000_000)


def names():
    os.unlink(LONG)
    os.makedirs(FAR)
    write(FAR + b"/file", b"far")
    os.symlink(FAR + b"/file", b"far-link")
    os.link(FAR + b"/file", b"zz-far-hardlink")
    for name in (b"\xff\xfe", b"new\nline", b"-", b" ", b"l" * 255, "ü".encode(), b"q" * 100, b"q" * 101, b"=", b"%41"):
        write(name, name)
        os.symlink(name, b"to-" + name[:200])


def attributes():
    write(b"attributes", b"")
    for name, value in (("user.a", b"1"), ("user.empty", b""), ("user.a=b", b"2=3\n"), ("user.%3D", b"4"), ("user.new\nline", b"5\n\0\xff"),
                        ("user." + "l" * 250, b"x" * 200)):
        os.setxattr(b"attributes", name, value)
    may(os.setxattr, b"attributes", "trusted.mine", b"6")
    os.setxattr(b"tree", "user.of-a-directory", b"7")
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in (
        (1, 6, 0xFFFFFFFF), (2, 4, os.getuid()), (4, 4, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF)))
    may(os.setxattr, b"attributes", "system.posix_acl_access", acl)


def play(where):
    os.umask(0o022)
    os.chdir(where)
    directories()
    files()
    names()
    attributes()


if __name__ == "__main__":
    if sys.argv[1:] == ["image"]:
        image()
    elif len(sys.argv) == 3 and sys.argv[1] == "play":
        play(sys.argv[2])
    else:
        sys.exit(__doc__)
