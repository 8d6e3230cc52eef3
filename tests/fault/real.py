# SPDX-License-Identifier: Apache-2.0
"""Faults that nobody has to inject: full disks, file systems that turn read-only, layers that cannot be read, few descriptors."""
import errno
import os
import subprocess
import sys
import traceback

import cases
import fixture
import mounts
import operations
import state

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib"))
import made_image  # noqa: E402

TABLE = {}
FULL = (errno.ENOSPC, errno.EDQUOT)


def real(f):
    TABLE[f.__name__] = f
    return f


def can_run(base):
    """Why the tests cannot run here; None when they can."""
    try:
        os.setxattr(base, "trusted.overlay.test", b"")
    except OSError as e:
        return "trusted.* attributes in %s: %s" % (base, e.strerror)
    return None


def chosen(patterns):
    return [name for name in TABLE if not patterns or any(p in name for p in patterns)]


class Skipped(Exception):
    pass


def run(name):
    """-> (name, failures); a text instead of failures says why it was skipped"""
    try:
        return name, TABLE[name](cases.WORKER)
    except Skipped as e:
        return name, str(e)
    except Exception:  # pylint: disable=broad-except
        return name, [traceback.format_exc()]


class Undisturbed:
    """What perform() wants of a run that meets no injected fault."""

    def __init__(self):
        self.error = None

    def arm(self):
        pass

    disarm = arm


def perform(bed, name):
    """-> the error, or None"""
    run = Undisturbed()
    cases.perform(bed, name, run)
    return run.error


def branch_on(bed, disk):
    """Puts the bed's branch on another file system."""
    bed.branch = os.path.join(disk, "branch")
    bed.fresh_branch()


def scanned(bed):
    m = bed.mount()
    seen = state.lasting(state.scan(bed.root))
    m.end()
    return seen


# ---- a full disk

SOME = ["write-file", "write-big", "write-link1", "truncate-meta", "grow-file", "o_trunc-file", "chmod-file", "chown-link2", "setxattr-file",
        "mknod-fresh", "mknod-gone", "mkdir-fresh", "mkdir-gonedir", "symlink-fresh", "link-file", "link_tmpfile", "tmpfile", "unlink-file",
        "unlink-changed", "unlink-link1", "rmdir-cleared", "rename-file-to-second", "rename-dir-to-cleared", "rename-new-to-gone",
        "rename-dir-to-merged-exchange", "rename-deep-1-2-to-fresh"]


class Filler:
    """Takes all of a disk's room but a little."""

    def __init__(self, disk):
        self.path = os.path.join(disk, "filler")

    def fill(self, leave):
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            while True:
                os.write(fd, bytes(4096))
        except OSError:
            pass
        os.ftruncate(fd, max(0, os.fstat(fd).st_size - leave))
        os.close(fd)

    def remove(self):
        os.unlink(self.path)


def on_full_disk(worker, disk):
    """Each operation with no room, and with more and more of it, until it succeeds."""
    bed, failures, filler = worker.bed("full"), [], Filler(disk)
    errors = 0
    home = bed.branch
    try:
        branch_on(bed, disk)
        before = scanned(bed)
        for name in SOME:
            branch_on(bed, disk)
            perform_once(bed, name)
            after = scanned(bed)
            for leave in (0, 4096, 8192, 16384, 65536, 1 << 20):
                branch_on(bed, disk)
                error, problems = full_once(bed, name, filler, leave, before, after)
                failures += ["%s with room for %d: %s" % (name, leave, p) for p in problems]
                errors += error is not None
                if error is None:
                    break
        if not errors:
            failures.append("nothing met the end of the disk")
    finally:
        bed.branch = home
    return failures


def perform_once(bed, name):
    m = bed.mount()
    error = perform(bed, name)
    m.end()
    return error


