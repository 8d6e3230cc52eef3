#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is granted is granted whole: every operation on files of every owner, mode, capability and access list, in a mount and
by who may do all that on ext4. (cases/rights.sh puts the steps together.)

    rights.py make IDENTITY LAYER PLAIN    the files, as a layer has them and as the mount shows them; as root
    rights.py readable LAYER               which of them the caller can open, as JSON
    rights.py do DIR IDENTITY              every operation, each on a file of its own: what came of it, as JSON
    rights.py state DIR                    what all of that looks like
    rights.py compare IDENTITY KIND        the files plain.json, mount.json, again.json, readable.json; the last two of the mount
"""
import errno
import itertools
import json
import os
import pwd
import shutil
import stat
import struct
import subprocess
import sys

CONTENT = b"content of it\n"
USER = os.environ.get("MICA_TEST_USER", "mica-test")
ACL, CAP = "system.posix_acl_access", "security.capability"
NET_RAW = 1 << 13
MODES = {"644": 0o644, "600": 0o600, "none": 0, "suid": 0o4755}


def acl(user):
    """rw for the owner, r for `user`, the group and others nothing: by this alone a user can read it."""
    entries = [(1, 6, -1), (2, 4, user), (4, 0, -1), (16, 4, -1), (32, 0, -1)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *e) for e in entries)


def capability(root=None):
    if root is None:
        return struct.pack("<5I", 0x02000001, NET_RAW, 0, 0, 0)
    return struct.pack("<6I", 0x03000001, NET_RAW, 0, 0, 0, root)


# ---- who is there

def owners(identity):
    """{name: (owner in the layer, owner shown)}. A user namespace has the user as its root, and user 100000 + N - 1 as N."""
    me = pwd.getpwnam(USER).pw_uid
    return {"root": {"own": (0, 0), "other": (5, 5)},
            "user": {"own": (me, me), "root": (0, 0), "other": (5, 5)},
            "space": {"own": (me, 0), "other": (100004, 5), "foreign": (0, 65534)},
            "one": {"own": (me, 0)}}[identity]


def listed(identity):
    """The user that access lists name, in the layer and as shown."""
    me = pwd.getpwnam(USER).pw_uid
    return {"root": (1, 1), "user": (me, me), "space": (100000, 1), "one": (me, 0)}[identity]


def objects(identity):
    for owner, mode, cap, has_acl in itertools.product(owners(identity), MODES, (False, True), (False, True)):
        if not has_acl or mode == "600" or (mode == "suid" and not cap):
            yield "%s-%s%s%s" % (owner, mode, "-cap" if cap else "", "-acl" if has_acl else ""), owner, MODES[mode], cap, has_acl


def make_one(path, content, owner, mode, cap, acl_user):
    with open(path, "wb") as file:
        file.write(content)
    os.chown(path, owner, owner)
    os.chmod(path, mode)
    if acl_user is not None:
        os.setxattr(path, ACL, acl(acl_user))
        os.chmod(path, mode & ~0o077 | 0o040)
    if cap is not None:
        os.setxattr(path, CAP, cap)
    os.utime(path, ns=(10**18, 10**18))


def make(identity, layer, plain):
    os.umask(0o022)
    for side, top in enumerate((layer, plain)):
        for name, owner, mode, cap, has_acl in objects(identity):
            own = owners(identity)[owner][side]
            # Who is root in a namespace has capabilities of that namespace; others' mean nothing there.
            root = owners(identity)["own"][0] if side == 0 and identity in ("space", "one") and owner != "foreign" else None
            for op in OPERATIONS:
                where = os.path.join(top, name, op)
                os.makedirs(where)
                make_one(where + "/f", CONTENT, own, mode, capability(root) if cap else None, listed(identity)[side] if has_acl else None)
        for path, directories, _ in os.walk(top):
            for d in [path] + [os.path.join(path, d) for d in directories]:
                os.chown(d, owners(identity)["own"][side], owners(identity)["own"][side])
        for owner in owners(identity):  # directories that are closed
            for mode in ("700", "711", "755"):
                where = os.path.join(top, "dir-%s-%s" % (owner, mode))
                os.mkdir(where)
                make_one(where + "/f", CONTENT, 0, 0o644, None, None)
                os.chmod(where, int(mode, 8))
                os.chown(where, *[owners(identity)[owner][side]] * 2)


# ---- operations: each on d/f; what they return is compared as well

def with_fd(flags, then):
    def op(d):
        fd = os.open(d + "/f", flags)
        try:
            return then(fd)
        finally:
            os.close(fd)
    return op


def nothing(_):
    return None


def replace(d):
    with open(d + "/new", "wb") as file:
        file.write(b"over")
    os.chown(d + "/new", 0, 0)
    try:
        os.rename(d + "/new", d + "/f")
    except OSError:
        os.unlink(d + "/new")
        raise


def unlinked(fd, d):
    os.unlink(d + "/f")
    os.fchmod(fd, 0o640)
    st = os.fstat(fd)
    return oct(st.st_mode), st.st_uid, os.read(fd, 100).decode()


def keep_unlinked(d):
    fd = os.open(d + "/f", os.O_RDONLY)
    try:
        return unlinked(fd, d)
    finally:
        os.close(fd)


def given_away(chmod_between):
    """What cp -p does: a new file, its owner, its mode, its list."""
    def op(d):
        fd = os.open(d + "/made", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            st = os.stat(d + "/f")
            os.fchown(fd, st.st_uid, st.st_gid)
            if chmod_between:
                os.fchmod(fd, 0o4755)
            os.setxattr(fd, ACL, acl(LISTED))
            os.fchmod(fd, 0o640)
        finally:
            os.close(fd)
    return op


def access(mask):
    return lambda d: os.access(d + "/f", mask)


def command(*words):
    def op(d):
        p = subprocess.run(words, cwd=d, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if p.returncode or p.stderr:
            raise RuntimeError("failed")
        return p.stdout.decode("utf-8", "replace") if words[0] != "sed" else None
    return op


def archive(d):
    """The members of an archive, with content, or that there was an error."""
    tar = subprocess.run(["tar", "-cf", "-", "f"], cwd=d, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    text = subprocess.run(["tar", "-xOf", "-"], input=tar.stdout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
    if tar.returncode:
        raise RuntimeError("failed" if not text else "failed, with " + repr(text))
    return text


LISTED, OTHER = 1, 5
OPERATIONS = {
    "open-r": with_fd(os.O_RDONLY, lambda fd: os.read(fd, 100).decode()),
    "open-w": with_fd(os.O_WRONLY, nothing),
    "open-rw": with_fd(os.O_RDWR, nothing),
    "write": with_fd(os.O_WRONLY, lambda fd: os.pwrite(fd, b"W", 3)),
    "append": with_fd(os.O_WRONLY | os.O_APPEND, lambda fd: os.write(fd, b"end")),
    "open-trunc": with_fd(os.O_WRONLY | os.O_TRUNC, lambda fd: os.write(fd, b"new")),
    "truncate-0": lambda d: os.truncate(d + "/f", 0),
    "truncate-3": lambda d: os.truncate(d + "/f", 3),
    "chmod": lambda d: os.chmod(d + "/f", 0o711),
    "chmod-suid": lambda d: os.chmod(d + "/f", 0o4711),
    "chown-root": lambda d: os.chown(d + "/f", 0, 0),
    "chown-other": lambda d: os.chown(d + "/f", OTHER, OTHER),
    "chgrp": lambda d: os.chown(d + "/f", -1, 0),
    "utime": lambda d: os.utime(d + "/f", ns=(5, 7)),
    "touch": lambda d: os.utime(d + "/f"),
    "set-user": lambda d: os.setxattr(d + "/f", "user.x", b"1"),
    "set-acl": lambda d: os.setxattr(d + "/f", ACL, acl(LISTED)),
    "remove-acl": lambda d: os.removexattr(d + "/f", ACL),
    "set-cap": lambda d: os.setxattr(d + "/f", CAP, capability()),
    "remove-cap": lambda d: os.removexattr(d + "/f", CAP),
    "rename": lambda d: os.rename(d + "/f", d + "/f2"),
    "rename-over": replace,
    "link": lambda d: os.link(d + "/f", d + "/f2"),
    "unlink": lambda d: os.unlink(d + "/f"),
    "unlinked": keep_unlinked,
    "given-away": given_away(False),
    "given-away-suid": given_away(True),
    "access-r": access(os.R_OK),
    "access-w": access(os.W_OK),
    "access-x": access(os.X_OK),
    "cp-p": command("cp", "-p", "f", "f2"),
    "cp-a": command("cp", "-a", "f", "f2"),
    "sed-i": command("sed", "-i", "s/content/CONTENT/", "f"),
    "setfacl": command("setfacl", "-m", "u:0:r", "f"),
    "tar": archive,
}
COMMANDS = ("cp-p", "cp-a", "sed-i", "setfacl", "tar")


def on_directory(d):
    return {"list": outcome(lambda d: sorted(os.listdir(d)), d), "enter": outcome(os.chdir, d), "look": outcome(lambda d: os.stat(d + "/f").st_size, d),
            "access": [os.access(d, m) for m in (os.R_OK, os.X_OK)]}


def outcome(op, d):
    try:
        return op(d)
    except OSError as e:
        return errno.errorcode[e.errno]
    except RuntimeError as e:
        return str(e)


def attribute(path, name):
    try:
        return os.getxattr(path, name).hex()
    except OSError as e:
        return errno.errorcode[e.errno]


def look(d):
    """All that is there: without content, which is not everybody's to read. Times only where they are old."""
    seen = {}
    for name in sorted(os.listdir(d)):
        path = os.path.join(d, name)
        st = os.lstat(path)
        seen[name] = {"mode": oct(st.st_mode), "owner": [st.st_uid, st.st_gid], "size": st.st_size, "links": st.st_nlink, "acl": attribute(path, ACL),
                      "cap": attribute(path, CAP), "user": attribute(path, "user.x"), "time": st.st_mtime_ns if st.st_mtime < 1.6e9 else 0}
    return seen


