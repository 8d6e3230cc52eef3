#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Damages every kind of thing in a store in every way, one at a time, and compares what mica verify tells. Then it repairs: layers and
trees out of the store alone, blobs out of an archive of the image; afterwards each object has the very bytes that it had, and what is
not mica's is there, wherever it is.

    damage.py MICA [PATTERN]     in an empty directory

A row of the table: what is damaged, how, and the findings that there must be: (fault, object, file). The image that is affected must
be named wherever an object of it is damaged, and no other.
"""
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from made_image import Image, Tar  # noqa: E402

MICA = sys.argv[1]
PATTERN = sys.argv[2] if len(sys.argv) > 2 else ""
CLEAN, STORE = "clean", "store"
DAMAGED, REPAIRED = 3, 4


def layers():
    base = Tar().dir("etc").file("etc/motd", b"hello\n").file("etc/empty", b"").file("page", b"p" * 5000).dir("usr").dir("usr/bin")
    base.file("usr/bin/tool", b"tool" * 100, mode=0o4755, uid=7).file("large", bytes(range(256)) * 5000).symlink("bin", "usr/bin")
    top = Tar().file("etc/motd", b"changed\n").file("etc/.wh.empty", b"").dir("new").file("new/file", b"new" * 1000).link("new/link", "new/file")
    return [base.end(), top.end()]


def other_image():
    return Image([Tar().file("other", b"other").end()], name="other")


def mica(*words, status=0):
    done = subprocess.run([MICA, "--store", STORE, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    if done.returncode != status:
        raise AssertionError("mica %r: status %d, not %d: %r %r" % (words, done.returncode, status, done.stdout, done.stderr))
    return done.stdout


class Facts:
    """The paths of the image's objects in the store, and of another's."""

    def __init__(self):
        image, other = Image(layers(), name="app"), other_image()
        for name, one in (("app.tar", image), ("other.tar", other)):
            with open(name, "wb") as file:
                file.write(one.oci_archive())
        mica("import", "-q", "app.tar", "other.tar")
        told = json.loads(mica("inspect", "app"))
        self.digest = told["digest"]
        self.manifest, self.config = self.blob(told["digest"]), self.blob(told["config_digest"])
        self.blobs = [self.blob(layer["blob_digest"]) for layer in told["layers"]]
        self.layers = ["layers/" + layer["diff_id"].split(":")[1] for layer in told["layers"]]
        self.tree = "trees/" + told["chain_id"].split(":")[1]
        rest = json.loads(mica("inspect", "other"))
        self.other_layer = "layers/" + rest["layers"][0]["diff_id"].split(":")[1]
        self.other_tree = "trees/" + rest["chain_id"].split(":")[1]
        branch = os.path.join(STORE, "branches/work")
        os.makedirs(os.path.join(branch, "upper/dir"))
        os.mkdir(os.path.join(branch, "work"))
        with open(os.path.join(branch, "branch.json"), "w", encoding="utf-8") as file:
            json.dump({"version": 1, "image": "app", "manifest": told["digest"], "chain": told["chain_id"], "created": 1, "xattrs": "user",
                       "redirect_dir": True, "metacopy": True, "temporary": False}, file)
        os.setxattr(os.path.join(branch, "upper/dir"), "user.overlay.opaque", b"y")

    @staticmethod
    def blob(digest):
        return "blobs/" + digest.replace(":", "/")


# ---- ways of damage

def flip(path, at):
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        data[at] ^= 0x40
        file.seek(0)
        file.write(data)


def cut(path):
    os.truncate(path, os.path.getsize(path) * 2 // 3)


def remove(path):
    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)


def link(path):
    """A link to a copy that is right: what is not mica's is not followed."""
    copy = os.path.abspath("elsewhere")
    remove(copy) if os.path.lexists(copy) else None
    os.rename(path, copy)
    os.symlink(copy, path)


def fifo(path):
    remove(path)
    os.mkfifo(path)


def make(path, text="x"):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def swap(path, other):
    remove(path)
    (shutil.copytree if os.path.isdir(other) else shutil.copy)(other, path)


