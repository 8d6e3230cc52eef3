# SPDX-License-Identifier: Apache-2.0
"""Whole trees, and how two of them differ."""
import os
import stat
import time

import system

# What has a time after this has been touched by a call that sets "now"; that is all that can be compared of it. The far
# future is set by calls.
STARTED = time.time_ns() - 5 * 10**9
FAR = 4_000_000_000 * 10**9

KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "symlink", stat.S_IFIFO: "fifo", stat.S_IFCHR: "char",
         stat.S_IFBLK: "block", stat.S_IFSOCK: "socket"}


def when(ns):
    return "now" if STARTED <= ns < FAR else ns


def seen_of(st):
    """What stat(2) says, as far as it must be the same everywhere."""
    kind = KINDS[stat.S_IFMT(st.st_mode)]
    seen = {"type": kind, "mode": "0%o" % stat.S_IMODE(st.st_mode), "uid": st.st_uid, "gid": st.st_gid,
            "mtime": when(st.st_mtime_ns)}
    if kind != "dir":
        seen["size"], seen["nlink"] = st.st_size, st.st_nlink
    else:
        seen["removed"] = st.st_nlink == 0
    if kind in ("char", "block"):
        seen["rdev"] = st.st_rdev
    return seen


def attributes(path):
    return {n: os.getxattr(path, n, follow_symlinks=False) for n in sorted(os.listxattr(path, follow_symlinks=False))}


def read_file(path):
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NOATIME)
    try:
        return os.read(fd, min(os.fstat(fd).st_size + 1, 1 << 21))
    finally:
        os.close(fd)


def look_at(path, listed_ino, listed_type):
    try:
        st = os.lstat(path)
        seen = seen_of(st)
        seen["attributes"] = attributes(path)
        if seen["type"] == "symlink":
            seen["target"] = os.readlink(path)
        elif seen["type"] == "file":
            seen["content"] = read_file(path)
        if listed_type != seen["type"]:
            seen["d_type"] = listed_type
        if listed_ino != st.st_ino:
            seen["d_ino"] = "%d, but st_ino %d" % (listed_ino, st.st_ino)
        return seen, (st.st_dev, st.st_ino)
    except OSError as e:
        return {"error": system.name_of(e)}, None


def scan():
    """Everything below the working directory: {path: what is seen}, {path: (dev, ino)}. The root's path is "."."""
    seen, inodes = {}, {}
    st = os.lstat(b".")
    seen[b"."], inodes[b"."] = seen_of(st), (st.st_dev, st.st_ino)
    seen[b"."]["attributes"] = attributes(b".")
    pending = [b"."]
    while pending:
        where = pending.pop()
        try:
            fd = os.open(where, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                entries = system.all_entries(fd)
            finally:
                os.close(fd)
        except OSError as e:
            seen[where]["listing"] = system.name_of(e)
            continue
        for ino, _, kind, name in sorted(entries, key=lambda e: e[3]):
            path = os.path.join(where, name)[2:] if where == b"." else os.path.join(where, name)
            if name == b".":
                if ino != inodes[where][1]:
                    seen[where]["."] = "d_ino %d, st_ino %d" % (ino, inodes[where][1])
            elif name != b"..":
                if where == b".":
                    path = name
                if path in seen:
                    seen[path]["listed"] = "twice"
                    continue
                seen[path], inodes[path] = look_at(path, ino, kind)
                if seen[path].get("type") == "dir":
                    pending.append(path)
    return seen, inodes


def short(value):
    text = repr(value)
    if isinstance(value, bytes) and len(value) > 60:
        ends = [i for i in range(1, len(value)) if value[i] != value[i - 1]]
        text = "%r... (%d bytes)" % (value[:50], len(value)) if len(ends) else "%d times %r" % (len(value), value[:1])
    return text if len(text) < 300 else text[:300] + "..."


def content_difference(a, b):
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return "%d and %d bytes, different from %d: %r and %r" % (len(a), len(b), at, a[at:at + 20], b[at:at + 20])


def differences(ours, theirs):
    """[(path, field, text)], ours first."""
    found = []
    for path in sorted(set(ours) | set(theirs)):
        a, b = ours.get(path), theirs.get(path)
        if a is None or b is None:
            found.append((path, "there", "%s and %s" % tuple("there" if x else "not there" for x in (a, b))))
            continue
        for key in list(a) + [k for k in b if k not in a]:
            if a.get(key) == b.get(key):
                continue
            if key == "content" and key in a and key in b:
                text = content_difference(a[key], b[key])
            else:
                text = "%s and %s" % (short(a.get(key)), short(b.get(key)))
            found.append((path, key, text))
    return found


def groups(inodes):
    """{path: the first path of the same inode}."""
    first, found = {}, {}
    for path in sorted(inodes):
        if inodes[path]:
            found[path] = first.setdefault(inodes[path], path)
    return found


def link_differences(ours, theirs):
    a, b = groups(ours), groups(theirs)
    return [(path, "links", "one with %r and one with %r" % (a[path], b[path])) for path in a if path in b and a[path] != b[path]]