def state(top):
    return {o + "/" + op: look(os.path.join(top, o, op)) for o in sorted(os.listdir(top)) if not o.startswith("dir-") for op in OPERATIONS}


def do(top, identity):
    global LISTED, OTHER
    LISTED, OTHER = listed(identity)[1], 5 if identity != "one" else 0
    os.umask(0o022)
    before, done, home = state(top), {}, os.getcwd()
    for name in sorted(os.listdir(top)):
        if name.startswith("dir-"):
            done[name] = on_directory(os.path.join(top, name))
            os.chdir(home)
            continue
        for op, function in OPERATIONS.items():
            done[name + "/" + op] = outcome(function, os.path.join(top, name, op))
    return {"before": before, "done": done, "after": state(top)}


def readable(top):
    """By the caller, in the layer itself."""
    can = {}
    for name in os.listdir(top):
        if name.startswith("dir-"):
            can[name] = on_directory(os.path.join(top, name))
            os.chdir("/")
        else:
            can[name] = outcome(with_fd(os.O_RDONLY, nothing), os.path.join(top, name, "open-r")) is None
    return can


# ---- what a mount may say otherwise, and why

# Who does not read the content can still do these: nothing of it is copied.
WITHOUT_CONTENT = ("open-trunc", "truncate-0", "unlink", "rename-over", "access-x", "given-away", "given-away-suid")


