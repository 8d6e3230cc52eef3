#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""twins.py OUT: two images of different builds of one base, none of whose layers is equal.

    one.tar, two.tar   docker-archives, one:1 and two:1. The files are the same, but for the three in "own"; order, names
                       of directories, modes, owners and times differ.
"""
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from made_image import Image, Tar  # noqa: E402

SIZES = [0, 1, 3, 100, 1000, 4095, 4096, 5000, 9000, 30000, 70000, 400000]


def content(name, size):
    return random.Random(name).randbytes(size)


FILES = {"file-%03d" % i: content("file-%d" % i, SIZES[i % len(SIZES)]) for i in range(150)}
FILES.update({"large-%d" % i: content("large-%d" % i, (1 << 20) + 5000 * i) for i in range(3)})


def layers(which):
    names = sorted(FILES, reverse=which == 2)
    base, top = Tar().dir("usr%d" % which), Tar().dir("usr%d" % which)
    for i, name in enumerate(names):
        (base if i < 100 else top).file("usr%d/%s" % (which, name), FILES[name], mode=0o644 if which == 1 else 0o755,
                                        uid=which, mtime=1_000_000_000 * which)
    top.dir("own")
    for i, size in enumerate((10, 700_000, 1 << 20)):
        top.file("own/%d" % i, content("own-%d-%d" % (which, i), size))
    return [base.end(), top.end()]


for number, tag in ((1, "one"), (2, "two")):
    with open(os.path.join(sys.argv[1], tag + ".tar"), "wb") as file:
        file.write(Image(layers(number), name=tag).docker_archive(tags=(tag + ":1",)))
