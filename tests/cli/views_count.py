#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The views of a mount, beside archives unpacked with tarfile (lib/layer_history.py).

    views_count.py MICA random N [SEED]       N images put together at random, of all odd forms
    views_count.py MICA image LAYOUT TAG...   images of an OCI layout

In an empty directory, with $MICA_STORE. Every name, its metadata and its content are compared; the first that differs ends it
with status 1.
"""
import hashlib
import io
import os
import random
import stat
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import layer_history  # noqa: E402
from layer_history import DEFAULT_DIR, Node, Stack, beneath, facts_of  # noqa: E402
from made_image import Image  # noqa: E402
from study_count import MICA, random_image, same  # noqa: E402

MARKER = {"type": "file", "size": 0, "digest": hashlib.sha256().hexdigest(), "mode": 0o444, "uid": 0, "gid": 0, "mtime": (0, 0),
          "xattrs": {}}


def above(path):
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]

# A directory that a layer alone does not describe: closed, as a lower layer may have closed it.
CLOSED_DIR = dict(DEFAULT_DIR, mode=0o700)


class Layer:
    """One archive: `own` {path: Node} with the files that its links have in the image, `removed` and `opaque` sets of paths,
    `dirs`: directories that entries are in."""

    def __init__(self, data, snapshot):
        self.own, self.removed, self.opaque, self.dirs = {}, set(), set(), set()
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for member in tar.getmembers():
                path = Stack.clean(member.name)
                parent, _, name = path.rpartition("/")
                if name == ".wh..wh..opq":
                    self.opaque.add(parent)
                elif name.startswith(".wh."):
                    self.removed.add((parent + "/" if parent else "") + name[4:])
                elif path:
                    self.own[path] = Node(0, facts_of(tar, member)) if member.isdir() else snapshot[path]
                    self.dirs.update(above(path))

    def with_parents(self, paths):
        """{path: Node}"""
        found = {}
        for path in paths:
            found[path] = self.own[path] if path in self.own else Node(0, dict(MARKER))
            for parent in above(path):
                found[parent] = self.own.get(parent, Node(0, dict(CLOSED_DIR)))
        return found

    def alone(self):
        markers = {"/".join([*p.split("/")[:-1], ".wh." + p.split("/")[-1]]) for p in self.removed}
        return self.with_parents({*self.own, *markers, *{(p + "/" if p else "") + ".wh..wh..opq" for p in self.opaque}})

    def hides(self, path, is_dir):
        """Does this layer hide what a lower layer has at the path?"""
        if path in self.removed or any(beneath(path, p) for p in self.removed | self.opaque):
            return True
        if path in self.opaque and path in self.dirs:  # an opaque mark alone makes no directory
            return True
        if path in self.own:
            return not is_dir or not self.own[path].is_dir
        return (not is_dir and path in self.dirs) or any(p in self.own and not self.own[p].is_dir for p in above(path))


def hidden(layers, n):
    return layers[n].with_parents([path for path, node in layers[n].own.items()
                                   if any(later.hides(path, node.is_dir) for later in layers[n + 1:])])


# ---- what is mounted
TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink", stat.S_IFIFO: "fifo", stat.S_IFCHR: "char",
         stat.S_IFBLK: "block"}


def xattrs_of(path):
    return {name: os.getxattr(path, name, follow_symlinks=False) for name in os.listxattr(path, follow_symlinks=False)}


def seen_facts(path, st, with_content):
    facts = {"type": TYPES[stat.S_IFMT(st.st_mode)], "mode": stat.S_IMODE(st.st_mode), "uid": st.st_uid, "gid": st.st_gid,
             "mtime": divmod(st.st_mtime_ns, 10 ** 9), "xattrs": xattrs_of(path)}
    if facts["type"] == "file":
        facts["size"] = st.st_size
        if with_content:
            with open(path, "rb") as file:
                facts["digest"] = hashlib.file_digest(file, "sha256").hexdigest()
    elif facts["type"] == "symlink":
        facts["target"] = os.readlink(path)
    elif facts["type"] in ("char", "block"):
        facts["device"] = (os.major(st.st_rdev), os.minor(st.st_rdev))
    return facts


def told_facts(node, with_content):
    facts = dict(node.facts, xattrs={k: v.encode("utf-8", "surrogateescape") for k, v in node.facts["xattrs"].items()})
    if not with_content:
        facts.pop("digest", None)
    return facts


def check_view(title, top, counted, numbers, share):
    """`numbers`: {st_ino: view} of all views of the mount. `share` of the contents is read."""
    rand, seen, links, names = random.Random(title), set(), {}, {}
    for directory, dirs, files in os.walk(top):
        for entry in os.scandir(directory):
            path = os.path.relpath(entry.path, top)
            seen.add(path)
            if path not in counted:
                raise SystemExit("%s: %r should not be there" % (title, path))
            st = os.lstat(entry.path)
            same("%s: number of %r" % (title, path), entry.inode(), st.st_ino)
            same("%s: view of number %d, %r" % (title, st.st_ino, path), numbers.setdefault(st.st_ino, title), title)
            with_content = counted[path].facts.get("size", 0) < 4096 or rand.random() < share
            same("%s: %r" % (title, path), seen_facts(entry.path, st, with_content), told_facts(counted[path], with_content))
            if not stat.S_ISDIR(st.st_mode):
                links.setdefault(st.st_ino, []).append(path)
                names.setdefault(id(counted[path]), []).append(path)
                same("%s: links of %r" % (title, path), st.st_nlink,
                     len([1 for n in counted.values() if n is counted[path]]) if st.st_nlink > 1 else 1)
        dirs.sort()
    same("%s: what is missing" % title, sorted(set(counted) - seen), [])
    same("%s: hard links" % title, sorted(sorted(p) for p in links.values()), sorted(sorted(p) for p in names.values()))
    same("%s: one device" % title, os.lstat(top).st_dev, os.lstat(os.path.join(top, "..")).st_dev)


def check_mount(top, image, tars, stack, share=1.0):
    layers = [Layer(data, stack.snapshots[n + 1]) for n, data in enumerate(tars)]
    numbers = {}
    same("top of %s" % image, sorted(os.listdir(top)), ["hidden", "layers", "root", "upto"])
    count = [str(n + 1) for n in range(len(tars))]
    for name in ("upto", "hidden"):
        same("%s of %s" % (name, image), os.listdir(os.path.join(top, name)), count)
    names = ["%s-%s" % (n, hashlib.sha256(data).hexdigest()[:12]) for n, data in zip(count, tars)]
    same("layers of %s" % image, os.listdir(os.path.join(top, "layers")), names)
    for n, name in enumerate(names):
        check_view("layer %d of %s" % (n + 1, image), os.path.join(top, "layers", name), layers[n].alone(), numbers, share)
        check_view("%s up to %d" % (image, n + 1), os.path.join(top, "upto", str(n + 1)), stack.snapshots[n + 1], numbers, share / 8)
        check_view("hidden in %d of %s" % (n + 1, image), os.path.join(top, "hidden", str(n + 1)), hidden(layers, n), numbers, share)
    check_view("root of %s" % image, os.path.join(top, "root"), stack.snapshots[-1], numbers, share)
    return layers


class Mounted:
    def __init__(self, *words):
        self.words = words

    def __enter__(self):
        os.makedirs("mnt", exist_ok=True)
        subprocess.run([MICA, "mount", *self.words, "mnt"], stdin=subprocess.DEVNULL, check=True)
        return "mnt"

    def __exit__(self, *_):
        subprocess.run([MICA, "umount", "mnt"], check=True)


def check(image, tars, stack, rand, share=1.0):
    with Mounted("--views", image) as top:
        layers = check_mount(top, image, tars, stack, share)
    n = rand.randrange(len(tars))
    for option, counted in (("--layer", layers[n].alone()), ("--upto", stack.snapshots[n + 1])):
        with Mounted(option, str(n + 1), image) as top:
            check_one("%s with %s %d" % (image, option, n + 1), top, counted, share / 8)


def check_one(title, top, counted, share):
    """As check_view, of a mount that is a view."""
    found = {os.path.relpath(os.path.join(d, name), top) for d, dirs, files in os.walk(top) for name in [*dirs, *files]}
    same(title, sorted(found), sorted(counted))
    rand = random.Random(title)
    for path in found:
        with_content = rand.random() < share
        at = os.path.join(top, path)
        same("%s: %r" % (title, path), seen_facts(at, os.lstat(at), with_content), told_facts(counted[path], with_content))


def main():
    if sys.argv[2] == "image":
        for tag in sys.argv[4:]:
            _, _, tars = layer_history.of_layout(sys.argv[3], tag)
            subprocess.run([MICA, "import", "-q", "oci:%s:%s" % (sys.argv[3], tag)], check=True, stdout=subprocess.DEVNULL)
            check(tag, tars, Stack(tars), random.Random(0), 0.25)
        return
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else int.from_bytes(os.urandom(4), "big")
    print("seed %d" % seed, flush=True)
    for n in range(int(sys.argv[3])):
        rand = random.Random("%d %d" % (seed, n))
        tars, stack = random_image(rand)
        with open("image.tar", "wb") as file:
            file.write(Image(tars, name="r%d" % n).oci_archive())
        subprocess.run([MICA, "import", "-q", "image.tar"], check=True, stdout=subprocess.DEVNULL)
        check("r%d" % n, tars, stack, rand)


if __name__ == "__main__":
    main()
