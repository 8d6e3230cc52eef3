# SPDX-License-Identifier: Apache-2.0
"""Somebody else exchanges the entry that an operation works on: each kind of entry for each other, in the upper directory and in a
live lower one, with the daemon stopped before each of its calls in turn. Whatever comes of the operation, nothing outside is
changed or shown, and it ends."""
import contextlib
import os
import pwd
import random
import shutil
import signal
import stat
import subprocess
import traceback

import fixture
import mounts
import state

SECONDS = 20  # that an operation may take
SOME = 450  # exchanges that are tried where not all are
SECRET = b"of outside"
CALLS = mounts.CHANGE | mounts.LOOK
MODES = {"file": stat.S_IFREG, "fifo": stat.S_IFIFO, "device": stat.S_IFCHR}


# ---- what is exchanged, and for what

def make_entry(path, kind):
    if kind == "dir":
        os.mkdir(path, 0o750)
    elif kind == "symlink":
        os.symlink("nowhere", path)
    elif kind == "linked":
        make_entry(path, "file")
        os.link(path, path + "2")
    else:
        os.mknod(path, MODES[kind] | 0o640, os.makedev(1, 3))
        if kind == "file":
            with open(path, "wb") as f:
                f.write(b"of inside")


def found(path, inner):
    """Where the directory is by now that was put at `path`, and may have been renamed as what was there"""
    for name in [os.path.basename(path)] + os.listdir(os.path.dirname(path)):
        if os.path.exists(os.path.join(os.path.dirname(path), name, inner)):
            return os.path.join(os.path.dirname(path), name)
    return path


def replace(path, outside, how):
    """Puts something else in the place of what is at `path`, as who owns the directory can; -> how to undo it, or None"""
    there = os.path.lexists(path)
    if not there and how in ("mounted", "moved-out"):
        return None
    if how == "mounted":
        source = os.path.join(outside, "dir" if stat.S_ISDIR(os.lstat(path).st_mode) else "v")
        if os.path.islink(path):
            return None
        mounts.mount(source, path, None, 0x1000)
        return lambda: mounts.umount(path, mounts.MNT_DETACH)
    if there:
        os.rename(path, path + ".away")
    if how == "link":
        os.symlink(os.path.join(outside, "v"), path)
    elif how == "link-to-dir":
        os.symlink(os.path.join(outside, "dir"), path)
    elif how == "hard-link":
        os.link(os.path.join(outside, "v"), path)
    elif how == "moved-dir":
        os.rename(os.path.join(outside, "dir"), path)
        return lambda: os.rename(found(path, "inner"), os.path.join(outside, "dir"))
    elif how == "moved-out":
        os.rename(path + ".away", os.path.join(outside, "parked"))
        return lambda: remove(os.path.join(outside, "parked"))
    elif how != "nothing":
        make_entry(path, how)
    return None


REPLACEMENTS = ["file", "dir", "symlink", "fifo", "device", "link", "link-to-dir", "hard-link", "moved-dir", "moved-out", "mounted", "nothing"]


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


# ---- what is done meanwhile, to "v" in the directory that the process is in, and by a descriptor where that can be: by a name the
# ---- kernel looks again after ESTALE, and finds what is there by then

def at(fd):
    return "/proc/self/fd/%d" % fd


def write(fd):
    opened = os.open(at(fd), os.O_WRONLY)
    os.pwrite(opened, b"WRITTEN", 0)


def read(fd):
    return os.read(os.open(at(fd), os.O_RDONLY | os.O_NONBLOCK), 100)


OPERATIONS = {
    "chmod": lambda fd: os.chmod(at(fd), 0o4777),
    "chown": lambda fd: os.chown(at(fd), 1000, 1000),
    "utime": lambda fd: os.utime(at(fd), ns=(5, 5)),
    "setxattr": lambda fd: os.setxattr(at(fd), "user.swapped", b"x"),
    "set-trusted": lambda fd: os.setxattr(at(fd), "trusted.swapped", b"x"),
    "removexattr": lambda fd: os.removexattr(at(fd), "user.outside"),
    "truncate": lambda fd: os.truncate(at(fd), 3),
    "write": write,
    "read": read,
    "link": lambda fd: os.link(at(fd), "l", follow_symlinks=True),
    "rename": lambda _: os.rename("v", "r"),
    "unlink": lambda _: os.unlink("v"),
    "rmdir": lambda _: os.rmdir("v"),
    "make": lambda fd: os.close(os.open("new", os.O_CREAT | os.O_WRONLY, 0o666, dir_fd=fd)),
    "mkdir": lambda fd: os.mkdir("new", dir_fd=fd),
    "list": lambda fd: os.listdir(os.open(".", os.O_RDONLY, dir_fd=fd)),
    "readlink": lambda fd: os.readlink("", dir_fd=fd),
}
FILE = ["chmod", "chown", "utime", "setxattr", "removexattr", "truncate", "write", "read", "link", "rename", "unlink"]
OF_KIND = {
    "file": FILE,
    "linked": FILE,
    "dir": ["chmod", "chown", "utime", "setxattr", "rename", "rmdir", "make", "mkdir", "list"],
    "symlink": ["chown", "utime", "set-trusted", "link", "rename", "unlink", "readlink"],
    "fifo": ["chmod", "chown", "utime", "set-trusted", "link", "rename", "unlink"],
    "device": ["chmod", "chown", "utime", "set-trusted", "link", "rename", "unlink"],
}


