# SPDX-License-Identifier: Apache-2.0
"""Where a point of the checklist is tried: first a plain directory, then mounts of the same content, in which every call must
answer as it did in the directory.

A point is a function that is decorated with @point and takes a Scene. What it tells with `see` is compared with what it told in
the plain directory, and so is the tree at its end. Of every mount it is checked besides that
  - a new mount of the branch shows the same tree, numbers and all,
  - the layer below is as it was, and nothing is left in the work directory,
  - kernel overlayfs shows the same tree with that upper directory (as root; hard links of the layer excepted, whose names
    follow each other by a directory of our own).
"""
import contextlib
import ctypes
import errno
import fcntl
import hashlib
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time

import system
from made_image import Image

POINTS = {}
OLD = 1_400_000_000  # times of what a layer has
PR_SET_CHILD_SUBREAPER = 36
SECONDS = 30


def point(who="root", kinds="plain live image", options="", lower=None, differs=False, size=None, kernel=True):
    """`differs`: the trees are not compared with the plain one; `size`: of a small file system for each scene; `kernel`: can
    kernel overlayfs show the branch?"""
    def enter(function):
        function.about = {"who": who.split(), "kinds": kinds.split(), "options": options, "lower": lower or common, "differs": differs,
                          "size": size, "kernel": kernel}
        POINTS[function.__name__] = function
        return function
    return enter


# ---- small tools for points

def write(path, data, flags=os.O_CREAT | os.O_TRUNC, mode=0o644):
    fd = os.open(path, os.O_WRONLY | flags, mode)
    try:
        if data:
            assert os.write(fd, data) == len(data)
    finally:
        os.close(fd)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def error_of(function, *args, **named):
    """The name of the error with which it fails, or None."""
    try:
        result = function(*args, **named)
        if isinstance(result, int) and function is os.open:
            os.close(result)
        return None
    except OSError as e:
        return errno.errorcode[e.errno]


def mode_of(path):
    """0: it has gone."""
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return 0


@contextlib.contextmanager
def opened(path, flags=os.O_RDONLY, mode=0o644):
    fd = os.open(path, flags, mode)
    try:
        yield fd
    finally:
        os.close(fd)


def as_user(uid, function, *args, gid=None, groups=(), umask=0o022):
    """Runs it in a process of another user; the name of its error, or what it returns, as text."""
    receive, send = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(groups)
            os.setresgid(*[uid if gid is None else gid] * 3)
            os.setresuid(uid, uid, uid)
            os.umask(umask)
            result = str(function(*args))
        except OSError as e:
            result = errno.errorcode[e.errno]
        except BaseException as e:  # the parent is to hear of it, whatever it is
            result = repr(e)
        os.write(send, result.encode())
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as file:
        result = file.read()
    os.waitpid(pid, 0)
    return result


def xattrs(path):
    try:
        names = os.listxattr(os.fsencode(path), follow_symlinks=False)
        return {os.fsencode(n): os.getxattr(path, n, follow_symlinks=False) for n in names}
    except OSError as e:
        return {errno.errorcode[e.errno]: b""}


def data_of(path, st):
    if stat.S_ISLNK(st.st_mode):
        return os.readlink(path)
    if not stat.S_ISREG(st.st_mode):
        return st.st_rdev
    if st.st_size > 64 << 20:
        return "large"
    try:
        return hashlib.sha256(read(path)).hexdigest()
    except OSError as e:
        return errno.errorcode[e.errno]


def dump(top, numbers, times=None):
    """{path: what is seen of it}. `numbers`: with inode numbers; `times`: modification times before that moment (None: all)."""
    tree = {}

    def add(path, name):
        st = os.lstat(path)
        is_dir = stat.S_ISDIR(st.st_mode)
        entry = {"mode": oct(st.st_mode), "owner": (st.st_uid, st.st_gid), "xattrs": xattrs(path), "data": data_of(path, st)}
        if not is_dir:
            entry.update(size=st.st_size, links=st.st_nlink)
        if numbers:
            entry["ino"] = st.st_ino
        if times is None or st.st_mtime < times:
            entry["mtime"] = st.st_mtime_ns
        tree[name] = entry
        if is_dir:
            try:
                names = os.listdir(os.fsencode(path))
            except OSError as e:
                entry["listing"] = errno.errorcode[e.errno]
                return
            for n in names:
                add(os.path.join(os.fsencode(path), n), os.path.join(name, n))
    add(top, b"")
    return tree


