# SPDX-License-Identifier: Apache-2.0
"""Whole trees, how two of them differ, and what must not be in a branch."""
import os
import stat
import struct


def attributes(path):
    return {n: os.getxattr(path, n, follow_symlinks=False) for n in sorted(os.listxattr(path, follow_symlinks=False))}


def look_at(path):
    st = os.lstat(path)
    kind = stat.S_IFMT(st.st_mode)
    seen = {"type": oct(kind), "mode": oct(stat.S_IMODE(st.st_mode)), "uid": st.st_uid, "gid": st.st_gid, "rdev": st.st_rdev,
            "mtime": st.st_mtime_ns, "ino": st.st_ino, "attributes": attributes(path)}
    if kind != stat.S_IFDIR:
        seen["nlink"], seen["size"] = st.st_nlink, st.st_size
    if kind == stat.S_IFREG:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            seen["content"] = os.read(fd, st.st_size + 1)
        finally:
            os.close(fd)
    elif kind == stat.S_IFLNK:
        seen["content"] = os.readlink(path)
    return seen


def scan(root):
    """{path below root: what is seen}. Errors are part of what is seen."""
    seen, pending = {}, ["."]
    while pending:
        path = pending.pop()
        full = os.path.join(root, path)
        try:
            seen[path] = look_at(full)
            if seen[path]["type"] == oct(stat.S_IFDIR):
                pending += [os.path.normpath(os.path.join(path, name)) for name in os.listdir(full)]
        except OSError as e:
            seen.setdefault(path, {})["error"] = str(e)
    return seen


def without(seen, *fields):
    return {path: {k: v for k, v in entry.items() if k not in fields} for path, entry in seen.items()}


def without_times_of_dirs(seen):
    """A directory that something has been copied up into, and whose mtime could not be set back, shows it when mounted again."""
    return {path: {k: v for k, v in entry.items() if k != "mtime" or entry.get("type") != oct(stat.S_IFDIR)} for path, entry in seen.items()}


def lasting(seen):
    """What of a tree says whether it is the old or the new one: not times, which copying up and failing may touch, nor the
    numbers of inodes, which are new in each copy of a branch."""
    return without(seen, "mtime", "ino")


def is_between(before, after, seen):
    """Is each name as before or as after, and nothing lost that both have? So a crash may leave steps that are two without the
    flags of renameat2 or marks in attributes."""
    held = lambda tree: {(e.get("type"), e.get("content")) for e in tree.values() if "content" in e}
    names = lambda tree: {path: {k: v for k, v in e.items() if k != "nlink"} for path, e in tree.items()}
    old, new, now = names(before), names(after), names(seen)
    one = lambda p: now.get(p) in (old.get(p), new.get(p)) or now[p] in old.values()  # the file that was replaced, in the other's place
    return all(p not in now and not (p in old and p in new) or p in now and one(p) for p in set(old) | set(new) | set(now)) and \
        held(before) & held(after) <= held(seen)


def short(value):
    text = "%d bytes %r..." % (len(value), value[:40]) if isinstance(value, bytes) and len(value) > 60 else repr(value)
    return text if len(text) < 200 else text[:200] + "..."


def differences(a, b):
    found = []
    for path in sorted(set(a) | set(b)):
        if path not in a or path not in b:
            found.append("%s: %s" % (path, "not there before" if path not in a else "gone"))
            continue
        found += ["%s: %s: %s and %s" % (path, k, short(a[path].get(k)), short(b[path].get(k)))
                  for k in sorted(set(a[path]) | set(b[path])) if a[path].get(k) != b[path].get(k)]
    return found


def untouched(root):
    """Of a lower layer: whatever would show that something has changed it."""
    seen = {}
    for path, _, names in os.walk(root):
        for name in ["."] + names:
            full = os.path.join(path, name)
            st = os.lstat(full)
            seen[full] = (st.st_ino, st.st_mode, st.st_nlink, st.st_uid, st.st_gid, st.st_size, st.st_mtime_ns, st.st_ctime_ns)
    return seen


def is_whiteout(st):
    return stat.S_ISCHR(st.st_mode) and st.st_rdev == 0


def stale_marks(upper, base):
    """What is kept beside files that take no attributes (mica-marks), and is of none that is there."""
    marks, numbers = os.path.join(base, "mica-marks"), set()
    for top in (upper, os.path.join(base, "mica-links")):
        for path, directories, files in os.walk(top):
            numbers |= {os.lstat(os.path.join(path, name)).st_ino for name in directories + files}
    return ["mica-marks has %s -> %s, of no file" % (name, os.readlink(os.path.join(marks, name)))
            for name in (os.listdir(marks) if os.path.isdir(marks) else [])
            if "." not in name or int(name.split(".")[0], 16) not in numbers]


def odd_mark(at, name, st, shown):
    """A name that is a mark is an empty file, or the link that holds a number. A whiteout may lie beside what it hides."""
    if at in shown:
        return ["upper has %s, which is shown" % at]
    if name == ".wh..wh.mica.ino":
        return [] if stat.S_ISLNK(st.st_mode) else ["upper has %s, which is no link" % at]
    return [] if stat.S_ISREG(st.st_mode) and st.st_size == 0 and st.st_nlink == 1 else ["upper has %s, which is no empty file" % at]


def garbage(branch, shown, prefix):
    """What lies in a branch, after a mount has ended, and is neither shown by the union nor a mark. `prefix` of attributes that
    are marks; None: names are."""
    found = []
    upper, base = os.path.join(branch, "upper"), os.path.join(branch, "work")
    for path, directories, files in os.walk(upper):
        below = os.path.relpath(path, upper)
        for name in directories + files:
            at = os.path.normpath(os.path.join(below, name))
            st = os.lstat(os.path.join(path, name))
            kind = shown.get(at, {}).get("type")
            if not prefix and name.startswith(".wh."):
                found += odd_mark(at, name, st, shown)
            elif is_whiteout(st):
                if kind:
                    found.append("upper has a whiteout %s, and it is shown" % at)
            elif kind != oct(stat.S_IFMT(st.st_mode)):
                found.append("upper has %s, which is shown as %s" % (at, kind))
    found += ["work has %s" % name for name in os.listdir(os.path.join(base, "work")) if name != "mica-names"]
    found += stale_marks(upper, base)
    links = os.path.join(base, "mica-links")
    for name in os.listdir(links) if os.path.isdir(links) else []:
        path = os.path.join(links, name)
        if not prefix and name.endswith(".n"):
            found += [] if os.path.lexists(path[:-2]) else ["mica-links has the number %s of no file" % name]
            continue
        st = os.lstat(path)
        beside = not prefix or (prefix == "user.overlay." and stat.S_IFMT(st.st_mode) not in (stat.S_IFREG, stat.S_IFDIR))
        count = -1 if beside else struct.unpack("<I", os.getxattr(path, prefix + "mica.links", follow_symlinks=False))[0]
        inos = [p for p, e in shown.items() if e.get("ino") == int(name, 16)]
        if not inos:
            found.append("mica-links has %s, which nothing shows (%d links, count %d)" % (name, st.st_nlink, count))
        elif any(shown[p].get("nlink") != len(inos) for p in inos):
            found.append("link count %s of %s" % (shown[inos[0]].get("nlink"), inos))
    return found