CONTENT, METADATA, MISSING, FOREIGN = "content", "metadata", "missing", "foreign"


def rows(f):
    """(name, damage, {(fault, object, file)})"""
    base, top = f.layers
    for name, path in (("manifest", f.manifest), ("config", f.config), ("blob", f.blobs[0])):
        yield name + " flipped", lambda p: flip(p, 20), path, {(CONTENT, "blob", path)}
        yield name + " cut", cut, path, {(CONTENT, "blob", path)}
        yield name + " removed", remove, path, {(MISSING, "blob", path)}
        yield name + " a link", link, path, {(CONTENT, "blob", path)}
        yield name + " a fifo", fifo, path, {(CONTENT, "blob", path)}
    size = os.path.getsize(os.path.join(CLEAN, base, "index"))
    for at in (0, 9, 30, 140, 200, size // 2, size - 1):
        yield "index flipped at %d" % at, lambda p, at=at: flip(p, at), base + "/index", {(METADATA, "layer", base + "/index")}
    for name, way in (("cut", cut), ("removed", remove)):
        yield "index " + name, way, base + "/index", {(METADATA, "layer", base + "/index")}
    yield "index a link", link, base + "/index", {(METADATA, "layer", base + "/index")}
    yield "index of another layer", lambda p: swap(p, os.path.join(STORE, f.other_layer, "index")), base + "/index", {
        (CONTENT, "layer", base), (METADATA, "layer", base + "/index"), (FOREIGN, "file", base + "/files/1")}
    yield "index for all to write", lambda p: os.chmod(p, 0o666), base + "/index", {(METADATA, "layer", base + "/index")}
    yield "first content flipped", lambda p: flip(p, 1), base + "/pack", {(CONTENT, "layer", base)}
    yield "page flipped", lambda p: flip(p, 4096 + 4999), base + "/pack", {(CONTENT, "layer", base)}
    yield "pack cut", cut, base + "/pack", {(CONTENT, "layer", base)}
    yield "pack removed", remove, base + "/pack", {(CONTENT, "layer", base)}
    yield "pack a link", link, base + "/pack", {(CONTENT, "layer", base + "/pack")}
    yield "pack of another layer", lambda p: swap(p, os.path.join(STORE, f.other_layer, "pack")), base + "/pack", {(CONTENT, "layer", base)}
    yield "own file flipped", lambda p: flip(p, 1_279_999), base + "/files/1", {(CONTENT, "layer", base)}
    yield "own file cut", cut, base + "/files/1", {(CONTENT, "layer", base)}
    yield "own file removed", remove, base + "/files/1", {(CONTENT, "layer", base)}
    yield "files removed", remove, base + "/files", {(CONTENT, "layer", base)}
    yield "layer removed", remove, base, {(MISSING, "layer", base)}
    yield "layer a link", link, base, {(METADATA, "layer", base)}
    yield "layer a file", lambda p: (remove(p), make(p)), base, {(METADATA, "layer", base)}
    yield "upper layer of another", lambda p: swap(p, os.path.join(STORE, f.other_layer)), top, {(METADATA, "layer", top + "/index")}
    size = os.path.getsize(os.path.join(CLEAN, f.tree))
    for at in (0, 9, 30, 200, size // 2, size - 1):
        yield "tree flipped at %d" % at, lambda p, at=at: flip(p, at), f.tree, {(METADATA, "tree", f.tree)}
    yield "tree cut", cut, f.tree, {(METADATA, "tree", f.tree)}
    yield "tree removed", remove, f.tree, {(MISSING, "tree", f.tree)}
    yield "tree a link", link, f.tree, {(METADATA, "tree", f.tree)}
    yield "tree of another image", lambda p: swap(p, os.path.join(STORE, f.other_tree)), f.tree, {(METADATA, "tree", f.tree)}
    yield "branch.json cut", cut, "branches/work/branch.json", {(METADATA, "branch", "branches/work/branch.json")}
    yield "branch.json removed", remove, "branches/work/branch.json", {(METADATA, "branch", "branches/work/branch.json")}
    yield "upper removed", remove, "branches/work/upper", {(METADATA, "branch", "branches/work/upper")}
    yield "work a link", link, "branches/work/work", {(METADATA, "branch", "branches/work/work")}
    for mark, value in (("opaque", b"z"), ("redirect", b"a/b"), ("redirect", b"/a/../b"), ("metacopy", b"\1\2"), ("mica.ino", b"1")):
        yield "mark %s %r" % (mark, value), lambda p, m=mark, v=value: os.setxattr(p, "user.overlay." + m, v), "branches/work/upper/dir", {
            (METADATA, "branch", "branches/work/upper/dir")}
    yield "catalog cut", cut, "index.json", {(METADATA, "catalog", "index.json")}
    yield "content flipped beside a foreign file", lambda p: (flip(p + "/pack", 1), make(p + "/hello")), base, {
        (CONTENT, "layer", base), (FOREIGN, "file", base + "/hello")}
    yield "both layers and the tree", lambda p: (flip(p + "/pack", 1), remove(os.path.join(STORE, top)), cut(os.path.join(STORE, f.tree))), base, {
        (CONTENT, "layer", base), (MISSING, "layer", top), (METADATA, "tree", f.tree)}
    yield "blob and layer", lambda p: (flip(p, 20), remove(os.path.join(STORE, base))), f.blobs[0], {
        (CONTENT, "blob", f.blobs[0]), (MISSING, "layer", base)}
    for path in ("hello", "blobs/hello", "blobs/sha256/hello", "layers/hello", "trees/hello", "branches/.hello", "leases/hello", "tmp/hello",
                 base + "/hello", base + "/files/2", base + "/from/hello", "branches/work/hello"):
        yield path.replace(base, "LAYER") + " foreign", make, path, {(FOREIGN, "file", path)}


def verify(*words):
    """-> (exit status, findings)"""
    done = subprocess.run([MICA, "--store", STORE, "verify", "--json", *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                          check=False)
    if done.stderr:
        raise AssertionError("it says %r" % done.stderr)
    return done.returncode, json.loads(done.stdout)


def findings():
    status, told = verify()
    wanted = DAMAGED if any(one["fault"] != FOREIGN for one in told) else 0
    if status != wanted:
        raise AssertionError("status %d, not %d: %r" % (status, wanted, told))
    return told


def repaired(words, told, kinds):
    """Repairs; those of the findings that are of these kinds must be mended, and no other."""
    wanted = {(one["object"], one["file"]): one["object"] in kinds for one in told if one["fault"] != FOREIGN}
    status, now = verify(*words)
    have = {(one["object"], one["file"]): one["repaired"] for one in now if one["fault"] != FOREIGN}
    # What has come back with a manifest or config may show more.
    if not all(have.get(key) == value for key, value in wanted.items()) or not all(have[key] for key in have.keys() - wanted.keys()):
        raise AssertionError("%r repairs %r, not %r: %r" % (words, have, wanted, now))
    expected = 0 if not wanted else REPAIRED if all(wanted.values()) else DAMAGED
    if status != expected:
        raise AssertionError("%r: status %d, not %d" % (words, status, expected))
    if any(one["object"] not in kinds and not one["unrepaired"] for one in now if one["fault"] != FOREIGN):
        raise AssertionError("it does not say why not: %r" % now)


def mended(name, told):
    foreign = foreign_files()
    repaired(["--repair"], told, ("tree",) + (() if "blob and layer" in name else ("layer",)))
    repaired(["--repair=app.tar"], findings(), ("blob", "layer", "tree"))
    whole = not any(one["object"] in ("branch", "catalog") for one in told)
    left = findings()
    if whole and any(one["fault"] != FOREIGN for one in left):
        raise AssertionError("not whole: %r" % left)
    if foreign != foreign_files():
        raise AssertionError("what is not mica's was %r and is %r" % (foreign, foreign_files()))
    if name == "catalog cut":
        return
    now, clean = digest_of_store(STORE), digest_of_store(CLEAN)
    other = [path for path, digest in clean.items() if now.get(path) != digest and not path.startswith("branches/")]
    if other:
        raise AssertionError("other bytes than before: %r" % other)
    if os.listdir(os.path.join(STORE, "tmp")) != (["hello"] if name.startswith("tmp/") else []):
        raise AssertionError("left in tmp: %r" % os.listdir(os.path.join(STORE, "tmp")))


def foreign_files():
    """How many names there are that the rows have made, wherever they are, and whether what a link leads to is untouched."""
    count = sum(name == "hello" or name == ".hello" or os.path.islink(os.path.join(top, name)) or stat.S_ISFIFO(os.lstat(os.path.join(top, name)).st_mode)
                for top, directories, names in os.walk(STORE) for name in directories + names)
    return count, digest_of_store("elsewhere") if os.path.isdir("elsewhere") else os.path.exists("elsewhere") and os.path.getsize("elsewhere")


def tried(name, damage, path, wanted):
    damage(os.path.join(STORE, path))
    told = findings()
    have = {(one["fault"], one["object"], one["file"]) for one in told}
    if have != wanted:
        raise AssertionError("it tells %r, not %r" % (sorted(have), sorted(wanted)))
    for one in told:
        named = one["object"] in ("blob", "layer", "tree")
        if named and ("app" not in one["images"] or "work" not in one["branches"]):
            raise AssertionError("it does not say whom it affects: %r" % one)
        if "other" in one["images"]:
            raise AssertionError("it affects no other image: %r" % one)
        if one["repaired"] or one["unrepaired"]:
            raise AssertionError("nothing was to be repaired: %r" % one)
        if not one["reason"] or "\n" in one["reason"]:
            raise AssertionError("for no reason: %r" % one)
    mended(name, told)


# Damage that an import sees without reading all.
OBVIOUS = re.compile(r"(manifest|config) .*|blob (cut|removed|a link|a fifo)|index (cut|removed|a link|for all to write)|index flipped at (0|9|30|140)|"
                     r"pack (removed|a link)|layer (removed|a link|a file)|tree (cut|removed|a link|of another image)|tree flipped at (0|9|30)")
# Damage that is none of an image's objects, or that no import mends.
OTHER = re.compile(r"branch.json .*|upper removed|work a link|mark .*|catalog .*")


def imported(name, damage, path):
    """Importing the image again mends what is obvious, and with --check all."""
    foreign = None
    for words, mends in ((("import", "-q"), OBVIOUS.fullmatch(name)), (("import", "-q", "--check"), True)):
        fresh()
        damage(os.path.join(STORE, path))
        foreign = foreign_files()
        mica(*words, "app.tar")
        left = [one for one in findings() if one["fault"] != FOREIGN]
        if mends and left:
            raise AssertionError("%r leaves %r" % (words, left))
        if foreign != foreign_files():
            raise AssertionError("%r: what is not mica's was %r and is %r" % (words, foreign, foreign_files()))


def fresh():
    for path in (STORE, "elsewhere"):
        if os.path.lexists(path):
            remove(path)
    subprocess.run(["cp", "-a", CLEAN, STORE], check=True)


def digest_of_store(store):
    sums = {}
    for top, _, names in os.walk(store):
        for name in names:
            path = os.path.join(top, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    sums[os.path.relpath(path, store)] = hashlib.sha256(file.read()).hexdigest()
    return sums


def main():
    os.umask(0o022)
    facts = Facts()
    shutil.copytree(STORE, CLEAN, symlinks=True)
    fresh()
    before = digest_of_store(STORE)
    failed = count = 0
    if findings() or digest_of_store(STORE) != before:
        print("damage: a store that is whole: %r" % findings())
        failed = 1
    for name, damage, path, wanted in rows(facts):
        if not re.search(PATTERN, name):
            continue
        fresh()
        count += 1
        try:
            tried(name, damage, path, wanted)
            if not OTHER.fullmatch(name):
                imported(name, damage, path)
        except AssertionError as e:
            failed += 1
            print("damage: %s: %s" % (name, e))
    print("%d damages, %d failed" % (count, failed))
    sys.exit(failed > 0 or count == 0)


main()
