# SPDX-License-Identifier: Apache-2.0
"""Where a side may answer otherwise than a plain directory: each has a name and a reason, and is counted when it is used."""
import os

MICAFS = ("micafs", "micafs-image", "micafs-straight", "micafs-names")
ALL = ("kernel",) + MICAFS


def but(plain, other, *keys):
    """Are they the same but for some keys?"""
    return type(other) is dict and {k: v for k, v in plain.items() if k not in keys} == {k: v for k, v in other.items() if k not in keys}


def renames(step):
    return step["call"] == "rename"


def seeks_data(step):
    return step["call"] == "lseek" and step["args"][2] in (os.SEEK_DATA, os.SEEK_HOLE)


def keeps_sgid(plain, other):
    """Set-group-ID where the group may not execute, which says nothing."""
    return type(plain) is type(other) is str and int(other, 8) == int(plain, 8) | 0o2000 and not int(plain, 8) & 0o10


def lost_sgid(plain, other):
    return type(plain) is type(other) is str and int(other, 8) == int(plain, 8) & ~0o2000 != int(plain, 8)


# (name, sides, does it apply to this step and these results, why)
CALLS = [
    ("long redirect", ("kernel",), lambda step, plain, other: renames(step) and plain is None and other == "EXDEV",
     "a directory of a layer, whose path has more than 255 bytes, is not moved"),
    ("removed nothing", ("kernel",), lambda step, plain, other: "removexattr" in step["call"] and plain is None and other == "ENODATA",
     "ext4 removes an access list that is not there without a word"),
    ("listed whiteouts", ("kernel",), lambda step, plain, other: type(plain) is type(other) is list and [e for e in other if e[1] != "char"] == plain,
     "whiteouts in directories that are not merged are listed, though they are not there"),
    ("listed whiteouts", ("kernel",), lambda step, plain, other: step["call"] == "dir_seek" and type(plain) is type(other) is int and other > plain,
     "and so there are more places to seek to"),
    ("data or hole", ALL, lambda step, plain, other: seeks_data(step) and step["vague"],
     "what is only allocated, or punched out beside what was written through a mapping, is data while it happens to be cached"),
    ("file in a removed directory", ALL, lambda step, plain, other: step["call"] == "tmpfile" and (plain, other) == ("EPERM", "ENOENT"),
     "ext4 gives its own error for O_TMPFILE in a directory that has been removed"),
    ("removed directory", ("kernel",), lambda step, plain, other: type(plain) is dict and plain.get("removed") and but(plain, other, "removed", "mtime"),
     "a directory that has been removed keeps its link count, and may get another time"),
    ("removed, with another error", ("kernel",), lambda step, plain, other: step["call"].startswith("f") and type(plain) is type(other) is str,
     "a directory of a layer that has been removed is to be copied up before anything else is looked at, which fails"),
    ("removed file", ("kernel",), lambda step, plain, other: type(plain) is dict and plain.get("nlink") == 0 and but(plain, other, "nlink"),
     "what is only in a layer, and open while it is removed, may keep its link count"),
    ("changed without a name", ("kernel",), lambda step, plain, other: step["call"].startswith("f") and type(plain) is not str and other == "EEXIST",
     "a file of a layer that is open for reading while another takes its name cannot be copied up any more"),
    ("link of what was privileged", MICAFS, lambda step, plain, other: step["call"] == "link" and plain in (None, "EACCES") and other == "EPERM",
     "whether another's file may be linked is judged by the kernel (protected_hardlinks), with the set-user-ID mode from before a write took it away"),
    ("set-group-ID after a write", ("micafs-straight",), lambda step, plain, other: type(plain) is dict and but(plain, other, "mode") and keeps_sgid(plain["mode"], other["mode"]),
     "what the kernel writes by itself leaves set-group-ID where the group may not execute, to which it means nothing"),
    ("set-group-ID and access lists", ("kernel",), lambda step, plain, other: type(plain) is dict and but(plain, other, "mode") and lost_sgid(plain["mode"], other["mode"]),
     "an owner who is not of the group loses set-group-ID by removing an access list that is not there, which ext4 leaves alone"),
    ("name too long", ("micafs-names",), lambda step, plain, other: "ENAMETOOLONG" in ([e[1] for e in other] if type(other) is list else [other]),
     "what is gone has a name that is four bytes longer"),
    ("old mapping", ("kernel",), lambda step, plain, other: step["call"] == "map_read",
     "a mapping made before the copy-up shows the lower file (and so is not looked at: it may be too short)"),
]

# After these the sides differ for good.
FOR_GOOD = {"long redirect", "set-group-ID after a write", "set-group-ID and access lists", "changed without a name", "link of what was privileged", "name too long"}

# (name, sides, does it apply to this path and field of what is seen there, why)
TREES = [
    ("listed whiteouts", ("kernel",), lambda path, field, plain, other: plain is None and other == {"error": "ENOENT"},
     "as above"),
    ("numbers in listings", ("kernel",), lambda path, field, plain, other: field == "d_ino",
     "a name of a file that was copied up for want of one (O_TMPFILE, links) is listed with the number of the copy"),
    ("set-group-ID after a write", ("micafs-straight",), lambda path, field, plain, other: field == "mode" and keeps_sgid(plain["mode"], (other or {"mode": "0%o" % (int(plain["mode"], 8) | 0o2000)})["mode"]),
     "as above"),
    ("set-group-ID and access lists", ("kernel",), lambda path, field, plain, other: field == "mode" and type(other) is dict and lost_sgid(plain["mode"], other["mode"]),
     "as above"),
    ("times of directories", ("kernel",), lambda path, field, plain, other: field == "mtime" and plain.get("type") == "dir",
     "a call that fails may have copied up what is in a directory, which changes its time"),
]


def of_call(side, step, plain, other):
    return next((e[0] for e in CALLS if side in e[1] and e[2](step, plain, other)), None)


def of_tree(side, path, field, plain, other):
    return next((e[0] for e in TREES if side in e[1] and e[2](path, field, plain, other)), None)