def differences(a, b, skip=lambda path, field: False):
    found = []
    for path in sorted(a.keys() | b.keys()):
        if path not in a or path not in b:
            if not skip(path, None):
                found.append("%r: only in the %s" % (path, "first" if path in a else "second"))
            continue
        for field in a[path].keys() & b[path].keys() | {f for f in ("listing",) if f in a[path] or f in b[path]}:
            if a[path].get(field) != b[path].get(field) and not skip(path, field):
                found.append("%r: %s: %r, %r" % (path, field, a[path].get(field), b[path].get(field)))
    if len(found) > 12:
        found[12:] = ["and %d more" % (len(found) - 12)]
    return found


def noise(size):
    """The same each time."""
    return random.Random(size).randbytes(size)


def common(d):
    """Something of everything, old."""
    d = os.fspath(d)
    write(d + "/f", b"lower\n")
    write(d + "/g", b"other\n", mode=0o600)
    write(d + "/empty", b"")
    write(d + "/big", noise(1 << 20) + bytes(1 << 20))
    os.mkdir(d + "/d", 0o755)
    os.mkdir(d + "/d/sub", 0o700)
    write(d + "/d/a", b"a")
    write(d + "/d/b", b"b")
    write(d + "/d/sub/x", b"x")
    os.mkdir(d + "/none")
    os.symlink("f", d + "/s")
    os.mkfifo(d + "/p", 0o640)
    write(d + "/h1", b"linked")
    os.link(d + "/h1", d + "/h2")
    os.link(d + "/h1", d + "/d/h3")
    age(d)


def nothing(_):
    """A layer without a name in it."""


def age(d):
    """Gives all of it old times, each its own."""
    n = 0
    for top, directories, files in os.walk(os.fsencode(d), topdown=False):
        for name in directories + files + [b"."]:
            n += 1
            os.utime(os.path.join(top, name), ns=((OLD - n) * 10**9 + 111111111, (OLD + n) * 10**9 + 222222222), follow_symlinks=False)


# ---- scenes

def has_fine_clock(directory):
    """Is a file's time later at once when it changes after somebody has asked for it (Linux 6.13)? Else it is one of the last tick."""
    path = os.path.join(directory, "clock-%d" % os.getpid())
    with open(path, "wb"):
        pass
    try:
        for i in range(20):
            before = os.stat(path).st_ctime_ns
            os.chmod(path, 0o600 + 0o100 * (i % 2))
            if os.stat(path).st_ctime_ns <= before:
                return False
        return True
    finally:
        os.unlink(path)


def wait_for_clock(directory):
    """What is changed afterwards has a later time than anything has now: at once where the clock is fine."""
    if has_fine_clock(directory):
        return
    path = os.path.join(directory, "clock-%d" % os.getpid())
    with open(path, "wb"):
        pass
    before = os.stat(path).st_ctime_ns
    while os.stat(path).st_ctime_ns == before:
        os.chmod(path, 0o600)
    os.unlink(path)


