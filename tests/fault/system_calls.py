# SPDX-License-Identifier: Apache-2.0
"""Counts what each kind of request costs: the system calls of micafs from the request to the next, under strace(1).

The table of tests/README.md says how many there are; a request that makes more, or fewer, fails here, and the table is to be
written anew. The receive and the answer are one each. Waiting for the next request is none: how that is done depends on the
machine (wake_policy.h).
"""
import ctypes
import os
import re
import struct
import subprocess
import sys
import tempfile

import fixture
import mounts
import real

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib"))
import made_image  # noqa: E402

README = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../README.md")
OPCODES = {
    "LOOKUP": 1, "GETATTR": 3, "SETATTR": 4, "READLINK": 5, "SYMLINK": 6, "MKNOD": 8, "MKDIR": 9, "UNLINK": 10, "RMDIR": 11,
    "RENAME": 12, "LINK": 13, "OPEN": 14, "READ": 15, "WRITE": 16, "STATFS": 17, "FSYNC": 20, "SETXATTR": 21, "GETXATTR": 22, "LISTXATTR": 23,
    "REMOVEXATTR": 24, "READDIR": 28, "FSYNCDIR": 30, "READDIRPLUS": 44,
}
FORGETS = (2, 42)
# How the next request is waited for, and what memory and a thread that is started take.
WAITING = {"poll", "ppoll", "sched_yield", "restart_syscall", "futex", "clock_gettime"}
STARTING = {"rt_sigprocmask", "rt_sigaction", "mmap", "munmap", "mprotect", "madvise", "brk", "clone3", "rseq", "set_robust_list"}
# Asked of a live directory that has changed a moment ago (stack_fresh.h), as these may have or not.
AT_TIMES = {"fstatfs"}
# Calls of which strace does not know the name.
NUMBERS = {"syscall_0x1c4": "fchmodat2", "syscall_0x1cf": "setxattrat", "syscall_0x1d0": "getxattrat", "syscall_0x1d1": "listxattrat",
           "syscall_0x1d2": "removexattrat", "syscall_0x1d4": "file_getattr"}
NAMES = 20  # of the directories that are listed
PAGE = 4096
FORCE_SYNC = 0x2000  # AT_STATX_FORCE_SYNC
STEPS = []


def step(where, what, prepare=None):
    """One system call of a program; `what` names the request that counts, and is the row of the table."""
    def add(call):
        STEPS.append((where, what, prepare, call))
        return call
    return add


def ask(path):
    """A GETATTR, whatever the kernel knows."""
    mounts.check(mounts.libc.statx(mounts.AT_FDCWD, os.fsencode(path), 0x100 | FORCE_SYNC, 0x7ff, ctypes.create_string_buffer(256)))


def read_page(path, at):
    fd = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
        os.pread(fd, PAGE, at)
    finally:
        os.close(fd)


def write_page(path, at):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(fd, b"x" * PAGE, at)
    finally:
        os.close(fd)


