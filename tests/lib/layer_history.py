# SPDX-License-Identifier: Apache-2.0
"""What layers did, from first principles: each archive is unpacked with tarfile, one over the other, into a dictionary of
names; everything else is comparing two of these. Slow, and knows nothing of mica."""
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile

DEFAULT_DIR = {"type": "directory", "mode": 0o755, "uid": 0, "gid": 0, "mtime": (0, 0), "xattrs": {}}
CONTENT = ("type", "size", "digest", "target", "device")
METADATA = ("mode", "uid", "gid", "mtime", "xattrs")


class Node:
    """An inode: `facts` as dictionary, and the layer (from 0) that shipped it."""

    def __init__(self, layer, facts):
        self.layer = layer
        self.facts = facts

    @property
    def is_dir(self):
        return self.facts["type"] == "directory"

    def part(self, names):
        return {name: self.facts.get(name) for name in names}


def read_json(path):
    with open(path, "rb") as file:
        return json.load(file)


def of_layout(directory, tag=None):
    """(config, manifest, [bytes of each uncompressed layer])"""
    def blob(digest):
        with open(os.path.join(directory, "blobs", *digest.split(":")), "rb") as file:
            return file.read()
    entries = read_json(os.path.join(directory, "index.json"))["manifests"]
    entry = [e for e in entries if tag is None or e.get("annotations", {}).get("org.opencontainers.image.ref.name") == tag][0]
    manifest = json.loads(blob(entry["digest"]))
    return (json.loads(blob(manifest["config"]["digest"])), manifest,
            [unpacked(blob(layer["digest"])) for layer in manifest["layers"]])


def unpacked(data):
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-dc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def mtime_of(member):
    text = member.pax_headers.get("mtime")
    if text is None:
        return (int(member.mtime), 0)
    seconds, _, fraction = text.partition(".")
    nanoseconds = int((fraction + "0" * 9)[:9])
    seconds = int(seconds)
    if text.startswith("-") and nanoseconds:
        seconds, nanoseconds = seconds - 1, 10 ** 9 - nanoseconds
    return (seconds, nanoseconds)


TYPES = {tarfile.DIRTYPE: "directory", tarfile.SYMTYPE: "symlink", tarfile.CHRTYPE: "char", tarfile.BLKTYPE: "block",
         tarfile.FIFOTYPE: "fifo"}


def facts_of(tar, member):
    facts = {"type": TYPES.get(member.type, "file"), "mode": member.mode & 0o7777, "uid": member.uid, "gid": member.gid,
             "mtime": mtime_of(member),
             "xattrs": {k[13:]: v for k, v in member.pax_headers.items() if k.startswith("SCHILY.xattr.")}}
    if facts["type"] == "file":
        content = tar.extractfile(member).read()
        facts.update(size=len(content), digest=hashlib.sha256(content).hexdigest())
    elif facts["type"] == "symlink":
        facts["target"] = member.linkname
        facts["mode"] = 0o777
    elif facts["type"] in ("char", "block"):
        facts["device"] = (member.devmajor, member.devminor)
    return facts


def beneath(path, directory):
    return not directory or path.startswith(directory + "/")


def order(path):
    """Of a walk that gives directories before their names."""
    return [part.encode("utf-8", "surrogateescape") for part in path.split("/")]


class Stack:
    """Snapshots of an image: snapshots[n] is {path: Node} with n layers, without the root."""

    def __init__(self, tars):
        self.snapshots = [{}]
        self.removed_by = []  # of each layer: names of whiteouts and opaque directories
        for number, data in enumerate(tars):
            self.snapshots.append(self.apply(number, data))

    def apply(self, number, data):
        names = dict(self.snapshots[-1])
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            members = [(self.clean(m.name), m) for m in tar.getmembers()]
            lower = dict(names)
            for path, _ in members:
                parent, _, name = path.rpartition("/")
                if name == ".wh..wh..opq":
                    names = {p: n for p, n in names.items() if not beneath(p, parent)}
                elif name.startswith(".wh.") and not name.startswith(".wh..wh."):
                    gone = (parent + "/" if parent else "") + name[4:]
                    names = {p: n for p, n in names.items() if p != gone and not beneath(p, gone)}
            for path, member in members:
                if path.rpartition("/")[2].startswith(".wh.") or not path:
                    continue
                self.make_parents(names, path)
                if member.islnk():
                    target = self.clean(member.linkname)
                    node = names.get(target) or lower[target]
                else:
                    node = Node(number, facts_of(tar, member))
                if path in names and not (names[path].is_dir and node.is_dir):
                    names = {p: n for p, n in names.items() if not beneath(p, path)}
                names[path] = node
        return names

    @staticmethod
    def clean(name):
        return "/".join(part for part in name.split("/") if part not in ("", "."))

    @staticmethod
    def make_parents(names, path):
        parts = path.split("/")
        for n in range(1, len(parts)):
            parent = "/".join(parts[:n])
            if parent not in names or not names[parent].is_dir:
                names[parent] = Node(None, dict(DEFAULT_DIR))

    @staticmethod
    def change(before, after):
        """Of one path."""
        if before is None or after is None:
            return None if before is after else "added" if before is None else "removed"
        if before.part(CONTENT) != after.part(CONTENT):
            return "content"
        return "metadata" if before.part(METADATA) != after.part(METADATA) else "same"

    def file(self, n, path):
        node = self.snapshots[n].get(path)
        return None if node is None or node.is_dir else node

    def counts(self, layer):
        """{change: number of files}"""
        found = {"added": 0, "content": 0, "metadata": 0, "removed": 0, "same": 0, None: 0}
        for path in {*self.snapshots[layer], *self.snapshots[layer + 1]}:
            found[self.change(self.file(layer, path), self.file(layer + 1, path))] += 1
        return found

    def shipped(self, layer):
        """The regular files' nodes that a layer brought."""
        return list({id(n): n for n in self.snapshots[layer + 1].values() if n.layer == layer and n.facts["type"] == "file"}.values())

    def losses(self):
        """[(from, by, loss, path, size)] of each inode whose bytes lie dead."""
        places = []
        for names in self.snapshots:
            found = {}
            for path, node in names.items():
                found.setdefault(id(node), []).append(path)
            places.append(found)
        lost = []
        for layer in range(len(self.snapshots) - 1):
            for node in self.shipped(layer):
                alive = [n for n in range(layer + 1, len(self.snapshots)) if id(node) in places[n]]
                if alive[-1] == len(self.snapshots) - 1:
                    continue
                by = alive[-1]  # the layer with this number is the first without it
                path = min(places[by][id(node)], key=order)
                change = self.change(node, self.snapshots[by + 1].get(path))
                loss = {"removed": "removed", "content": "replaced"}.get(change, "metadata")
                if loss == "removed" and node.facts["size"] and any(n.part(CONTENT) == node.part(CONTENT) for n in self.shipped(by)):
                    loss = "moved"
                lost.append((layer, by, loss, path, node.facts["size"]))
        return lost