class Scene:
    def __init__(self, kind, base, about, identity):
        self.kind, self.base, self.identity, self.about = kind, base, identity, about
        self.options = about["options"]
        self.plain = kind == "plain"
        self.top = os.path.join(base, "top")
        self.lower, self.upper, self.work = (os.path.join(base, n) for n in ("lower", "upper", "work"))
        self.seen, self.differs, self.daemon = [], about["differs"], None
        self.started = time.time() - 1  # file systems look at the clock now and then only

    def __truediv__(self, name):
        """A path in the tree: m / "d/f"."""
        return os.path.join(os.fsencode(self.top), name) if isinstance(name, bytes) else os.path.join(self.top, name)

    def see(self, what, value):
        self.seen.append((what, value))

    def start(self):
        os.mkdir(self.base)
        if self.about["size"]:
            system.mount("tmpfs", self.base, "tmpfs", 0, "size=%s,mode=755" % self.about["size"])
        os.mkdir(self.top)
        if self.plain:
            self.about["lower"](self.top)
            return
        for path in (self.lower, self.upper, self.work):
            os.mkdir(path)
        self.about["lower"](self.lower)
        shutil.copystat(self.lower, self.upper)
        self.of_lower = dump(self.lower, True)
        if self.kind == "image":
            self.make_image()
        self.mount()

    def make_image(self):
        """Of the layer, in a store that all who have the same layer share."""
        self.store = os.path.join(os.path.dirname(os.path.dirname(self.base)), "store-%s-%s" % (self.about["lower"].__module__, self.about["lower"].__name__))
        with opened(self.store + ".lock", os.O_WRONLY | os.O_CREAT) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.path.exists(self.store + "/made"):
                return
            layer = subprocess.run(["tar", "--format=pax", "--sparse", "--xattrs", "--xattrs-include=*", "--acls", "-C", self.lower, "-cf", "-", "."],
                                   check=True, stdout=subprocess.PIPE).stdout
            archive = os.path.join(self.base, "image.tar")
            with open(archive, "wb") as file:
                file.write(Image([layer], form="none", name="made").oci_archive())
            subprocess.run([BIN + "/mica", "--store", self.store, "import", "--quiet", "oci-archive:" + archive], check=True)
            os.unlink(archive)
            write(self.store + "/made", b"")

    def all_options(self, extra=""):
        source = "store=%s,image=made" % self.store if self.kind == "image" else "lowerdir=" + self.lower
        return ",".join(filter(None, (source, "upperdir=%s,workdir=%s" % (self.upper, self.work), self.options, extra)))

    def mount(self, extra=""):
        log = os.path.join(self.base, "log")
        with open(log, "ab") as file:
            status = subprocess.run([BIN + "/micafs", "-o", self.all_options(extra), self.top], stdin=subprocess.DEVNULL, stderr=file).returncode
        if status != 0:
            raise AssertionError("micafs: " + read(log).decode())
        self.daemon = self.find_daemon()

    def find_daemon(self):
        """Daemons are adopted by this process (see main), and nothing else is left running."""
        with open("/proc/self/task/%d/children" % os.getpid(), encoding="ascii") as file:
            pids = [int(pid) for pid in file.read().split()]
        pids = [pid for pid in pids if is_running(pid, "micafs")]
        assert len(pids) == 1, pids
        return pids[0]

    def unmount(self):
        if self.identity == "user":
            subprocess.run(["fusermount3", "-u", self.top], check=True)
        else:
            system.umount(self.top)
        self.wait_for_daemon(0)

    def wait_for_daemon(self, expected):
        """Until it has ended: a crash or what a sanitizer says shows in its status."""
        _, status = os.waitpid(self.daemon, 0)
        self.daemon = None
        log = os.path.join(self.base, "log")
        assert status == expected, (status, read(log).decode("utf-8", "replace")[-4000:])

    def remount(self):
        if not self.plain:
            self.unmount()
            self.mount()

    def remount_with(self, options):
        """From now on with other options."""
        self.unmount()
        self.options = options
        self.mount()

    def kill(self):
        """Ends the daemon, at once, and takes the dead mount away."""
        os.kill(self.daemon, signal.SIGKILL)
        if self.identity == "user":
            subprocess.run(["fusermount3", "-u", "-z", self.top], check=True)
        else:
            system.umount(self.top, system.MNT_DETACH)
        self.wait_for_daemon(signal.SIGKILL)

    def bytes_written(self):
        """By the daemon, to files, whichever way."""
        with open("/proc/%d/io" % self.daemon, encoding="ascii") as file:
            return int(dict(line.split(": ") for line in file)["wchar"])

    def in_work(self):
        """But for the note that nobody else has mounted the branch."""
        return [name for name in os.listdir(self.work + "/work") if name != "mica-names"]

    def temporaries(self):
        """What lies in the work directory, but for the one whiteout that all are links of: it is there while it is mounted."""
        shared = [name for name in self.in_work() if stat.S_ISCHR(mode_of("%s/work/%s" % (self.work, name)))]
        return [name for name in self.in_work() if name not in shared[:1]]

    def is_in_upper(self, name):
        return os.path.lexists(os.path.join(os.fsencode(self.upper), os.fsencode(name)))

    def is_whiteout(self, name):
        path = os.path.join(os.fsencode(self.upper), os.fsencode(name))
        if not os.path.lexists(path):
            return False
        st = os.lstat(path)
        return stat.S_ISCHR(st.st_mode) and st.st_rdev == 0

    def mark(self, name, mark):
        """A mark of the upper's file, or None."""
        prefix = "trusted." if self.identity == "root" else "user."
        try:
            return os.getxattr(os.path.join(self.upper, name), prefix + "overlay." + mark, follow_symlinks=False)
        except OSError:
            return None

    # ---- the end

    def finish(self, plain):
        tree = dump(self.top, True)
        if plain:
            assert self.seen == plain.seen, "seen in a directory and here:\n" + "\n".join(
                "%r, %r" % pair for pair in list(zip(plain.seen + [None], self.seen + [None])) if pair[0] != pair[1])
        if plain and not self.differs:
            found = differences(plain.tree, dump(self.top, False, self.started), no_times_above(plain))
            assert not found, "not as in a directory:\n" + "\n".join(found)
        if self.plain:
            self.tree = dump(self.top, False, self.started)
            return
        self.remount()
        found = differences(tree, dump(self.top, True))
        assert not found, "not the same after a new mount:\n" + "\n".join(found)
        self.unmount()
        assert not self.in_work(), "left in the work directory: %r" % self.in_work()
        if self.kind == "live":
            found = differences(self.of_lower, dump(self.lower, True))
            assert not found, "the layer has changed:\n" + "\n".join(found)
            if self.identity == "root" and self.about["kernel"]:
                self.compare_with_kernel(tree)

    def compare_with_kernel(self, tree):
        os.makedirs(self.base + "/kernel-work", exist_ok=True)
        system.mount("overlay", self.top, "overlay", 0, "lowerdir=%s,upperdir=%s,workdir=%s,redirect_dir=on,metacopy=on,index=off,volatile" %
                     (self.lower, self.upper, self.base + "/kernel-work"))
        try:
            kernel = dump(self.top, False)
            found = differences(tree, kernel, lambda path, _: any(t.get(path, {}).get("links", 1) > 1 for t in (tree, kernel)))
        finally:
            system.umount(self.top)
        assert not found, "not the same with kernel overlayfs:\n" + "\n".join(found)

    def clean(self):
        with contextlib.suppress(OSError):
            while os.path.ismount(self.top):
                system.umount(self.top, system.MNT_DETACH)
        if self.daemon:
            with contextlib.suppress(OSError):
                os.kill(self.daemon, signal.SIGKILL)
        if self.about["size"]:
            with contextlib.suppress(OSError):
                system.umount(self.base, system.MNT_DETACH)


