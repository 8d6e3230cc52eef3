# SPDX-License-Identifier: Apache-2.0
"""What a case is: an archive, and what must come of importing it.

    shows(NAME, LAYERS or Image, {PATH: has(...)})     it is imported, and the mount shows just these paths
    refused(NAME, LAYERS or Image or bytes, REGEX)     it is refused with one line that matches; nothing is left behind
    survives(NAME, ...)                                either, but in bounded time and memory, with inert output
"""
import hashlib
from dataclasses import dataclass, field

from made_image import Image, Tar

CASES = []


@dataclass
class Case:
    name: str
    source: bytes
    expect: str  # "shows", "refused", "survives"
    tree: dict = field(default_factory=dict)
    regex: str = ""
    arguments: tuple = ()
    image: str = ""  # which of several names to mount
    tail: str = ""  # behind the path of the source: ":TAG"


def source_bytes(what):
    if isinstance(what, bytes):
        return what
    if isinstance(what, Image):
        return what.oci_archive()
    return Image([tar.end() if isinstance(tar, Tar) else tar for tar in what], form="none").oci_archive()


def shows(name, what, tree, arguments=(), image="", tail=""):
    CASES.append(Case(name, source_bytes(what), "shows", tree=tree, arguments=tuple(arguments), image=image, tail=tail))


def refused(name, what, regex, arguments=(), tail=""):
    CASES.append(Case(name, source_bytes(what), "refused", regex=regex, arguments=tuple(arguments), tail=tail))


def survives(name, what):
    CASES.append(Case(name, source_bytes(what), "survives"))


def a_dir(mode=None, **more):
    return has("dir", mode=mode, **more)


def a_file(content=None, mode=None, **more):
    return has("file", mode=mode, content=None if content is None else hashlib.sha256(content).hexdigest(), **more)


def has(kind, **more):
    """What an entry must have; what is not said may be anything."""
    found = {key.replace("_", " "): value for key, value in more.items() if value is not None}
    if "mode" in found:
        found["mode"] = "%04o" % found["mode"]
    found["type"] = kind
    return found
