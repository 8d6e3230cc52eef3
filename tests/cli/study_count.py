#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What mica tells of layers, beside the slow count of lib/layer_history.py.

    study_count.py MICA random N [SEED]       N images put together at random, of all odd forms
    study_count.py MICA image LAYOUT TAG...   images of an OCI layout

In an empty directory, with $MICA_STORE. Every figure is compared; the first that differs ends it with status 1.
"""
import json
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import layer_history  # noqa: E402
from made_image import Image, Tar  # noqa: E402

MICA = sys.argv[1]


def ask(*words, status=0):
    done = subprocess.run([MICA, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != status:
        raise SystemExit("mica %r: status %d: %r" % (words, done.returncode, done.stderr))
    return json.loads(done.stdout)


def same(what, told, counted):
    if told != counted:
        raise SystemExit("%s\n  mica:    %r\n  counted: %r" % (what, told, counted))


# ---- images at random
NAMES = ["a", "b", "c", "d", "not\udcff", "\x1b[1m", "x y"]


def random_path(rand):
    return "/".join(rand.choice(NAMES) for _ in range(rand.choice((1, 1, 2, 2, 3))))


def random_fields(rand):
    return {"mode": rand.choice((0o644, 0o644, 0o600, 0o4755)), "uid": rand.choice((0, 0, 7)), "mtime": rand.choice((1, 1, 2, -5))}


def add_at_random(rand, tar, lower, own, removed, hidden):
    """One entry, if it means the same to whoever unpacks it: no name twice, no parent that is no directory, no link to what
    the layer removes. `own` are the layer's names with their kinds, `removed` and `hidden` its whiteouts and opaque directories."""
    path = random_path(rand)
    parts = path.split("/")
    above = ["/".join(parts[:n]) for n in range(1, len(parts))]
    kind = rand.choice(["file"] * 8 + ["dir"] * 3 + ["symlink", "fifo", "device", "xattr", "again", "again"]
                       + (["link"] * 3 + ["whiteout"] * 4 + ["opaque"] if lower else []))
    if kind == "again" and lower:  # what is there already, perhaps with other metadata, as chmod and touch make it
        path = rand.choice(sorted(lower))
        above = []
        if lower[path].facts["type"] != "file" or any(p.startswith(path + "/") for p in own) or "/" in path:
            return
    if path in own or any(own.get(p, "dir") != "dir" for p in above) or any(p.startswith(path + "/") for p in own):
        return
    if any(p in removed for p in [path, *above]):
        return
    fields = random_fields(rand)
    if kind == "whiteout":
        parent, _, name = path.rpartition("/")
        tar.file((parent + "/" if parent else "") + ".wh." + name)
        removed.add(path)
        own.update({p: "dir" for p in above})
        return
    if kind == "opaque":
        tar.file(path + "/.wh..wh..opq")
        hidden.add(path)
        own.update({p: "dir" for p in [*above, path]})
        return
    if kind == "link":
        targets = [p for p, node in lower.items() if not node.is_dir and p not in own
                   and not any(p == r or p.startswith(r + "/") for r in removed | hidden)
                   and not any(own.get("/".join(p.split("/")[:n]), "dir") != "dir" for n in range(1, p.count("/") + 1))]
        targets += [p for p, k in own.items() if k == "file"]
        targets = [p for p in targets if p not in above]
        if not targets or path in lower:
            return
        tar.link(path, rand.choice(sorted(targets)))
    elif kind == "again":
        content = rand.choice((b"one", b"three", b"x" * 3000))
        tar.file(path, content, **fields)
    elif kind == "file":
        tar.file(path, rand.choice((b"", b"one", b"two", b"three", b"y" * 5000)), **fields)
    elif kind == "xattr":
        tar.pax({"SCHILY.xattr.user.k": rand.choice(("v", "w"))}).file(path, b"one", **fields)
        kind = "file"
    elif kind == "dir":
        tar.dir(path, **fields)
    elif kind == "symlink":
        tar.symlink(path, rand.choice(("a", "b")))
    elif kind == "fifo":
        tar.header(path, kind=b"6", **fields)
    else:
        tar.header(path, kind=b"3", device=(1, rand.choice((3, 5))), **fields)
    own.update({p: own.get(p, "dir") for p in above})
    own[path] = "dir" if kind == "dir" else "file" if kind in ("file", "again") else kind


def random_image(rand):
    tars = []
    stack = layer_history.Stack([])
    for _ in range(rand.choice((2, 3, 5, 8))):
        tar, own, removed, hidden = Tar(), {}, set(), set()
        for _ in range(rand.randrange(3, 40)):
            add_at_random(rand, tar, stack.snapshots[-1], own, removed, hidden)
        tars.append(tar.end())
        stack = layer_history.Stack(tars)
    return tars, stack