def refused(op, by):
    return by if op not in COMMANDS else "failed"


def expected(identity, kind, name, op, plain, mount, can):
    """(what comes of it, what is left), as in the plain directory but for what cannot be."""
    key = name + "/" + op
    unchanged, left = mount["before"][key], plain["after"][key]
    owner = name.split("-")[0]
    if identity == "user":
        # The kernel asks no file system: capabilities are root's to give, and lists the owner's; fs.protected_hardlinks.
        if op in ("set-cap", "remove-cap"):
            return "EPERM", unchanged
        if op in ("set-acl", "remove-acl", "setfacl") and owner != "own":
            return refused(op, "EPERM"), unchanged
        if op == "link" and owner != "own" and "suid" in name:
            return "EPERM", unchanged
        if op == "cp-a":
            left = {file: dict(seen, cap="ENODATA") if file == "f2" else seen for file, seen in left.items()}
    if kind == "live" and not can:
        # Owners whom a user namespace does not have are nobody's to the kernel, which then refuses all but what is in the directory
        # alone; by one of several errors.
        if owner == "foreign" and op == "access-x":
            return False, unchanged
        if owner == "foreign" and op not in ("access-r", "access-w", "given-away", "given-away-suid"):
            return refused(op, ("EACCES", "EPERM", "EOVERFLOW")), unchanged
        # What has capabilities loses them before it is cut, and is copied for that.
        if op not in WITHOUT_CONTENT or (op == "truncate-0" and "cap" in name):
            return (False if op in ("access-r", "access-w") else refused(op, "EACCES")), unchanged
        # Attributes of users are closed like content.
        left = {file: dict(seen, user=mount["after"][key].get(file, seen)["user"]) for file, seen in left.items()}
    return plain["done"][key], left


def wrong_of(identity, kind, plain, mount, again, can):
    for key, came in mount["done"].items():
        name, _, op = key.partition("/")
        if name.startswith("dir-"):
            want, left = can[name] if kind == "live" else plain["done"][name], None
            if name == "dir-foreign-711":  # the kernel lets root into it, and takes him to be able to read it
                want["access"] = [True, True]
        else:
            want, left = expected(identity, kind, name, op, plain, mount, can[name])
        if came != want and not (isinstance(want, tuple) and came in want):
            yield "%s: %r, not %r" % (key, came, want)
        if left is not None and mount["after"][key] != left:
            yield "%s: leaves %s" % (key, differ(mount["after"][key], left))
        if left is not None and again[key] != mount["after"][key]:
            yield "%s: after a new mount %s" % (key, differ(again[key], mount["after"][key]))


def differ(a, b):
    if a.keys() != b.keys():
        return "%s, not %s" % (sorted(a), sorted(b))
    return ", ".join("%s of %s %r, not %r" % (field, name, a[name][field], b[name][field]) for name in a for field in a[name] if a[name][field] != b[name][field])


def compare(identity, kind):
    plain, mount, again, can = (json.load(open(f + ".json", encoding="ascii")) for f in ("plain", "mount", "again", "readable"))
    wrong = list(wrong_of(identity, kind, plain, mount, again, can))
    print("\n".join(wrong[:60]) + "\n%d of %d are wrong" % (len(wrong), len(mount["done"])))
    return 1 if wrong else 0


def main(verb, *args):
    if verb == "make":
        make(*args)
    elif verb == "compare":
        return compare(*args)
    else:
        json.dump({"do": do, "state": state, "readable": readable}[verb](*args), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
