# SPDX-License-Identifier: Apache-2.0
"""Random layers for a union: a list of things (layer_dir.py), made on disk in the kernel's form, or as a layer's archive."""
import io
import os
import socket
import stat
import struct
import sys
import tarfile

import space

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib"))
import layer_dir  # noqa: E402

DIRECTORY_NAMES = [b"a", b"b", b"c", b"d"]
FILE_NAMES = [b"f", b"g", b"h", b"i"]
ODD_NAMES = [b"\xff\xfe", b"x\ny ", b"n" * 255, b"-n", b"..."]
OWNERS = [0, 0, 1000, 1000, 1001]
FILE_MODES = [0o644, 0o600, 0o666, 0o777, 0o755, 0o000, 0o444, 0o4755, 0o2755, 0o6777, 0o2664]
DIRECTORY_MODES = [0o777, 0o777, 0o755, 0o1777, 0o2777, 0o2775, 0o700, 0o3777]
SIZES = [0, 1, 11, 4000, 4096, 9000, 70000]
TARGETS = [b"f", b"../a", b"/b", b"a/f", b"./g", b"/c/f", b"..", b"none", b"/a/b/../f", b"d"]
DEVICE_MAJOR = 240  # for local use: no driver has it, so that opening gives an error
BASE_TIME = 1_400_000_000
ACL_ACCESS, ACL_DEFAULT = "system.posix_acl_access", "system.posix_acl_default"