# ---- comparing
def check_layers(image, manifest, stack):
    told = ask("layers", "--json", image)
    losses = stack.losses()
    for n, layer in enumerate(told):
        counts = stack.counts(n)
        size = sum(node.facts["size"] for node in stack.shipped(n))
        dead = [loss for loss in losses if loss[0] == n]
        dead_size = sum(loss[4] for loss in dead)
        blob = manifest["layers"][n]["size"]
        same("layer %d of %s" % (n + 1, image),
             [layer[m] for m in ("files_added", "files_changed", "files_metadata", "files_removed", "size", "dead_size", "dead_files",
                                 "dead_blob_size")],
             [counts["added"], counts["content"], counts["metadata"], counts["removed"], size, dead_size, len(dead),
              blob * dead_size // size if size else 0])


def check_waste(image, manifest, stack):
    told = ask("waste", "--json", "--top", "100000", image)
    losses = stack.losses()
    last = stack.snapshots[-1]
    shipped = [sum(node.facts["size"] for node in stack.shipped(n)) for n in range(len(stack.snapshots) - 1)]
    blobs = [layer["size"] for layer in manifest["layers"]]
    dead = [sum(loss[4] for loss in losses if loss[0] == n) for n in range(len(shipped))]
    same("sums of %s" % image, [told[m] for m in ("shipped_size", "wasted_size", "shipped_blob_size", "wasted_blob_size")],
         [sum(shipped), sum(dead), sum(blobs), sum(blobs[n] * dead[n] // shipped[n] for n in range(len(shipped)) if shipped[n])])
    same("efficiency of %s" % image, told["efficiency"], (sum(shipped) - sum(dead)) / sum(shipped) if sum(shipped) else 1)
    pairs = {}
    for layer, by, loss, _, size in losses:
        files, total = pairs.get((layer + 1, by + 1, loss), (0, 0))
        pairs[layer + 1, by + 1, loss] = (files + 1, total + size)
    same("pairs of %s" % image,
         {(p["layer"], p["hidden_by"], p["loss"]): (p["dead_files"], p["dead_size"], p["dead_blob_size"]) for p in told["pairs"]},
         {k: (files, size, blobs[k[0] - 1] * size // shipped[k[0] - 1]) for k, (files, size) in pairs.items() if size})
    sizes = [p["dead_size"] for p in told["pairs"]]
    same("order of pairs of %s" % image, sizes, sorted(sizes, reverse=True))
    # Any name of a file is as good as another, so the path is compared by what it was.
    same("dead files of %s" % image, sorted((f["layer"], f["hidden_by"], f["loss"], f["size"]) for f in told["dead"]),
         sorted((layer + 1, by + 1, loss, size) for layer, by, loss, _, size in losses if size))
    copies = {}
    for node in {id(n): n for n in last.values() if n.facts["type"] == "file" and n.facts["size"]}.values():
        copies.setdefault((node.facts["size"], node.facts["digest"]), []).append(node)
    groups = [(size, len(nodes)) for (size, _), nodes in copies.items() if len(nodes) > 1]
    same("copies of %s" % image, [told["duplicate_size"], sorted((g["size"], g["copies"]) for g in told["duplicates"])],
         [sum(size * (n - 1) for size, n in groups), sorted(groups)])
    for group in told["duplicates"]:
        contents = {last[path_of(at)[1:]].facts["digest"] for at in group["copies_at"]}
        same("what the copies are, %s" % image, len(contents), 1)


def differences(before, after):
    """In the words of mica."""
    parts = {"content": ("size", "digest"), "target": ("target",), "device": ("device",), "mode": ("mode",), "owner": ("uid", "gid"),
             "mtime": ("mtime",), "xattrs": ("xattrs",)}
    found = {word for word, names in parts.items() if before.part(names) != after.part(names)}
    return found - {"content", "target", "device"} | {"type"} if before.facts["type"] != after.facts["type"] else found


def history(stack, path):
    """[(layer, what it does, what differs)], the topmost layer first; directories that stay directories say nothing."""
    found = []
    for n in reversed(range(len(stack.snapshots) - 1)):
        before, after = stack.snapshots[n].get(path), stack.snapshots[n + 1].get(path)
        if before is after or (before and after and before.is_dir and after.is_dir):
            continue
        found.append((n + 1, "adds" if not before else "goes" if not after else "replaces",
                      differences(before, after) if before and after else set()))
    return found


def check_which(image, stack, rand, n):
    last = stack.snapshots[-1]
    paths = sorted(set().union(*stack.snapshots))
    links = {path for path, node in last.items() if node.facts["type"] == "symlink"}
    paths = [path for path in paths if not any(path.startswith(link + "/") for link in links)]
    for path in rand.sample(paths, min(n, len(paths))):
        told = ask("which", "--json", image, "/" + path)
        # A directory over a directory is no change of a file.
        told = [layer for layer in told if not (layer["action"] == "merges" or (
            layer["action"] == "replaces" and layer.get("type") == "directory" and "type" not in layer["differs"]))]
        same("which %r of %s" % (path, image),
             [(layer["layer"], {"removes": "goes", "hides": "goes"}.get(layer["action"], layer["action"]),
               set(layer["differs"]) if layer["action"] == "replaces" else set()) for layer in told], history(stack, path))
        if told and told[0]["visible"]:
            same("%r is in %s" % (path, image), path in last, True)


def check_content(image, stack, rand, n):
    """Every name that a layer of the image gave to a content."""
    digests = sorted({node.facts["digest"] for snapshot in stack.snapshots for node in snapshot.values() if node.facts["type"] == "file"})
    for digest in rand.sample(digests, min(n, len(digests))):
        counted = []
        for layer, (before, after) in enumerate(zip(stack.snapshots, stack.snapshots[1:])):
            for path, node in after.items():
                if node.facts.get("digest") == digest and before.get(path) is not node:
                    visible = all(later.get(path) is node for later in stack.snapshots[layer + 2:])
                    counted.append((layer + 1, "/" + path, visible))
        told = ask("which", "--json", "--content", rand.choice((digest, "sha256:" + digest)))
        same("content %s of %s" % (digest, image), sorted((t["layer"], path_of(t), t["visible"]) for t in told if t["name"] == image),
             sorted(counted))


def expected_changes(a, b):
    """{path: what differs, or None for added and deleted}; what was in a deleted directory is not told."""
    found = {path: ("added", None) for path in b if path not in a}
    for path, before in a.items():
        parts = path.split("/")
        above = ["/".join(parts[:n]) for n in range(1, len(parts))]
        if path in b:
            what = differences(before, b[path])
            if what:
                found[path] = ("changed", frozenset(what))
        elif not any(a[p].is_dir and (p not in b or not b[p].is_dir) for p in above):
            found[path] = ("deleted", None)
    return found


def check_diff(name_a, a, name_b, b):
    """`a` and `b` are snapshots."""
    title = "diff %s %s" % (name_a, name_b)
    told = ask("diff", "--json", name_a, name_b)
    same(title, {path_of(c)[1:]: (c["change"], frozenset(c["differs"]) if "differs" in c else None) for c in told
                 if "path" in c and c["path"] != "/"}, expected_changes(a, b))
    gone = {path for path in a if path not in b}
    sources = {(n.facts["size"], n.facts["digest"]): path for path, n in a.items() if n.facts["type"] == "file" and n.facts["size"]}
    for change in told:
        if change["change"] == "added" and "path" in change:
            new = b[path_of(change)[1:]]
            origin = change.get("moved_from", change.get("copied_from"))
            known = new.facts["type"] == "file" and (new.facts["size"], new.facts["digest"]) in sources
            same("%s: origin of %r" % (title, change["path"]), origin is not None, known)
            if origin is not None and "moved_from_hex" not in change and "copied_from_hex" not in change:
                same("%s: content of %r" % (title, origin), a[origin[1:]].facts["digest"], new.facts["digest"])
                same("%s: %r is gone" % (title, origin), origin[1:] in gone or "copied_from" in change, True)
    stat = ask("diff", "--stat", "--json", name_a, name_b)[0]
    files = [layer_history.Stack.change(*[None if n is None or n.is_dir else n for n in (a.get(p), b.get(p))]) for p in {*a, *b}]
    same("%s --stat" % title, [stat[m] for m in ("files_added", "files_changed", "files_metadata", "files_removed")],
         [files.count(change) for change in ("added", "content", "metadata", "removed")])


def path_of(told):
    """As tarfile names it."""
    return bytes.fromhex(told["path_hex"]).decode("utf-8", "surrogateescape") if "path_hex" in told else told["path"]


def check(image, manifest, stack, rand):
    check_layers(image, manifest, stack)
    check_waste(image, manifest, stack)
    check_which(image, stack, rand, 12)
    check_content(image, stack, rand, 1)
    n = rand.randrange(len(stack.snapshots))
    check_diff("%s@%d" % (image, n), stack.snapshots[n], image, stack.snapshots[-1])
    check_diff(image, stack.snapshots[-1], "%s@%d" % (image, n), stack.snapshots[n])


def main():
    if sys.argv[2] == "image":
        stacks = []
        for tag in sys.argv[4:]:
            _, manifest, tars = layer_history.of_layout(sys.argv[3], tag)
            subprocess.run([MICA, "import", "-q", "oci:%s:%s" % (sys.argv[3], tag)], check=True, stdout=subprocess.DEVNULL)
            stacks.append((tag, layer_history.Stack(tars)))
            check(tag, manifest, stacks[-1][1], random.Random(0))
        for (tag, stack), (other, others) in zip(stacks, stacks[1:]):
            check_diff(tag, stack.snapshots[-1], other, others.snapshots[-1])
        return
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else int.from_bytes(os.urandom(4), "big")
    print("seed %d" % seed, flush=True)
    before = None
    for n in range(int(sys.argv[3])):
        rand = random.Random("%d %d" % (seed, n))
        tars, stack = random_image(rand)
        image = Image(tars, name="r%d" % n)
        with open("image.tar", "wb") as file:
            file.write(image.oci_archive())
        subprocess.run([MICA, "import", "-q", "image.tar"], check=True, stdout=subprocess.DEVNULL)
        check("r%d" % n, image.manifest, stack, rand)
        if before:
            check_diff("r%d" % (n - 1), before.snapshots[-1], "r%d" % n, stack.snapshots[-1])
        before = stack


if __name__ == "__main__":
    main()
