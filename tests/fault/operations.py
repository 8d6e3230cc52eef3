# SPDX-License-Identifier: Apache-2.0
"""The operations: each is one system call that changes something, made in the root of a mount. What comes before `yield` gets
it ready, undisturbed; what comes after it meets the fault."""
import os
import socket

from mounts import EXCHANGE, NOREPLACE, link_fd, renameat2

TABLE = {}
# What an operation costs is what it asks the kernel: the most calls of common ones, of the kind "full", in a mount that was walked.
# Two of them hold the file that is to change before it is changed (upper_pin), so that nobody can put another in its place; one, of
# each file and of its directory when it is changed for the first time, asks whether it is immutable (protect.c).
CALLS = {
    "chown-file": 27, "write-file": 28, "unlink-file": 9, "unlink-new": 7, "mkdir-fresh": 9, "rename-file-to-fresh": 37, "link-file": 31,
    "setxattr-new": 3,
}
PREPARED = set()  # those that change something before their `yield`, too


def operation(f):
    TABLE[f.__name__] = f
    return f


def simple(name, call):
    """An operation that takes nothing before it."""
    def run(_):
        yield
        call()
    TABLE[name] = run


class Slots:
    """Descriptors, closed when the operation is over."""

    def __init__(self):
        self.fds = []

    def open(self, path, flags, mode=0):
        self.fds.append(os.open(path, flags, mode))
        return self.fds[-1]

    def close(self):
        """Of a mount that is gone closing is an error, and closes."""
        for fd in self.fds:
            try:
                os.close(fd)
            except OSError:
                pass
        self.fds = []


def on_file(name, path, call, flags=os.O_RDWR):
    """On a file that is open already."""
    def run(slots):
        fd = slots.open(path, flags)
        yield
        call(fd)
    TABLE[name] = run


# ---- content

for path in ("file", "big", "sparse", "link1", "sub/link3", "meta", "hard2", "changed", "new", "deep/1/2/3/file", "program", "file2"):
    on_file("write-" + path.replace("/", "-"), path, lambda fd: os.pwrite(fd, b"NEW CONTENT", 40))
on_file("truncate-file", "file", lambda fd: os.ftruncate(fd, 100))
on_file("grow-file", "file", lambda fd: os.ftruncate(fd, 9000))
on_file("truncate-meta", "meta", lambda fd: os.ftruncate(fd, 100))
on_file("truncate-sparse", "sparse", lambda fd: os.ftruncate(fd, 250000))
on_file("empty-big", "big", lambda fd: os.ftruncate(fd, 0))
on_file("empty-link1", "link1", lambda fd: os.ftruncate(fd, 0))
on_file("fallocate-file", "file", lambda fd: os.posix_fallocate(fd, 0, 20000))
on_file("fsync-new", "new", os.fsync)
simple("o_trunc-file", lambda: os.close(os.open("file", os.O_WRONLY | os.O_TRUNC)))
simple("o_trunc-meta", lambda: os.close(os.open("meta", os.O_WRONLY | os.O_TRUNC)))


@operation
def copy_range(slots):
    source, target = slots.open("second", os.O_RDONLY), slots.open("file", os.O_RDWR)
    yield
    os.copy_file_range(source, target, 3000, 0, 0)


# ---- attributes

for path in ("file", "big", "link1", "hard2", "new", "dir", "deep/1/2/3/file", "fifo", "device", "program", "changed"):
    simple("chmod-" + path.replace("/", "-"), lambda path=path: os.chmod(path, 0o701))
for path in ("file", "symlink", "fifo", "dir", "link2", "program"):
    simple("chown-" + path, lambda path=path: os.chown(path, 7, 8, follow_symlinks=False))
simple("utimes-file", lambda: os.utime("file", ns=(10**18, 10**18 + 5)))
simple("utimes-symlink", lambda: os.utime("symlink", ns=(10**18, 10**18 + 5), follow_symlinks=False))
for path in ("file", "new", "link1", "dir"):
    simple("setxattr-" + path, lambda path=path: os.setxattr(path, "user.b", b"value of b"))
simple("removexattr-file", lambda: os.removexattr("file", "user.a"))

# ---- making

for path in ("fresh", "gone", "dir/fresh", "merged/lost", "deep/1/2/fresh", "newdir/fresh", "setgid/fresh", "gonedir", "hard3"):
    name = path.replace("/", "-")
    simple("mknod-" + name, lambda path=path: os.mknod(path, 0o100644))
    simple("mkdir-" + name, lambda path=path: os.mkdir(path, 0o755))
    simple("symlink-" + name, lambda path=path: os.symlink("to somewhere", path))
    simple("link-new-to-" + name, lambda path=path: os.link("new", path))
simple("link-file", lambda: os.link("file", "fresh"))
simple("link-link1", lambda: os.link("link1", "dir/fresh"))
simple("link-hard2-over-whiteout", lambda: os.link("hard2", "gone"))
simple("link-meta", lambda: os.link("meta", "newdir/fresh"))
simple("mkfifo", lambda: os.mkfifo("fresh", 0o600))
simple("mknod-device", lambda: os.mknod("gone", 0o60600, os.makedev(7, 1)))


@operation
def bind_socket(_):
    with socket.socket(socket.AF_UNIX) as s:
        yield
        s.bind("fresh")


simple("tmpfile", lambda: os.close(os.open("dir", os.O_TMPFILE | os.O_RDWR, 0o600)))


