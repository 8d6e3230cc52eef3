# SPDX-License-Identifier: Apache-2.0
"""Where a side may answer otherwise than a plain directory: each has a name and a reason, and is counted when it is used."""
import os


def seeks_holes(step):
    return step["call"] == "lseek" and step["args"][2] in (os.SEEK_DATA, os.SEEK_HOLE)


def renames(step):
    return step["call"] == "rename"


# (name, sides, does it apply to this step and these results, why)
CALLS = [
    ("long redirect", ("kernel",), lambda step, plain, other: renames(step) and plain is None and other == "EXDEV",
     "a directory of a layer, whose path has more than 255 bytes, is not moved"),
    ("removed nothing", ("kernel",), lambda step, plain, other: "removexattr" in step["call"] and plain is None and other == "ENODATA",
     "ext4 removes an access list that is not there without a word"),
]

# After these the sides differ for good.
FOR_GOOD = {"long redirect"}

# (name, sides, does it apply to this path, field, our and their value, why)
TREES = []


def of_call(side, step, plain, other):
    return next((e[0] for e in CALLS if side in e[1] and e[2](step, plain, other)), None)


def of_tree(side, path, field, plain, other):
    return next((e[0] for e in TREES if side in e[1] and e[2](path, field, plain, other)), None)
