# SPDX-License-Identifier: Apache-2.0
"""A layer on disk, made of random things.

A thing is a dictionary: `path` (components), `kind`, and what that kind needs. Directories on the way are made when they
are missing, and what does not fit what is there already is left out, so that any part of a list of things is a layer as
well: that is what makes shrinking a failure simple.
"""
import os


class LayerDir:
    """Each kind is a method of its name, which makes the thing; it returns False where that cannot be."""

    CHANGING = ()  # kinds that also change what is there; their methods are given its kind, or None

    def __init__(self, root):
        self.root = root
        self.kinds = {(): "dir"}  # by path
        os.mkdir(root)

    def at(self, path):
        return os.path.join(self.root, *path)

    def parents(self, path):
        """Makes the directories above; False where something else is in the way."""
        for i in range(1, len(path)):
            kind = self.kinds.get(path[:i])
            if kind is None:
                os.mkdir(self.at(path[:i]))
                self.kinds[path[:i]] = "dir"
            elif kind not in ("dir", "opaque"):
                return False
        return True

    def add(self, thing):
        path, kind = thing["path"], thing["kind"]
        if not self.parents(path):
            return
        there = self.kinds.get(path)
        if kind in self.CHANGING:
            getattr(self, kind)(thing, there)
        elif there is None and getattr(self, kind)(thing) is not False:
            self.kinds[path] = kind
            self.made(thing)

    def made(self, thing):
        """For whoever wants to know."""

    def dir(self, thing):
        os.mkdir(self.at(thing["path"]))

    def fifo(self, thing):
        os.mkfifo(self.at(thing["path"]))

    def hardlink(self, thing):
        if self.kinds.get(thing["target"]) != "file":
            return False
        os.link(self.at(thing["target"]), self.at(thing["path"]))
        return True
