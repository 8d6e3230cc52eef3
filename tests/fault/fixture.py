# SPDX-License-Identifier: Apache-2.0
"""What the operations work on: two lower layers, and a branch in which some things have been done already."""
import os
import shutil
import stat

import mounts

USER = "mica-test"  # an ordinary one (lib/prepare-machine)


def make(path, content=b"", mode=0o644, owner=0):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)
    os.chown(path, owner, owner)
    os.chmod(path, mode)


def text(name, size):
    return ((name + ".") * (size // len(name) + 1))[:size].encode()


def make_layers(base, attributes):
    """-> the layers, topmost first. `attributes`: which an upper that takes none would lose with the copy-up."""
    top, low = os.path.join(base, "top"), os.path.join(base, "low")
    at = lambda name, layer=low: os.path.join(layer, name)
    make(at("file"), text("file", 5000), 0o640, 1000)
    if attributes:
        os.setxattr(at("file"), "user.a", b"value of a")
    make(at("second"), text("second", 3000))
    make(at("program"), text("program", 2000), 0o4755, 1000)
    make(at("big"), text("big", 300 << 10))
    make(at("sparse"))
    with open(at("sparse"), "r+b") as f:
        f.seek(200 << 10)
        f.write(text("sparse", 6000))
        f.truncate(400 << 10)
    make(at("link1"), text("link", 4500), 0o664)
    make(at("sub/other"), text("other", 100))
    os.link(at("link1"), at("link2"))
    os.link(at("link1"), at("sub/link3"))
    os.symlink("file", at("symlink"))
    os.chown(at("symlink"), 1000, 1000, follow_symlinks=False)
    os.symlink("nowhere", at("symlink1"))
    os.link(at("symlink1"), at("sub/symlink2"), follow_symlinks=False)
    os.mkfifo(at("fifo"), 0o620)
    os.mknod(at("device"), 0o20640, os.makedev(1, 3))
    make(at("deep/1/2/3/file"), text("deep", 1200))
    for name in ("deep/1", "deep/1/2"):
        os.chmod(at(name), 0o750)
    if attributes:
        os.setxattr(at("deep/1"), "user.d", b"of a directory")
    make(at("dir/a"), text("a", 1000))
    make(at("dir/b"), text("b", 10))
    make(at("dir/sub/c"), text("c", 10))
    os.makedirs(at("empty"))
    os.makedirs(at("empty2"))
    os.makedirs(at("setgid"))
    os.chown(at("setgid"), 0, 1000)
    os.chmod(at("setgid"), 0o2775)
    make(at("gone"), text("gone", 500))
    make(at("gonedir/x"), text("x", 500))
    make(at("cleared/x"), text("x", 50))
    make(at("cleared/y"), text("y", 50))
    make(at("cleared2/z"), text("z", 50))
    make(at("merged/low"), text("low", 70))
    make(at("merged/lost"), text("lost", 70))
    make(at("moved/inner/file"), text("inner", 70))
    make(at("changed"), text("changed", 800))
    make(at("meta"), text("meta", 4000))
    make(at("hard1"), text("hard", 900))
    os.link(at("hard1"), at("hard2"))
    os.link(at("hard1"), at("hard3"))
    make(at("over"), text("of top", 600))
    make(at("merged/top", top), text("top", 60))
    make(at("over", top), text("of top", 700))
    make(at("file2", top), text("file2", 4097), 0o600)
    for layer in (top, low):
        for path, directories, files in os.walk(layer, topdown=False):
            for name in files + directories + ["."]:
                os.utime(os.path.join(path, name), ns=(10**18 + 11, 10**18 + len(name)), follow_symlinks=False)
    return [top, low]


def work_on(root, redirects):
    """Done in a mount, to have a branch with whiteouts, opaque, merged and redirected directories, files that are wholly or in
    part in the upper, and hard links of the lower of which some names are gone."""
    at = lambda name: os.path.join(root, name)
    for name in ("gone", "cleared/x", "cleared/y", "cleared2/z", "merged/lost", "hard3"):
        os.unlink(at(name))
    os.unlink(at("gonedir/x"))
    os.rmdir(at("gonedir"))
    with open(at("changed"), "r+b") as f:
        f.write(b"now")
    os.chmod(at("meta"), 0o600)
    os.chmod(at("hard1"), 0o640)
    make(at("new"), text("new", 700))
    os.link(at("new"), at("new2"))
    make(at("newdir/file"), text("f", 70))
    os.mkdir(at("newempty"))
    make(at("merged/up"), text("up", 70))
    make(at("opened/x"), b"x")
    os.unlink(at("empty2/x")) if os.path.exists(at("empty2/x")) else None
    os.rmdir(at("empty2"))
    make(at("empty2/own"), b"own")
    if redirects:
        os.rename(at("moved"), at("moved2"))


def copy_one(source, target, st):
    if stat.S_ISREG(st.st_mode):
        shutil.copyfile(source, target)
    elif stat.S_ISLNK(st.st_mode):
        os.symlink(os.readlink(source), target)
    elif not stat.S_ISDIR(st.st_mode):
        os.mknod(target, st.st_mode, st.st_rdev)
    os.chown(target, st.st_uid, st.st_gid, follow_symlinks=False)
    if not stat.S_ISLNK(st.st_mode):
        os.chmod(target, stat.S_IMODE(st.st_mode))
    for name in os.listxattr(source, follow_symlinks=False):
        os.setxattr(target, name, os.getxattr(source, name, follow_symlinks=False), follow_symlinks=False)


def copy_tree(source, target, made):
    """cp -a, without a process for it. `made`: {inode: its first copy}."""
    st = os.lstat(source)
    if stat.S_ISDIR(st.st_mode):
        os.mkdir(target)
        for name in os.listdir(source):
            copy_tree(os.path.join(source, name), os.path.join(target, name), made)
    elif st.st_ino in made:
        os.link(made[st.st_ino], target, follow_symlinks=False)
        return
    made[st.st_ino] = target
    copy_one(source, target, st)
    os.utime(target, ns=(st.st_atime_ns, st.st_mtime_ns), follow_symlinks=False)


def takes(kind, name):
    """ramfs has neither fallocate(2), which libc does by writing, nor attributes to set."""
    return Bed.PREFIXES.get(kind, "") is not None or not name.startswith(("fallocate", "setxattr", "removexattr"))


class Programs:
    def __init__(self, build):
        self.lacks = os.path.realpath(os.path.join(build, "tests/fault/lacks.so"))
        self.micafs = os.path.realpath(os.path.join(build, "fuse/micafs"))
        self.mica = os.path.realpath(os.path.join(build, "cli/mica"))
        self.library = os.path.realpath(os.path.join(build, "tests/fault/fault_inject.so"))


def reachable(programs, directory):
    """The same programs, where every user can reach them."""
    copy = Programs.__new__(Programs)
    copy.micafs, copy.mica, copy.library, copy.lacks = (
        shutil.copy(p, directory) for p in (programs.micafs, programs.mica, programs.library, programs.lacks))
    return copy


class Bed:
    """A directory with layers, a branch to copy, and a place to mount. `kind` names the options."""

    KINDS = {
        "full": "redirect_dir=on,metacopy=on",
        "plain": "redirect_dir=off,metacopy=off",
        "user": "redirect_dir=on,metacopy=on,userxattr",
        # On a file system without attributes, where files .wh.NAME are marks; whiteouts are devices there, and files without them.
        "devices": "redirect_dir=off,metacopy=off",
        "names": "redirect_dir=off,metacopy=off",
    }
    PREFIXES = {"user": "user.overlay.", "devices": None, "names": None}

    def __init__(self, programs, base, kind):
        self.programs, self.base, self.kind = programs, base, kind
        self.prefix = self.PREFIXES.get(kind, "trusted.overlay.")
        self.layers = make_layers(base, bool(self.prefix))
        apart = os.path.join(base, "apart")
        os.mkdir(apart)
        if not self.prefix:
            mounts.mount("ramfs", apart, "ramfs")
        self.template, self.branch = os.path.join(apart, "template"), os.path.join(apart, "branch")
        self.root = os.path.join(base, "mount")
        self.control = mounts.Control(os.path.join(base, "control"))
        for name in ("upper", "work"):
            os.makedirs(os.path.join(self.branch, name))
        os.mkdir(self.root)
        m = self.mount()
        work_on(self.root, "redirect_dir=on" in self.KINDS[kind])
        m.end()
        os.rename(self.branch, self.template)

    def mount(self, **more):
        return mounts.Micafs(self.programs, self.control, self.root, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work,%s" % (
            ":".join(self.layers), self.branch, self.branch, self.KINDS[self.kind]), lacks="device" if self.kind == "names" else "", **more)

    def fresh_branch(self):
        shutil.rmtree(self.branch, ignore_errors=True)
        copy_tree(self.template, self.branch, {})