def content(seed, size):
    """Bytes that tell where they come from."""
    block = b"%08x." % (seed & 0xFFFFFFFF)
    return (block * (size // 9 + 1))[:size]


def acl(user, others):
    """An access list: the owner rwx, a user by number, the group r-x, a mask, the others."""
    entries = [(1, 7, 0xFFFFFFFF), (2, user & 7, 0 if space.one else 1000 + user // 8 % 2), (4, 5, 0xFFFFFFFF), (0x10, 7, 0xFFFFFFFF),
               (0x20, others & 7, 0xFFFFFFFF)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)


def random_path(rng, names):
    depth = rng.choice((1, 1, 2, 2, 3))
    path = [rng.choice(DIRECTORY_NAMES) for _ in range(depth)]
    path[-1] = rng.choice(names if rng.random() < 0.93 else ODD_NAMES)
    return tuple(path)


def random_owner(rng):
    return 0 if space.one else rng.choice(OWNERS)


def random_thing(rng, layer, lowest, below):
    kinds = ["file"] * 9 + ["dir"] * 7 + ["hardlink"] * 3 + ["symlink", "fifo", "fifo" if space.inside else "device", "socket", "attribute", "acl"]
    if layer != lowest:
        kinds += ["whiteout"] * 4 + ["opaque"] * 2
    kind = rng.choice(kinds)
    names = DIRECTORY_NAMES if kind in ("dir", "opaque") else FILE_NAMES
    path = random_path(rng, names)
    if below and kind in ("whiteout", "attribute", "acl") or below and rng.random() < 0.15:
        path = rng.choice(below)["path"]
    thing = {"layer": layer, "path": path, "kind": kind, "seed": rng.getrandbits(20), "owner": random_owner(rng),
             "group": random_owner(rng), "mode": rng.choice(DIRECTORY_MODES if kind in ("dir", "opaque") else FILE_MODES)}
    if kind == "file":
        thing["size"] = rng.choice(SIZES)
        thing["holes"] = rng.random() < 0.2
    elif kind == "symlink":
        thing["target"] = rng.choice(TARGETS)
    elif kind == "hardlink":
        files = [t["path"] for t in below if t["kind"] == "file" and t["layer"] == layer]
        thing["target"] = rng.choice(files) if files else random_path(rng, FILE_NAMES)
    return thing


def random_things(rng):
    count = rng.choice((1, 2, 2, 3))
    things = []
    for layer in reversed(range(count)):
        for _ in range(rng.randrange(6, 26)):
            things.append(random_thing(rng, layer, count - 1, things))
    return count, things


class Layer(layer_dir.LayerDir):
    """One layer on disk."""

    CHANGING = ("opaque", "attribute", "acl")

    def __init__(self, root):
        super().__init__(root)
        self.things = {}  # path -> the thing that says its owner and mode

    def made(self, thing):
        if thing["kind"] != "hardlink":
            self.things[thing["path"]] = thing

    def file(self, thing):
        with open(self.at(thing["path"]), "wb") as f:
            if thing["holes"]:
                f.truncate(thing["size"] + 300_000)
                f.seek(131072)
            f.write(content(thing["seed"], thing["size"]))

    def symlink(self, thing):
        os.symlink(thing["target"], self.at(thing["path"]))

    def device(self, thing):
        kind = stat.S_IFBLK if thing["seed"] & 1 else stat.S_IFCHR
        os.mknod(self.at(thing["path"]), kind | 0o600, os.makedev(DEVICE_MAJOR, thing["seed"] % 70000))

    def socket(self, thing):
        os.mknod(self.at(thing["path"]), stat.S_IFSOCK | 0o600)

    def whiteout(self, thing):
        os.mknod(self.at(thing["path"]), stat.S_IFCHR, os.makedev(0, 0))

    def opaque(self, thing, there):
        if there is None:
            self.dir(thing)
        elif there != "dir":
            return
        os.setxattr(self.at(thing["path"]), space.prefix() + "opaque", b"y")
        self.kinds[thing["path"]] = "opaque"
        self.things[thing["path"]] = thing

    def attribute(self, thing, there):
        if there in ("dir", "opaque", "file"):
            os.setxattr(self.at(thing["path"]), "user.a%d" % (thing["seed"] % 3), b"%x" % thing["seed"])

    def acl(self, thing, there):
        if there in ("dir", "opaque", "file"):
            os.setxattr(self.at(thing["path"]), ACL_ACCESS, acl(thing["seed"], 5))
            if there != "file" and thing["seed"] & 16:
                os.setxattr(self.at(thing["path"]), ACL_DEFAULT, acl(thing["seed"], 1))

    def finish(self):
        """Owners, modes and times."""
        for path in sorted((p for p, kind in self.kinds.items() if kind != "whiteout"), key=len, reverse=True):
            where = self.at(path)
            thing = self.things.get(path, {"owner": 0, "group": 0, "mode": 0o777, "seed": len(path)})
            if self.kinds[path] != "hardlink":
                os.chown(where, thing["owner"], thing["group"], follow_symlinks=False)
                if self.kinds[path] != "symlink":
                    os.chmod(where, thing["mode"])
            seconds = BASE_TIME + thing["seed"]
            os.utime(where, ns=(seconds * 10**9, seconds * 10**9 + 1001 * thing["seed"]), follow_symlinks=False)


def make(directory, count, things):
    """Makes the layers below `directory`; returns their paths, topmost first."""
    os.mkdir(directory)
    layers = [Layer(os.path.join(os.fsencode(directory), b"%d" % i)) for i in range(count)]
    for thing in things:
        layers[thing["layer"]].add(thing)
    for layer in layers:
        layer.finish()
    return [os.fsdecode(layer.root) for layer in layers]


# ---- as an image


def fits_image(things):
    """The things that an image's layer can say: a whiteout's name has four bytes more there."""
    return [t for t in things if t["kind"] != "socket" and not (t["kind"] == "whiteout" and len(t["path"][-1]) > 251)]


def member(path, name, seen):
    st = os.lstat(path)
    info = tarfile.TarInfo(os.fsdecode(name))
    info.mode, info.uid, info.gid = stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid
    # tarfile would write the time as a float, which has no room for nanoseconds.
    info.pax_headers["mtime"] = "%d.%09d" % divmod(st.st_mtime_ns, 10**9)
    for key in os.listxattr(path, follow_symlinks=False):
        if not key.startswith(space.prefix()):
            value = os.getxattr(path, key, follow_symlinks=False)
            info.pax_headers["SCHILY.xattr." + key] = value.decode("utf-8", "surrogateescape")
    if st.st_nlink > 1 and not stat.S_ISDIR(st.st_mode):
        if st.st_ino in seen:
            info.type, info.linkname = tarfile.LNKTYPE, seen[st.st_ino]
            return info, None
        seen[st.st_ino] = info.name
    if stat.S_ISREG(st.st_mode):
        info.size = st.st_size
        with open(path, "rb") as f:
            return info, f.read()
    kinds = {stat.S_IFDIR: tarfile.DIRTYPE, stat.S_IFLNK: tarfile.SYMTYPE, stat.S_IFIFO: tarfile.FIFOTYPE,
             stat.S_IFBLK: tarfile.BLKTYPE, stat.S_IFCHR: tarfile.CHRTYPE}
    info.type = kinds[stat.S_IFMT(st.st_mode)]
    if stat.S_ISLNK(st.st_mode):
        info.linkname = os.fsdecode(os.readlink(path))
    info.devmajor, info.devminor = os.major(st.st_rdev), os.minor(st.st_rdev)
    return info, None


def whiteout(name):
    return tarfile.TarInfo(os.fsdecode(name))


def archive(root):
    """The archive of a layer that was made on disk."""
    root = os.fsencode(root)
    out, seen = io.BytesIO(), {}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape") as tar:
        for top, directories, files in os.walk(root):
            directories.sort()
            below = os.path.relpath(top, root)
            tar.addfile(member(top, below, seen)[0])
            if b"y" == dict(attributes(top)).get(space.prefix() + "opaque"):
                tar.addfile(whiteout(os.path.join(below, b".wh..wh..opq")))
            links = [d for d in directories if os.path.islink(os.path.join(top, d))]
            for name in sorted(files + links):
                path = os.path.join(top, name)
                st = os.lstat(path)
                if stat.S_ISCHR(st.st_mode) and st.st_rdev == 0:
                    tar.addfile(whiteout(os.path.join(below, b".wh." + name)))
                    continue
                info, data = member(path, os.path.join(below, name), seen)
                tar.addfile(info, io.BytesIO(data) if data is not None else None)
    return out.getvalue()


def attributes(path):
    return [(n, os.getxattr(path, n)) for n in os.listxattr(path)]


def describe(thing):
    text = "layer %d: %s %s" % (thing["layer"], thing["kind"], os.fsdecode(b"/".join(thing["path"])))
    for key in ("target", "size", "holes", "mode", "owner", "group", "seed"):
        if thing.get(key) not in (None, False):
            value = thing[key]
            if key == "mode":
                value = "0%o" % value
            elif isinstance(value, tuple):
                value = os.fsdecode(b"/".join(value))
            elif isinstance(value, bytes):
                value = os.fsdecode(value)
            text += " %s=%s" % (key, value)
    return ascii(text)[1:-1]
