# SPDX-License-Identifier: Apache-2.0
"""The places where the same calls are made: a plain directory, kernel overlayfs, micafs over directories or over an image.

A side runs a step in its own root (chroot), so that ".." and absolute links stay in it, with the step's working directory,
user and umask.
"""
import os
import resource
import signal
import subprocess

import calls
import scan
import space
import system

USERS = {0: (0, 0, []), 1000: (1000, 1000, [2000]), 1001: (1001, 1001, [1000])}
DAEMON_SECONDS = 120


class Side:
    """A plain directory, and what is common."""
    name = "plain"

    def __init__(self, root):
        self.root = root
        self.fds, self.maps, self.listings = {}, {}, {}
        self.root_fd = -1
        self.outside = os.open("/", os.O_PATH)

    def start(self):
        self.root_fd = os.open(self.root, os.O_PATH)

    def finish(self):
        self.let_go()

    def let_go(self):
        """Closes everything that would keep a mount busy."""
        for slot in list(self.fds):
            self.put(slot, None)
        for slot in list(self.maps):
            self.put_map(slot, None, -1)
        if self.root_fd >= 0:
            os.close(self.root_fd)
            self.root_fd = -1

    def put(self, slot, fd):
        old = self.fds.pop(slot, None)
        if old is not None:
            self.drop_listing(old)
            os.close(old)
        if fd is not None:
            self.fds[slot] = fd

    def drop_listing(self, fd):
        """What was kept of a listing through this descriptor, if one was begun: (names before, names read)."""
        before, entries, held = self.listings.pop(fd, (None, None, ()))
        for each in held:
            os.close(each)
        return before, entries

    def put_map(self, slot, area, fd):
        if slot in self.maps:
            old, old_fd = self.maps.pop(slot)
            old.close()
            os.close(old_fd)
        if area is not None:
            self.maps[slot] = (area, fd)

    def inside(self, function, *args):
        os.fchdir(self.root_fd)
        os.chroot(b".")
        try:
            return function(*args)
        finally:
            os.fchdir(self.outside)
            os.chroot(b".")

    def step(self, step):
        os.fchdir(self.root_fd)
        os.chroot(b".")
        uid, gid, others = USERS[step["user"]]
        try:
            if step["cwd"] is not None and step["cwd"] in self.fds:
                os.fchdir(self.fds[step["cwd"]])
            os.umask(step["umask"])
            if uid:
                os.setgroups(others)
                os.setresgid(gid, gid, 0)
                os.setresuid(uid, uid, 0)
            return calls.TABLE[step["call"]](self, *step["args"])
        except OSError as e:
            return system.name_of(e)
        finally:
            if uid:
                os.setresuid(0, 0, 0)
                os.setresgid(0, 0, 0)
                os.setgroups([])
            os.umask(0)
            os.fchdir(self.outside)
            os.chroot(b".")

    def scan(self):
        return self.inside(scan.scan)

    def remount(self):
        """Differences that a new mount makes; None where that means nothing."""
        self.let_go()
        self.start()
        return []

    def last_words(self):
        return ""


class Mounted(Side):
    """A union over `layers` with an upper and a work directory in `base`."""

    def __init__(self, base, layers):
        super().__init__(os.path.join(base, "mount"))
        self.base = base
        self.layers = layers
        self.upper, self.work = os.path.join(base, "upper"), os.path.join(base, "work")
        for directory in (self.root, self.upper, self.work):
            os.mkdir(directory)
        copy_attributes(layers[0], self.upper)

    def start(self):
        self.mount()
        super().start()

    def finish(self):
        super().finish()
        self.unmount()

    def remount(self):
        before = self.scan()
        self.let_go()
        self.unmount()
        self.start()
        after = self.scan()
        return scan.differences(before[0], after[0]) + [
            (path, "st_ino", "%r and %r" % (before[1][path], after[1][path]))
            for path in before[1] if path in after[1] and before[1][path] and after[1][path] and
            before[1][path][1] != after[1][path][1]]


