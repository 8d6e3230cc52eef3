#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares two trees of files in everything that cp -a keeps, and prints the differences.

    same_trees.py A B [no-owners] [no-devices] [no-top]     no-top: all but the metadata of A and B themselves
"""
import hashlib
import os
import stat
import sys

A, B = (os.fsencode(path) for path in sys.argv[1:3])
HOW = sys.argv[3:]


def attributes(path):
    names = [n for n in os.listxattr(path, follow_symlinks=False) if n != "security.selinux"]
    return {n: os.getxattr(path, n, follow_symlinks=False) for n in names if "no-owners" not in HOW or n.startswith("user.")}


def content(path, st):
    if stat.S_ISREG(st.st_mode):
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(file.read()).hexdigest()
    if stat.S_ISLNK(st.st_mode):
        return os.readlink(path)
    return st.st_rdev if stat.S_ISCHR(st.st_mode) or stat.S_ISBLK(st.st_mode) else None


def tree(top):
    found, names = {}, {}

    def add(path, name):
        st = os.lstat(path)
        mode = st.st_mode
        if "no-devices" in HOW and (stat.S_ISCHR(mode) or stat.S_ISBLK(mode)):
            return
        if "no-owners" in HOW:  # set-id bits go with them
            mode &= ~0o6000
        told = [stat.S_IFMT(mode), content(path, st), attributes(path)]
        if name != b"" or "no-top" not in HOW:
            told += [oct(mode), st.st_mtime_ns]
            if "no-owners" not in HOW:
                told += [st.st_uid, st.st_gid]
        if not stat.S_ISDIR(mode):
            names.setdefault((st.st_dev, st.st_ino), []).append(name)
        found[name] = told
    add(top, b"")
    for folder, dirs, files in os.walk(top):
        for name in dirs + files:
            path = os.path.join(folder, name)
            add(path, os.path.relpath(path, top))
    for same in names.values():
        for name in same:
            found[name].append(sorted(same))
    return found


a, b = tree(A), tree(B)
differences = ["%r: %r is not %r" % (name, a.get(name), b.get(name)) for name in sorted(set(a) | set(b)) if a.get(name) != b.get(name)]
print("\n".join(differences[:20]))
print("%d names, %d differences" % (len(a), len(differences)))
sys.exit(bool(differences) or len(a) < 2)