class Place:
    """A mount whose directories somebody else may write to, and what lies beside them."""

    def __init__(self, programs, base, options, user=None):
        self.base, self.number, self.user = base, 0, user
        self.lower, self.upper, self.work, self.root, self.outside = (
            os.path.join(base, name) for name in ("lower", "upper", "work", "mount", "outside"))
        for path in (base, self.lower, self.upper, self.work, self.root, self.outside):
            os.mkdir(path)
            self.give(path)
        os.chmod(self.upper, 0o777)
        self.make_outside()
        self.before = self.seen_outside()
        self.control = mounts.Control(os.path.join(base, "control"))
        self.give(self.control.path)
        if user:
            programs = fixture.reachable(programs, base)
        self.mount = mounts.Micafs(programs, self.control, self.root, "lowerdir=%s,upperdir=%s,workdir=%s,%s" % (
            self.lower, self.upper, self.work, options), user=user)

    def give(self, path):
        if self.user:
            os.chown(path, *self.user, follow_symlinks=False)

    @contextlib.contextmanager
    def as_user(self):
        """What is done here is done by who owns the mount."""
        if not self.user:
            yield
            return
        os.setegid(self.user[1])
        os.seteuid(self.user[0])
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(0)

    def make_outside(self):
        at = lambda name: os.path.join(self.outside, name)
        os.mkdir(at("dir"), 0o700)
        self.give(at("dir"))
        for name in ("v", "dir/v", "dir/inner"):
            with open(at(name), "wb") as f:
                f.write(SECRET)
            os.chmod(at(name), 0o600)
            self.give(at(name))
            os.setxattr(at(name), "user.outside", b"x")

    def seen_outside(self):
        seen = state.scan(self.outside)
        for path, entry in seen.items():
            entry.pop("nlink", None)  # somebody else's links of it come and go
            if path == ".":
                entry.pop("mtime")
        return seen

    def prepare(self, side, kind):
        """-> the directory's name, with "v" in it on that side"""
        self.number += 1
        name = "c%d" % self.number
        if side == "upper":
            top = os.path.join(self.root, name)
        else:
            top = os.path.join(self.lower, name)
        with self.as_user():
            os.mkdir(top)
            if kind != "device":
                make_entry(os.path.join(top, "v"), kind)
        if kind == "device":
            make_entry(os.path.join(top, "v"), kind)
            self.give(os.path.join(top, "v"))
        return name

    def start(self, name, operation, arm):
        """A process in which the operation is done, at which `arm` aims: it ends with 1 when it saw content of outside."""
        os.chdir(os.path.join(self.root, name))
        fd = os.open("v", os.O_PATH | os.O_NOFOLLOW)
        arm()
        pid = os.fork()
        if pid == 0:
            status = 0
            try:
                self.become_user()
                result = OPERATIONS[operation](fd)
                if result == SECRET or (isinstance(result, list) and "inner" in result):
                    status = 1
            except OSError:
                pass
            finally:
                os._exit(status)
        os.close(fd)
        os.chdir("/")
        return pid

    def become_user(self):
        if self.user:
            os.setresgid(self.user[1], self.user[1], self.user[1])
            os.setresuid(self.user[0], self.user[0], self.user[0])
            mounts.check(mounts.libc.prctl(mounts.PR_SET_DUMPABLE, 1, 0, 0, 0))  # else /proc/self/fd is root's

    def stopped_or_done(self, child):
        """-> True when the daemon has stopped, False when the child has ended without that, with its status"""
        while True:
            pid, status = os.waitpid(-1, os.WUNTRACED)
            if pid == child:
                return False, status
            if pid == self.mount.daemon.pid:
                if os.WIFSTOPPED(status):
                    return True, 0
                raise RuntimeError("micafs has ended: " + self.mount.last_words())

    def count(self, side, kind, operation):
        """How many calls the operation makes where nobody disturbs it."""
        name = self.prepare(side, kind)
        os.waitpid(self.start(name, operation, lambda: self.control.arm(mounts.COUNT, classes=CALLS)), 0)
        return self.control.disarm()[0]

    def exchange(self, side, kind, operation, how, at, parent):
        """One of them; -> what is wrong"""
        name = self.prepare(side, kind)
        top = os.path.join(self.upper if side == "upper" else self.lower, name)
        path = top if parent else os.path.join(top, "v")
        undo, problems, status = None, [], 0
        signal.alarm(SECONDS)
        child = self.start(name, operation, lambda: self.control.arm(mounts.STOP, at, classes=CALLS))
        try:
            stopped, status = self.stopped_or_done(child)
            if stopped:
                undo = replace(path, self.outside, how)
                self.mount.daemon.send_signal(signal.SIGCONT)
                status = os.waitpid(child, 0)[1]
        except TimeoutError:
            problems.append("it does not end")
            self.mount.kill()
            os.waitpid(child, 0)
        finally:
            signal.alarm(0)
            self.control.disarm()
            self.mount.daemon.send_signal(signal.SIGCONT)  # it may have stopped after its answer, in what comes behind that
        if status:
            problems.append("content of outside was seen")
        if undo:
            try:
                undo()
            except OSError as e:
                problems.append("what was exchanged has gone: %s" % e)
        after = self.seen_outside()
        if after != self.before:
            problems += ["outside: " + d for d in state.differences(self.before, after)] or ["outside has changed"]
            shutil.rmtree(self.outside)
            os.mkdir(self.outside)
            self.make_outside()
            self.before = self.seen_outside()
        return problems