def sync(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def missing(path):
    try:
        os.stat(path)
    except FileNotFoundError:
        return
    raise AssertionError(path + " is there")


def as_another(call):
    def run():
        os.setegid(1000)
        os.seteuid(1000)
        try:
            call()
        finally:
            os.seteuid(0)
            os.setegid(0)
    return run


# ---- what is asked, in this order: each mount is asked in turn

for where in ("image", "live", "branch"):
    lower = "the lower" if where == "branch" else "the tree"
    step(where, "LOOKUP of a file of %s" % lower)(lambda: os.stat("d/file"))
    step(where, "LOOKUP of what is not there")(lambda: missing("d/nothing"))
    step(where, "GETATTR of a file of %s" % lower)(lambda: ask("d/file"))
    step(where, "READ of 4 KiB of %s, the first" % lower)(lambda: read_page("d/file", 0))
    step(where, "READ of 4 KiB of %s, another" % lower)(lambda: read_page("d/file", 8 * PAGE))
    step(where, "READLINK of %s" % lower, lambda: os.lstat("d/symlink"))(lambda: os.readlink("d/symlink"))
    step(where, "GETXATTR of a file of %s" % lower)(lambda: os.getxattr("d/file", "user.a"))
    step(where, "LISTXATTR of a file of %s" % lower)(lambda: os.listxattr("d/file"))
    step(where, "READDIRPLUS of %d names of %s" % (NAMES, lower), lambda: os.stat("many"))(lambda: os.listdir("many"))

up = lambda what, prepare=None: step("branch", what, prepare)
up("LOOKUP of a file of the upper", lambda: os.stat("u"))(lambda: os.stat("u/file"))
up("LOOKUP of what is not there, in the upper alone")(lambda: missing("u/nothing"))
up("GETATTR of a file of the upper")(lambda: ask("u/file"))
up("READ of 4 KiB of the upper, the first")(lambda: read_page("u/file", 0))
up("READ of 4 KiB of the upper, another")(lambda: read_page("u/file", 8 * PAGE))
up("READLINK of the upper", lambda: os.lstat("u/symlink"))(lambda: os.readlink("u/symlink"))
up("GETXATTR of a file of the upper")(lambda: os.getxattr("u/file", "user.a"))
up("LISTXATTR of a file of the upper")(lambda: os.listxattr("u/file"))
up("READDIRPLUS of %d names of the upper, the first" % NAMES, lambda: os.stat("u/many"))(lambda: os.listdir("u/many"))
up("MKNOD of a file")(lambda: os.mknod("u/new", 0o100644))
up("MKDIR")(lambda: os.mkdir("u/newdir"))
up("SYMLINK")(lambda: os.symlink("target", "u/newlink"))
up("MKNOD of a file, by another user")(as_another(lambda: os.mknod("u/theirs", 0o100644)))
up("MKNOD of a file, by the same user again")(as_another(lambda: os.mknod("u/theirs2", 0o100644)))
up("LINK")(lambda: os.link("u/new", "u/new2"))
up("WRITE of 4 KiB to the upper, the first")(lambda: write_page("u/new", 0))
up("WRITE of 4 KiB to the upper, another")(lambda: write_page("u/new", PAGE))
up("SETATTR of the upper: mode")(lambda: os.chmod("u/new", 0o600))
up("SETATTR of the upper: owner")(lambda: os.chown("u/new", 7, 8))
up("SETATTR of the upper: size")(lambda: os.truncate("u/new", 100))
up("SETATTR of the upper: times")(lambda: os.utime("u/new", ns=(10**18, 10**18)))
up("SETXATTR of the upper")(lambda: os.setxattr("u/new", "user.b", b"b"))
up("REMOVEXATTR of the upper")(lambda: os.removexattr("u/new", "user.b"))
up("SETATTR of the upper, of a file that nobody reads or writes: mode")(lambda: os.chmod("u/file2", 0o600))
up("FSYNC of the upper", lambda: sync("u/file"))(lambda: sync("u/new"))
up("RENAME within the upper")(lambda: os.rename("u/new", "u/new3"))
up("RENAME within the upper, over another")(lambda: os.rename("u/new3", "u/file2"))
up("UNLINK of the upper")(lambda: os.unlink("u/new2"))
up("RMDIR of the upper")(lambda: os.rmdir("u/newdir"))
up("MKNOD in a directory of the lower, which is copied up", lambda: os.stat("d2"))(lambda: os.mknod("d2/new", 0o100644))
up("MKNOD over a whiteout", lambda: (os.stat("d2/a"), os.unlink("d2/a")))(lambda: os.mknod("d2/a", 0o100644))
up("UNLINK of a file of the lower", lambda: os.stat("d2/b"))(lambda: os.unlink("d2/b"))
up("RMDIR of an empty directory of the lower", lambda: os.stat("d2/empty"))(lambda: os.rmdir("d2/empty"))
up("WRITE of 4 KiB to a file of the lower, which is copied up", lambda: os.stat("d2/c"))(lambda: write_page("d2/c", 0))
up("SETATTR of a file of the lower: mode; which is copied up", lambda: os.stat("d2/d"))(lambda: os.chmod("d2/d", 0o600))
up("SETATTR of a file of the lower: size 0; which is copied up", lambda: os.stat("d2/e"))(lambda: os.truncate("d2/e", 0))
up("SETATTR of a directory of the lower: mode; which is copied up", lambda: os.stat("d2/sub"))(lambda: os.chmod("d2/sub", 0o700))
up("SETATTR of a symbolic link of the lower: owner; which is copied up",
   lambda: os.lstat("d2/symlink"))(lambda: os.chown("d2/symlink", 7, 8, follow_symlinks=False))
up("RENAME of a file of the lower, which is copied up", lambda: os.stat("d2/f"))(lambda: os.rename("d2/f", "d2/moved"))
up("LINK of a file of the lower, which is copied up", lambda: os.stat("d2/g"))(lambda: os.link("d2/g", "d2/linked"))
up("RENAME of a file that was copied up", lambda: os.stat("d2/d"))(lambda: os.rename("d2/d", "d2/moved2"))
up("UNLINK of a file that was copied up", lambda: os.stat("d2/c"))(lambda: os.unlink("d2/c"))


step("owners", "LOOKUP of a file of the upper", lambda: os.stat("u"))(lambda: os.stat("u/file"))
step("owners", "READDIRPLUS of %d names of the upper, the first" % NAMES, lambda: os.stat("u/many"))(lambda: os.listdir("u/many"))


# ---- what it is asked of

FILE = fixture.text("file", 16 * PAGE)


def make_lower(root):
    at = lambda name: os.path.join(root, name)
    fixture.make(at("d/file"), FILE)
    os.setxattr(at("d/file"), "user.a", b"value of a")
    os.symlink("file", at("d/symlink"))
    for i in range(NAMES):
        fixture.make(at("many/name%d" % i), b"one of many")
    for name in "abcdefg":
        fixture.make(at("d2/" + name), fixture.text(name, 5000), owner=1000)
    for name in ("empty", "sub"):
        os.mkdir(at("d2/" + name))
    os.symlink("target", at("d2/symlink"))


def make_upper(root):
    at = lambda name: os.path.join(root, name)
    fixture.make(at("u/file"), FILE)
    os.chmod(at("u"), 0o777)
    fixture.make(at("u/file2"), b"to be renamed over")
    os.setxattr(at("u/file"), "user.a", b"value of a")
    os.symlink("file", at("u/symlink"))
    for i in range(NAMES):
        fixture.make(at("u/many/name%d" % i), b"one of many")


def make_store(programs, base):
    tar = made_image.Tar().dir("d").pax({"SCHILY.xattr.user.a": "value of a"}).file("d/file", FILE).symlink("d/symlink", "file").dir("many")
    for i in range(NAMES):
        tar.file("many/name%d" % i, b"one of many")
    archive = os.path.join(base, "image.tar")
    with open(archive, "wb") as f:
        f.write(made_image.Image([tar.end()]).oci_archive())
    store = os.path.join(base, "store")
    subprocess.run([programs.mica, "--store", store, "import", "--quiet", "oci-archive:" + archive + ":made"], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return store


def prepare(programs, base):
    """-> {where: options}"""
    lower, upper, work, upper2, work2 = (os.path.join(base, name) for name in ("lower", "upper", "work", "upper2", "work2"))
    for directory in (upper, work, upper2, work2):
        os.mkdir(directory)
    make_lower(lower)
    make_upper(upper)
    make_upper(upper2)
    return {"image": "image=made,store=" + make_store(programs, base), "live": "lowerdir=" + lower,
            "branch": "lowerdir=%s,upperdir=%s,workdir=%s" % (lower, upper, work),
            "owners": "lowerdir=%s,upperdir=%s,workdir=%s,xattr_permissions=2" % (lower, upper2, work2)}


# ---- one mount, all of its steps

class Traced:
    """micafs under strace, which writes of each call what it was and how it ended, in order."""

    def __init__(self, programs, root, options):
        self.root, self.log = root, root + ".calls"
        ready, tell = os.pipe()
        os.set_inheritable(tell, True)
        command = ["strace", "-f", "-qq", "-xx", "-s", "64", "-o", self.log, programs.micafs, "-f", "-o",
                   "dev,wakeup=look,timeout=1000000000," + options, "--ready-fd", str(tell), root]
        self.strace = subprocess.Popen(command, stdin=subprocess.DEVNULL, close_fds=False)
        os.close(tell)
        said = os.read(ready, 1)  # no more: strace has the other end as well
        os.close(ready)
        if said != b"\0":
            raise mounts.CannotMount("strace %s: status %d" % (options, self.strace.wait(mounts.DAEMON_SECONDS)))

    def end(self):
        mounts.umount(self.root)
        if self.strace.wait(mounts.DAEMON_SECONDS) != 0:
            raise RuntimeError("micafs ended with status %d" % self.strace.returncode)
        with open(self.log, encoding="ascii", errors="replace") as f:
            return f.read()


def do_steps(root, steps):
    """A statfs(2) stands before and after each step: the log has nothing else to tell them apart by."""
    os.chdir(root)
    try:
        for _, _, before, call in steps:
            if before:
                before()
            os.statvfs(".")
            call()
            os.statvfs(".")
    finally:
        os.chdir("/")


CALL = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>)(.*)$")


def calls_of(log):
    """[(name, its line)] of calls that have ended, in the order in which they did"""
    begun = {}
    for line in log.splitlines():
        m = CALL.match(line)
        if not m:
            continue
        pid, name, rest = m.groups()
        if rest.endswith("<unfinished ...>"):
            begun[pid] = rest
            continue
        yield name, begun.pop(pid, "") + rest


RECEIVED = re.compile(r'^\d+, .*?"((?:\\x[0-9a-f]{2})+)".* = (\d+)$')


def opcode_of(name, rest):
    """Of the request that the call has received; None when it has received none."""
    m = RECEIVED.match(rest) if name == "read" else None
    if not m or int(m.group(2)) < 40:
        return None
    head = bytes.fromhex(m.group(1).replace("\\x", ""))
    length, opcode = struct.unpack_from("II", head)
    return opcode if length == int(m.group(2)) else None


def requests_of(log):
    """[(opcode, names of the calls)]"""
    found = []
    for name, rest in calls_of(log):
        opcode = opcode_of(name, rest)
        if opcode is not None:
            found.append((opcode, [name]))
        elif found and name not in WAITING | STARTING | AT_TIMES and not (name == "read" and "EAGAIN" in rest):
            found[-1][1].append(NUMBERS.get(name, name))
    return [r for r in found if r[0] not in FORGETS]


def counted(log, steps):
    """{row: calls}"""
    marks, requests = [], requests_of(log)
    for i, (opcode, _) in enumerate(requests):
        if opcode == OPCODES["STATFS"]:
            marks.append(i)
    marks = marks[len(marks) - 2 * len(steps):]
    rows = {}
    for n, (where, what, _, _) in enumerate(steps):
        wanted = OPCODES[re.match(r"\w+", what).group()]
        those = [calls for opcode, calls in requests[marks[2 * n] + 1:marks[2 * n + 1]] if opcode == wanted]
        rows[where, what] = those[-1 if "LOOKUP" in what else 0] if those else []
    return rows


def count(programs, base):
    rows = {}
    for where, options in prepare(programs, base).items():
        root = os.path.join(base, where)
        os.mkdir(root)
        steps = [s for s in STEPS if s[0] == where]
        traced = Traced(programs, root, options)
        try:
            do_steps(root, steps)
        except BaseException:
            mounts.umount(root, mounts.MNT_DETACH)
            raise
        rows.update(counted(traced.end(), steps))
    return rows


# ---- the table

ROW = re.compile(r"^\| (image|live|branch|owners) \| (.*?) \| (\d+|-) \| (\d+) \|$", re.M)


def table():
    """{row: calls}"""
    with open(README, encoding="utf-8") as f:
        return {(where, what): int(now) for where, what, _, now in ROW.findall(f.read())}


def has_calls_on_names():
    """getxattrat(2), of Linux 6.13, and file_getattr(2), of 6.17: older kernels take more calls for attributes and flags."""
    return tuple(int(n) for n in os.uname().release.split(".")[:2]) >= (6, 17)


@real.real
def system_calls(worker):
    """Each kind of request makes as many system calls as the table of tests/README.md says."""
    if not has_calls_on_names():
        return "the table is of Linux 6.17 and later"
    base = os.path.join(worker.directory, "calls")
    os.mkdir(base)
    is_now, said = count(worker.programs, base), table()
    failures = ["no row of tests/README.md: %s, %s" % row for row in is_now if row not in said]
    failures += ["a row of tests/README.md that is not counted: %s, %s" % row for row in said if row not in is_now]
    for row, names in is_now.items():
        if said.get(row, len(names)) != len(names):
            failures.append("%s, %s: %d calls, not %d as in tests/README.md: %s" % (*row, len(names), said[row], " ".join(names)))
    return failures


def main(build):
    """Prints the rows: as the test does it, in memory."""
    mounts.own_namespace()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as base:
        mounts.mount("tmpfs", base, "tmpfs")
        try:
            for (where, what), names in count(fixture.Programs(build), base).items():
                print("| %s | %s | - | %d | %s" % (where, what, len(names), " ".join(names)))
        finally:
            mounts.umount(base, mounts.MNT_DETACH)


if __name__ == "__main__":
    main(sys.argv[1])
