# SPDX-License-Identifier: Apache-2.0
"""Faults that nobody has to inject: full disks, file systems that turn read-only, layers that cannot be read, few descriptors."""
import os

import mounts

TABLE = {}


def can_run(base):
    """Why the tests cannot run here; None when they can."""
    try:
        os.setxattr(base, "trusted.overlay.test", b"")
    except OSError as e:
        return "trusted.* attributes in %s: %s" % (base, e.strerror)
    return None


def chosen(patterns):
    return [name for name in TABLE if not patterns or any(p in name for p in patterns)]


def run(name):
    return name, TABLE[name]()
