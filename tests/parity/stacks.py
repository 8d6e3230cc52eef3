# SPDX-License-Identifier: Apache-2.0
"""Random stacks of layers, made on disk in the kernel's form or in a mixture of all forms of whiteouts and opaque marks.

A stack is a list of things (layer_dir.py), each with the `layer` that it is in (0 is the topmost).
"""
import os
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib"))
import layer_dir  # noqa: E402

NAMES = [b"a", b"b", b"c", b"d"]
FILE_NAMES = [b"f", b"g", b"h"]  # mostly for what is no directory, so that types differ now and then only
ODD_NAMES = [b"-n", b" ", b"x\ny", b"\xff\xfe", b"n" * 255, b"m" * 252, b".opq", b".wh", b"..."]
BASE_TIME = 1_500_000_000_000_000_000


def random_path(rng):
    return tuple(rng.choice(NAMES if rng.random() < 0.93 else ODD_NAMES) for _ in range(rng.choice((1, 1, 2, 2, 2, 3, 3, 4))))


def file_path(rng):
    path = random_path(rng)
    return path if rng.random() < 0.15 else path[:-1] + (rng.choice(FILE_NAMES),)


def random_redirect(rng, below):
    """A name, or a path; mostly one that a lower layer has."""
    path = rng.choice(below) if below and rng.random() < 0.7 else random_path(rng)
    if rng.random() < 0.35:
        return path[-1]
    return b"/" + b"/".join(path)


def random_thing(rng, layer, lowest, below):
    """One thing for `layer`; `below` are the things of the layers below it."""
    kinds = ["file"] * 8 + ["dir"] * 8 + ["symlink", "fifo", "device", "hardlink", "attribute"]
    if layer != lowest:
        kinds += ["whiteout"] * 7 + ["opaque"] * 3 + ["redirect"] * 4 + ["metacopy"] * 4
    files = [t["path"] for t in below if t["kind"] in ("file", "metacopy")]
    directories = [t["path"][:n] for t in below for n in range(1, len(t["path"]))]
    thing = {"layer": layer, "path": random_path(rng), "kind": rng.choice(kinds), "seed": rng.getrandbits(32)}
    if thing["kind"] in ("file", "metacopy", "hardlink", "symlink", "fifo", "device"):
        thing["path"] = file_path(rng)
    if below and thing["kind"] in ("whiteout", "dir", "opaque", "redirect") and rng.random() < 0.5:
        thing["path"] = rng.choice(below)["path"]
    if thing["kind"] == "whiteout":
        thing["form"] = rng.choice(("device", "device", "attribute"))
        thing["mixed"] = rng.choice(("device", "attribute", "name", "name", "name"))
    elif thing["kind"] == "opaque":
        thing["mixed"] = rng.choice(("trusted", "user", "fuse", "name", "beside"))
    elif thing["kind"] == "hardlink":
        thing["target"] = file_path(rng)
    elif thing["kind"] == "redirect":
        thing["redirect"] = random_redirect(rng, directories)
    elif thing["kind"] == "metacopy":
        if rng.random() < 0.6:
            thing["redirect"] = random_redirect(rng, files)
        elif files:
            thing["path"] = rng.choice(files)
    return thing


def random_stack(rng):
    n = rng.choice((2, 3, 3, 4, 5, 8))
    things = []
    for layer in reversed(range(n)):
        things += [random_thing(rng, layer, n - 1, things) for _ in range(rng.randrange(4, 30))]
    return n, things


# Does the kernel know whiteouts in the attribute form (Linux 6.7)? Else its stack has devices, and the mixed one has both as always.
kernel_knows_attributes = True  # pylint: disable=invalid-name