def all_of(place):
    for side in ("upper", "lower"):
        for kind, names in OF_KIND.items():
            if place.user and kind == "device" and side == "upper":
                continue  # a user has none there
            for operation in names:
                for at in range(1, place.count(side, kind, operation) + 1):
                    for how in REPLACEMENTS:
                        for parent in (False, True):
                            if side == "lower" and operation == "list" and how == "moved-dir":
                                continue  # whoever can move a directory into a live layer shows it
                            if not parent or how in ("link-to-dir", "moved-dir", "moved-out", "mounted"):
                                yield side, kind, operation, how, at, parent


def one_text(one):
    side, kind, operation, how, at, parent = one
    return "%s of a %s of the %s directory, before call %d %s exchanged for %s" % (
        operation, kind, side, at, "the directory above" if parent else "it", how)


def too_long(*_):
    raise TimeoutError


OPTIONS = {"swap": "insecure_dirs,redirect_dir=on,metacopy=on", "swap-plain": "insecure_dirs,redirect_dir=off,metacopy=off",
           "swap-user": "insecure_dirs,userxattr,xattr_permissions=2",
           "swap-ordinary": "allow_other"}  # an ordinary user's mount, of a directory that another user may write to


def let_user_mount(directory):
    """-> an ordinary user and his group, who may let others into his mount, in this mount namespace"""
    path = os.path.join(directory, "fuse.conf")
    with open(path, "w", encoding="ascii") as f:
        f.write("user_allow_other\n")
    mounts.mount(path, "/etc/fuse.conf", None, mounts.MS_BIND)
    found = pwd.getpwnam(fixture.USER)
    return found.pw_uid, found.pw_gid


def run(job):
    """`job`: (worker, name, whether to try all) -> (name, failures)"""
    worker, name, thorough = job
    try:
        n, failures = exchange_all(worker, OPTIONS[name], thorough, name)
        print("%s: %d exchanges" % (name, n))
        return name, failures
    except Exception:  # pylint: disable=broad-except
        return name, [traceback.format_exc()]


def exchange_all(worker, options, thorough, seed):
    """-> (how many, failures)"""
    before = signal.signal(signal.SIGALRM, too_long)
    base = os.path.join(worker.directory, seed)
    user = let_user_mount(worker.directory) if seed == "swap-ordinary" else None
    place, failures, n = Place(worker.programs, base, options, user), [], 0
    try:
        each = list(all_of(place))
        if not thorough:
            each = random.Random(seed).sample(each, min(SOME, len(each)))
        for one in each:
            n += 1
            problems = place.exchange(*one)
            failures += ["%s: %s" % (one_text(one), p) for p in problems]
            if len(failures) > 12 or place.mount.daemon.poll() is not None:
                break
    finally:
        signal.signal(signal.SIGALRM, before)
        try:
            place.mount.end()
        except OSError:
            pass
        subprocess.run(["umount", "-ql", place.root], check=False)
    return n, failures