def no_times_above(plain):
    """A directory's own time is that of its last change, which both have where it is old."""
    return lambda path, field: field == "mtime" and path in plain.tree and "mtime" not in plain.tree[path]


def mount_layers(m, *layers):
    """An image of such layers instead of the scene's own."""
    m.unmount()
    m.store = m.base + "/store"
    write(m.base + "/image.tar", Image([layer.end() for layer in layers], name="made").oci_archive())
    subprocess.run([BIN + "/mica", "--store", m.store, "import", "--quiet", "oci-archive:" + m.base + "/image.tar"], check=True)
    m.mount()


def is_running(pid, program):
    try:
        return os.path.basename(os.readlink("/proc/%d/exe" % pid)) == program
    except FileNotFoundError:  # it has ended
        return False


def run(name, identity, only_kinds=()):
    """In the current directory, in a process that has no other children."""
    system.check(system.libc.prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0))
    function = POINTS[name]
    plain = None
    for kind in function.about["kinds"]:
        if only_kinds and kind not in only_kinds:
            continue
        print("%s as %s: %s" % (name, identity, kind), file=sys.stderr, flush=True)
        os.umask(0o022)
        scene = Scene(kind, os.path.join(os.getcwd(), kind), function.about, identity)
        try:
            scene.start()
            function(scene)
            scene.finish(plain)
        finally:
            scene.clean()
        if kind == "plain":
            plain = scene


BIN = os.environ.get("MICA_TEST_BIN", "")