@operation
def link_tmpfile(slots):
    fd = slots.open("dir", os.O_TMPFILE | os.O_RDWR, 0o640)
    os.write(fd, b"of a file without a name")
    yield
    link_fd(fd, "dir/fresh")


@operation
def link_tmpfile_over_whiteout(slots):
    fd = slots.open(".", os.O_TMPFILE | os.O_RDWR, 0o640)
    os.write(fd, b"of a file without a name")
    yield
    link_fd(fd, "gone")


# ---- removing

for path in ("file", "new", "new2", "changed", "meta", "over", "link1", "sub/link3", "hard1", "hard2", "symlink", "fifo", "dir/a",
             "deep/1/2/3/file", "merged/up", "merged/low", "merged/top", "newdir/file"):
    simple("unlink-" + path.replace("/", "-"), lambda path=path: os.unlink(path))
for path in ("empty", "cleared", "newempty", "cleared2"):
    simple("rmdir-" + path, lambda path=path: os.rmdir(path))


# What has been copied up already, and has something kept beside it where attributes are user.*.
def prepared(name, prepare, call):
    def run(_):
        prepare()
        yield
        call()
    TABLE[name] = run
    PREPARED.add(name)


for path in ("symlink", "fifo", "device"):
    move = lambda path=path: os.rename(path, "dir/fresh")
    prepared("unlink-moved-" + path, move, lambda: os.unlink("dir/fresh"))
    prepared("rename-over-moved-" + path, move, lambda: os.rename("new", "dir/fresh"))
    prepared("rename-moved-%s-over-file" % path, move, lambda: os.rename("dir/fresh", "file"))
    prepared("rename-moved-%s-back" % path, move, lambda path=path: os.rename("dir/fresh", path))
    prepared("unlink-copied-" + path, lambda path=path: os.chown(path, 5, 6, follow_symlinks=False), lambda path=path: os.unlink(path))


def bring_up_linked():
    os.chown("symlink1", 5, 6, follow_symlinks=False)


def leave_one_linked():
    bring_up_linked()
    os.unlink("symlink1")


simple("unlink-linked-symlink", lambda: os.unlink("symlink1"))
prepared("unlink-copied-linked-symlink", bring_up_linked, lambda: os.unlink("symlink1"))
prepared("unlink-other-linked-symlink", bring_up_linked, lambda: os.unlink("sub/symlink2"))
prepared("unlink-last-linked-symlink", leave_one_linked, lambda: os.unlink("sub/symlink2"))
prepared("rename-over-last-linked-symlink", leave_one_linked, lambda: os.rename("new", "sub/symlink2"))


@operation
def unlink_open(slots):
    slots.open("file", os.O_RDWR)
    yield
    os.unlink("file")


@operation
def write_unlinked(slots):
    fd = slots.open("file", os.O_RDWR)
    os.unlink("file")
    yield
    os.pwrite(fd, b"NEW", 0)


# ---- renaming

RENAMES = [
    ("file", "fresh", 0), ("file", "dir/fresh", 0), ("file", "gone", 0), ("file", "gone", NOREPLACE), ("file", "fresh", NOREPLACE),
    ("file", "second", NOREPLACE), ("file", "second", 0), ("file", "new", 0), ("new", "file", 0), ("new", "changed", 0),
    ("new", "gone", 0), ("new", "newdir/fresh", 0), ("new", "link1", 0), ("new", "hard2", 0), ("meta", "newdir/fresh", 0),
    ("meta", "gone", 0), ("big", "fresh", 0), ("link1", "fresh", 0), ("link2", "newdir/fresh", 0), ("link1", "second", 0),
    ("hard2", "gone", 0), ("hard1", "dir/fresh", 0), ("symlink", "fresh", 0), ("fifo", "fresh", 0), ("changed", "merged/lost", 0),
    ("dir", "fresh", 0), ("dir", "gonedir", 0), ("dir", "gone", NOREPLACE), ("dir", "empty", 0), ("dir", "cleared", 0),
    ("dir", "merged/fresh", 0), ("deep/1/2", "fresh", 0), ("merged", "fresh", 0), ("merged", "cleared", 0), ("merged", "newdir/fresh", 0),
    ("newdir", "fresh", 0), ("newdir", "gonedir", 0), ("newdir", "cleared", 0), ("newdir", "empty", 0), ("newdir", "newempty", 0),
    ("newdir", "dir/fresh", 0), ("moved2", "fresh", 0), ("moved2/inner", "gone", 0), ("moved2", "cleared", 0), ("cleared", "cleared2", 0),
    ("empty2", "gonedir", 0), ("file", "second", EXCHANGE), ("file", "new", EXCHANGE), ("new", "changed", EXCHANGE),
    ("file", "dir", EXCHANGE), ("dir", "merged", EXCHANGE), ("dir", "newdir", EXCHANGE), ("dir/a", "merged/up", EXCHANGE),
    ("link1", "new", EXCHANGE), ("meta", "newdir/file", EXCHANGE), ("newdir", "cleared", EXCHANGE),
]
SUFFIX = {0: "", NOREPLACE: "-noreplace", EXCHANGE: "-exchange"}
for old, new, flags in RENAMES:
    simple("rename-%s-to-%s%s" % (old.replace("/", "-"), new.replace("/", "-"), SUFFIX[flags]),
           lambda old=old, new=new, flags=flags: renameat2(old, new, flags))


@operation
def rename_over_open(slots):
    slots.open("second", os.O_RDWR)
    yield
    os.rename("new", "second")