class Kernel(Mounted):
    """As near to a plain directory as it comes: with metacopy=on, opening a file for writing may change its mtime."""
    name = "kernel"

    def mount(self):
        system.mount("overlay", self.root, "overlay", 0, "%s,metacopy=off,xino=on,lowerdir=%s,upperdir=%s,workdir=%s" % (
            "index=off,userxattr" if space.inside else "redirect_dir=on,index=on",
            ":".join(self.layers), self.upper, self.work))

    def unmount(self):
        system.umount(self.root)


class Micafs(Mounted):
    name = "micafs"
    options = "redirect_dir=on,metacopy=on"

    def __init__(self, base, layers, program):
        super().__init__(base, layers)
        self.program = program
        self.log = os.path.join(base, "log")
        self.daemon = None

    def source(self):
        # The calls may give the root away.
        return "insecure_dirs,lowerdir=%s,upperdir=%s,workdir=%s,%s%s" % (":".join(self.layers), self.upper, self.work, self.options, space.options())

    @staticmethod
    def variables():
        return None

    def mount(self):
        ready, tell = os.pipe()
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen([self.program, "-f", "--ready-fd", str(tell), "-o", "dev," + self.source(), self.root],
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(tell,), env=self.variables())
        os.close(tell)
        with os.fdopen(ready, "rb") as f:
            said = f.read()
        if said != b"\0":
            raise RuntimeError("micafs does not mount: %s" % (said.decode(errors="replace").strip() or self.last_words()))

    def unmount(self):
        system.umount(self.root)
        try:
            status = self.daemon.wait(DAEMON_SECONDS)
        except subprocess.TimeoutExpired:
            self.daemon.send_signal(signal.SIGABRT)
            raise RuntimeError("micafs does not end after the unmount") from None
        if status != 0:
            raise RuntimeError("micafs ended with status %d: %s" % (status, self.last_words()))

    def last_words(self):
        with open(self.log, "r", errors="replace") as f:
            return f.read()[-6000:].strip()


class MicafsStraight(Micafs):
    """Files of the branch are read and written by the kernel itself."""
    name = "micafs-straight"
    options = Micafs.options + ",passthrough=on"


class MicafsNames(Micafs):
    """The file system of the upper has no attributes for marks, nor, every other time, whiteouts as devices: marks are names."""
    name = "micafs-names"
    options = "redirect_dir=off,metacopy=off"

    def variables(self):
        lacks = ("marks", "marks,device")[int(os.path.basename(os.path.dirname(os.path.dirname(self.base))).rsplit("-", 1)[-1]) % 2]
        return dict(os.environ, LD_PRELOAD=os.path.join(os.path.dirname(os.path.dirname(self.program)), "tests/fault/lacks.so"), MICA_LACKS=lacks)

    def as_layer(self):
        """The upper as the topmost layer of another mount. -> its tree"""
        source, self.source = self.source, lambda: "lowerdir=%s" % ":".join([self.upper] + self.layers)
        try:
            self.start()
            return self.scan()[0]
        finally:
            self.source = source
            self.finish()


class MicafsImage(Micafs):
    """The layers are an image in a store of its own, the branch is one of the store's."""
    name = "micafs-image"

    def __init__(self, base, layers, program, store):
        super().__init__(base, layers, program)
        self.store = store
        self.branch = "branch-%d" % os.getpid()

    def source(self):
        return "image=made,store=%s,branch=%s,branch_make=missing" % (self.store, self.branch)


def copy_attributes(source, target):
    """What the upper's root must have for kernel overlayfs to show the root of the lower."""
    st = os.stat(source)
    os.chown(target, st.st_uid, st.st_gid)
    os.chmod(target, st.st_mode & 0o7777)
    for name in os.listxattr(source):
        if not name.startswith(space.prefix()):
            os.setxattr(target, name, os.getxattr(source, name))
    os.utime(target, ns=(st.st_atime_ns, st.st_mtime_ns))


def no_core_files():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
