# SPDX-License-Identifier: Apache-2.0
"""micafs with the fault library in it, and the little that os lacks."""
import ctypes
import mmap
import os
import signal
import struct
import subprocess

DAEMON_SECONDS = 120
OFF, COUNT, FAIL, KILL_BEFORE, KILL_AFTER, FAIL_FROM, STOP = range(7)
CHANGE, LOOK, MEMORY, READ = 1, 2, 4, 8
ALL = CHANGE | LOOK | MEMORY
HEAD, NAME, LOG = 24, 24, 4096  # struct control of inject.c

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH = -100, 0x400, 0x1000
NOREPLACE, EXCHANGE = 1, 2
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE, CLONE_NEWNS, MNT_DETACH = 1, 0x20, 0x1000, 0x4000, 0x40000, 0x20000, 2
PR_SET_DUMPABLE = 4


def check(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def encoded(text):
    return None if text is None else os.fsencode(text)


def renameat2(old, new, flags):
    check(libc.renameat2(AT_FDCWD, encoded(old), AT_FDCWD, encoded(new), ctypes.c_uint(flags)))


def link_fd(fd, path):
    check(libc.linkat(fd, b"", AT_FDCWD, encoded(path), AT_EMPTY_PATH))


def mount(source, target, kind, flags=0, data=None):
    check(libc.mount(encoded(source), encoded(target), encoded(kind), ctypes.c_ulong(flags), encoded(data)))


def umount(target, flags=0):
    check(libc.umount2(encoded(target), flags))


def own_namespace():
    """Whatever happens, our mounts go with the processes of this namespace."""
    check(libc.unshare(CLONE_NEWNS))
    mount(None, "/", None, MS_REC | MS_PRIVATE)


class Control:
    """What the library is told, and what it has seen."""

    def __init__(self, path):
        self.path = path
        size = HEAD + NAME * LOG
        with open(path, "wb") as f:
            f.truncate(size)
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), size)

    def arm(self, mode, at=0, error=0, classes=ALL):
        struct.pack_into("IIIiII", self.map, 0, OFF, classes, at, error, 0, 0)
        struct.pack_into("I", self.map, 0, mode)

    def disarm(self):
        """-> (how many calls there were, was there a fault)"""
        struct.pack_into("I", self.map, 0, OFF)
        count, hits = struct.unpack_from("II", self.map, 16)
        return count, hits > 0

    def calls(self, count):
        """[(name, class)]"""
        found = []
        for i in range(min(count, LOG)):
            entry = self.map[HEAD + i * NAME:HEAD + (i + 1) * NAME]
            found.append((entry[:entry.index(b"\0")].decode(), entry[NAME - 1]))
        return found


class CannotMount(Exception):
    pass


class Micafs:
    """A daemon and its mount. `user`: (user, group) whose it is, an ordinary one's. `lacks`: as lacks.c."""

    def __init__(self, programs, control, root, options, files=None, log=None, user=None, lacks=""):
        self.root, self.log = root, log or root + ".log"
        environment = dict(os.environ, LD_PRELOAD=programs.library, MICA_FAULT=control.path)
        if lacks:
            environment.update(LD_PRELOAD=programs.library + ":" + programs.lacks, MICA_LACKS=lacks)
        whose = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        command = [programs.micafs, "-f", "-o", ("" if user else "dev,") + "timeout=1000000000," + options, root]
        if files:
            command = ["prlimit", "--nofile=%d:%d" % (files, files)] + command
        ready, tell = os.pipe()
        os.set_inheritable(tell, True)
        with open(self.log, "ab") as log_file:
            self.daemon = subprocess.Popen(command[:-1] + ["--ready-fd", str(tell), root], env=environment, stdin=subprocess.DEVNULL,
                                           stdout=log_file, stderr=log_file, close_fds=False, **whose)
        os.close(tell)
        with os.fdopen(ready, "rb") as f:
            said = f.read()
        if said != b"\0":
            status = self.daemon.wait(DAEMON_SECONDS)
            # One that is killed as it comes up may leave its mount.
            if os.path.ismount(root) or self.is_dead():
                umount(root, MNT_DETACH)
            raise CannotMount(said.decode(errors="replace").strip() or "status %d: %s" % (status, self.last_words()))

    def is_dead(self):
        try:
            os.stat(self.root)
            return False
        except OSError:
            return True

    def kill(self):
        self.daemon.send_signal(signal.SIGKILL)

    def end(self):
        """Unmounts; -> the status it ended with."""
        umount(self.root)
        try:
            return self.daemon.wait(DAEMON_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError("micafs does not end after the unmount") from None

    def last_words(self):
        with open(self.log, "r", errors="replace") as f:
            return f.read()[-3000:].strip()
