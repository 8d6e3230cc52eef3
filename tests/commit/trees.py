# SPDX-License-Identifier: Apache-2.0
"""What must be true of trees before and after a commit: what tests/compare sees of them, and what a list of changes says."""
import importlib.machinery
import importlib.util
import os

HERE = os.path.dirname(os.path.realpath(__file__))
LOADER = importlib.machinery.SourceFileLoader("compare", os.path.join(HERE, "../compare/compare"))
compare = importlib.util.module_from_spec(importlib.util.spec_from_loader("compare", LOADER))
LOADER.exec_module(compare)
compare.text(b"")  # what that loads may be out of reach later

# That a file has other names by now is no change of this one.
OF_OTHERS = ("nlink", "same file")


def scan(root, mount=False):
    """{path: what is seen}, and what is wrong with the tree by itself. Paths are text that keeps every byte apart."""
    return compare.scan(root, mount)


def without_sockets(entries):
    """What a layer can say of a tree."""
    return {path: entry for path, entry in entries.items() if entry["type"] != "socket"}


def differences(a, b):
    return list(compare.differences(a, b))


def parents(path):
    """Of a path as scan() has it, from the root on; the root's is "."."""
    parts = path.split("/")
    return ["."] + ["/".join(parts[:i]) for i in range(1, len(parts))] if path != "." else []


def own(entry):
    return {key: value for key, value in entry.items() if key not in OF_OTHERS}


def changes(before, after):
    """{path: "added", "changed" or "deleted"} from one tree to the other; of what is deleted, the topmost name alone."""
    found = {}
    for path, entry in after.items():
        old = before.get(path)
        # What was beneath something that is no directory any more, or beneath a file, was not there.
        if old is None:
            found[path] = "added"
        elif own(old) != own(entry):
            found[path] = "changed"
    for path in before:
        above = parents(path)
        if path not in after and all(after.get(p, {}).get("type") == "dir" for p in above):
            found[path] = "deleted"
    return found