class Layer(layer_dir.LayerDir):
    """One layer on disk. What is left out is the same in every form."""

    CHANGING = ("opaque", "redirect", "attribute")

    def __init__(self, root, mixed):
        super().__init__(root)
        self.mixed = mixed
        self.beside = []  # OCI names, made at the end

    def file(self, thing, marks=()):
        path = self.at(thing["path"])
        with open(path, "wb") as f:
            f.write(b"%08x" % thing["seed"])
        for name, value in marks:
            os.setxattr(path, name, value)

    def symlink(self, thing):
        os.symlink(b"target-%x" % thing["seed"], self.at(thing["path"]))

    def device(self, thing):
        os.mknod(self.at(thing["path"]), stat.S_IFBLK | 0o600, os.makedev(thing["seed"] % 300 + 1, thing["seed"] % 70000))

    def metacopy(self, thing):
        marks = [("trusted.overlay.metacopy", b"")]
        if "redirect" in thing:
            marks.append(("trusted.overlay.redirect", thing["redirect"]))
        self.file(thing, marks)

    def whiteout(self, thing):
        path = thing["path"]
        form = thing["mixed" if self.mixed else "form"]
        if form == "attribute" and not self.mixed and not kernel_knows_attributes:
            form = "device"
        if form == "name" and len(path[-1]) > 251:
            form = "device"
        if form == "attribute" and self.kinds[path[:-1]] == "opaque":
            form = "device"
        elif "attribute" in (thing["mixed"], thing["form"]):
            self.kinds[path[:-1] + (None,)] = "x"  # cannot be opaque any more, in whatever form
        if form == "name":
            self.beside.append(path[:-1] + (b".wh." + path[-1],))
        elif form == "attribute":
            with open(self.at(path), "wb"):
                pass
            os.setxattr(self.at(path), "trusted.overlay.whiteout", b"")
            os.setxattr(self.at(path[:-1]), "trusted.overlay.opaque", b"x")
        else:
            os.mknod(self.at(path), stat.S_IFCHR, os.makedev(0, 0))

    def opaque(self, thing, there):
        path = thing["path"]
        if there is None:
            self.dir(thing)
        elif there != "dir" or path + (None,) in self.kinds:
            return
        form = thing["mixed"] if self.mixed else "trusted"
        if form == "beside" and len(path[-1]) > 251:
            form = "name"
        if form == "name":
            self.beside.append(path + (b".wh..wh..opq",))
        elif form == "beside":
            self.beside.append(path[:-1] + (b".wh." + path[-1],))
        else:
            name = {"trusted": "trusted.overlay", "user": "user.overlay", "fuse": "user.fuseoverlayfs"}[form] + ".opaque"
            os.setxattr(self.at(path), name, b"y")
        self.kinds[path] = "opaque"

    def redirect(self, thing, there):
        path = thing["path"]
        if there is None:
            self.dir(thing)
            self.kinds[path] = "dir"
        if self.kinds[path] == "dir":
            os.setxattr(self.at(path), "trusted.overlay.redirect", thing["redirect"])

    def attribute(self, thing, there):
        if there in ("dir", "opaque", "file", "metacopy"):
            os.setxattr(self.at(thing["path"]), "user.number%d" % (thing["seed"] % 3), b"%x" % thing["seed"])

    def finish(self, number):
        """Whiteouts by name, then owners, modes and times, which must be the same in every form."""
        for path in self.beside:
            if not os.path.lexists(self.at(path)):
                with open(self.at(path), "wb"):
                    pass
        plain = [p for p, kind in self.kinds.items() if kind not in ("whiteout", "x")]
        for path in sorted(plain, key=len, reverse=True):
            where = self.at(path)
            n = sum(b"".join(path)) * 31 + number * 7 + len(path)
            os.chown(where, n % 5 * 1000, n % 3, follow_symlinks=False)
            if self.kinds[path] != "symlink":
                os.chmod(where, (0o755, 0o711, 0o4755, 0o2770, 0o1777, 0o640)[n % 6])
            os.utime(where, ns=(BASE_TIME + n, BASE_TIME + n * 1_000_003), follow_symlinks=False)


def make(directory, n, things, mixed):
    """Makes the layers below `directory`; returns their paths, topmost first."""
    os.mkdir(directory)
    layers = [Layer(os.path.join(os.fsencode(directory), b"%d" % i), mixed) for i in range(n)]
    for thing in things:
        layers[thing["layer"]].add(thing)
    for i, layer in enumerate(layers):
        layer.finish(i)
    return [os.fsdecode(layer.root) for layer in layers]


def describe(thing):
    text = "layer %d: %s %s" % (thing["layer"], thing["kind"], os.fsdecode(b"/".join(thing["path"])))
    for key in ("form", "mixed", "redirect", "target"):
        if key in thing:
            value = thing[key]
            if isinstance(value, tuple):
                value = b"/".join(value)
            text += " %s=%s" % (key, os.fsdecode(value))
    return ascii(text)[1:-1]