def full_once(bed, name, filler, leave, before, after):
    m = bed.mount()
    filler.fill(leave)
    try:
        error = perform(bed, name)
        shown = state.scan(bed.root)
    finally:
        filler.remove()
        m.end()
    m = bed.mount()
    again = state.scan(bed.root)
    m.end()
    problems = ["the remount shows otherwise: " + d for d in state.differences(shown, again)]
    lasting = state.lasting(again)
    if error is not None and error not in FULL:
        problems.append("the error is %s" % errno.errorcode.get(error))
    if lasting != after and (error is None or lasting != before):
        problems += ["neither old nor new: " + d for d in state.differences(after, lasting)]
    return error, problems + state.garbage(bed.branch, again, bed.prefix)


@real
def full_tmpfs(worker):
    disk = os.path.join(worker.directory, "small")
    os.mkdir(disk)
    mounts.mount("small", disk, "tmpfs", 0, "size=3m,mode=755")
    failures = on_full_disk(worker, disk)
    mounts.umount(disk)
    return failures


def small_ext4(worker, name):
    """A file system of its own in a file; -> where it is mounted."""
    if not os.path.exists("/dev/loop-control"):
        raise Skipped("no loop devices")
    image, disk = (os.path.join(worker.directory, name + suffix) for suffix in (".image", ""))
    with open(image, "wb") as f:
        f.truncate(6 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", "-b", "4096", "-I", "256", image], check=True)
    os.mkdir(disk)
    subprocess.run(["mount", "-n", "-o", "loop", image, disk], check=True)
    return disk


@real
def full_ext4(worker):
    disk = small_ext4(worker, "small-ext4")
    failures = on_full_disk(worker, disk)
    mounts.umount(disk)
    return failures


# ---- a file system that turns read-only

@real
def read_only_upper(worker):
    """Nothing can be changed, everything can be read; and when it may be written again, all is as if nothing had been."""
    bed, failures = worker.bed("full"), []
    disk = small_ext4(worker, "turning")
    home = bed.branch
    branch_on(bed, disk)
    m = bed.mount()
    before = state.scan(bed.root)
    m.end()
    m = bed.mount()
    subprocess.run(["mount", "-n", "-o", "remount,ro", disk], check=True)
    for name in SOME:
        error = perform(bed, name)
        if error != errno.EROFS:
            failures.append("%s: %s" % (name, errno.errorcode.get(error, "success")))
    failures += ["read-only: " + d for d in state.differences(before, state.scan(bed.root))]
    subprocess.run(["mount", "-n", "-o", "remount,rw", disk], check=True)
    failures += ["again: " + d for d in state.differences(before, state.scan(bed.root))]
    for name in ("write-file", "write-changed", "mkdir-fresh"):
        error = perform(bed, name)
        if error:
            failures.append("%s, when it may be written again: %s" % (name, errno.errorcode.get(error)))
    m.end()
    bed.branch = home
    mounts.umount(disk)
    return failures


# ---- layers that cannot be read

@real
def unreadable_content(worker):
    """What needs the content of a layer's file gives EIO, and leaves no part of it; what does not need it works."""
    bed, failures = worker.bed("full"), []
    for name, works in (("write-file", False), ("write-big", False), ("write-link1", False), ("truncate-file", False), ("grow-file", False),
                        ("write-meta", False), ("truncate-meta", False), ("copy_range", False), ("chmod-file", True), ("chmod-link1", True),
                        ("o_trunc-file", True), ("o_trunc-meta", True), ("empty-big", True), ("rename-file-to-fresh", True),
                        ("unlink-link1", True), ("chown-symlink", True)):
        bed.fresh_branch()
        m = bed.mount()
        before = state.scan(bed.root)
        bed.control.arm(mounts.FAIL_FROM, 1, errno.EIO, mounts.READ)
        error = perform(bed, name)
        bed.control.disarm()
        shown = state.scan(bed.root)
        m.end()
        m = bed.mount()
        again = state.scan(bed.root)
        m.end()
        if error != (None if works else errno.EIO):
            failures.append("%s: %s" % (name, errno.errorcode.get(error, "success")))
        if not works:
            failures += ["%s: %s" % (name, d) for d in state.differences(before, shown)]
        failures += ["%s: the remount shows otherwise: %s" % (name, d) for d in state.differences(shown, again)]
        failures += ["%s: %s" % (name, g) for g in state.garbage(bed.branch, again, bed.prefix)]
    return failures


def make_image_store(worker, size):
    """A store with an image "made", whose one layer has a long and a short file; -> (store, the layer's directory)"""
    store, archive = (os.path.join(worker.directory, name) for name in ("store", "made.oci.tar"))
    layer = made_image.Tar().dir("d").file("d/long", fixture.text("long", size)).file("d/short", fixture.text("short", 5000))
    with open(archive, "wb") as f:
        f.write(made_image.Image([layer.end()]).oci_archive())
    subprocess.run([worker.programs.mica, "--store", store, "import", "--quiet", "oci-archive:" + archive + ":made"], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    layers = os.path.join(store, "layers")
    return store, os.path.join(layers, next(name for name in os.listdir(layers) if len(name) >= 64))


@real
def damaged_pack(worker):
    """The content of an image's layer has been cut off behind the store's back."""
    store, layer = make_image_store(worker, 300 << 10)
    root = os.path.join(worker.directory, "image-mount")
    os.mkdir(root)
    control = mounts.Control(os.path.join(worker.directory, "image-control"))
    failures = []
    source = "image=made,store=%s,branch=made,branch_make=missing" % store
    m = mounts.Micafs(worker.programs, control, root, source)
    os.truncate(os.path.join(layer, "pack"), 4096)
    path = os.path.join(root, "d/long")
    for what, call in (("write", lambda: patch(path)), ("truncate", lambda: os.truncate(path, 200000)), ("read", lambda: read_all(path))):
        try:
            call()
            failures.append("%s: success" % what)
        except OSError as e:
            if e.errno != errno.EIO:
                failures.append("%s: %s" % (what, e.strerror))
    os.chmod(path, 0o600)
    os.truncate(path, 0)
    with open(path, "ab") as f:
        f.write(b"new")
    m.end()
    m = mounts.Micafs(worker.programs, control, root, source)
    if read_all(path) != b"new" or os.stat(path).st_mode & 0o7777 != 0o600:
        failures.append("after the remount: %r" % read_all(path)[:40])
    m.end()
    return failures


def patch(path):
    fd = os.open(path, os.O_RDWR)
    try:
        os.pwrite(fd, b"x", 10)
    finally:
        os.close(fd)


def read_all(path):
    with open(path, "rb") as f:
        return f.read()


# ---- few descriptors

@real
def few_descriptors(worker):
    """With 64 descriptors everything goes on as with many: directories, contents, and files without names."""
    bed, failures = worker.bed("full"), []
    bed.fresh_branch()
    m = bed.mount(files=64)
    root = bed.root
    before = state.scan(root)
    for i in range(100):
        fixture.make(os.path.join(root, "many/%d/of/file" % i), b"%d" % i)
    held = [os.open(os.path.join(root, "many/%d/of/file" % i), os.O_RDWR) for i in range(100)]
    for i in range(100):
        os.unlink(os.path.join(root, "many/%d/of/file" % i))
    for i, fd in enumerate(held):
        os.pwrite(fd, b"now", 3)
        if os.pread(fd, 10, 0) != (b"%d" % i).ljust(3, b"\0") + b"now" or os.fstat(fd).st_nlink != 0:
            failures.append("of file %d, without a name: %r, %d links" % (i, os.pread(fd, 10, 0), os.fstat(fd).st_nlink))
        os.close(fd)
    for i in range(100):
        os.removedirs(os.path.join(root, "many/%d/of" % i))
    failures += ["as before: " + d for d in state.differences(state.lasting(before), state.lasting(state.scan(root)))]
    for name in SOME:
        m.end()
        bed.fresh_branch()
        m = bed.mount(files=64)
        error = perform(bed, name)
        if error:
            failures.append("%s: %s" % (name, errno.errorcode.get(error)))
    m.end()
    return failures
