# SPDX-License-Identifier: Apache-2.0
"""A user namespace, where unions keep their marks in attributes of users, and no device can be made."""
import os

import system

CLONE_NEWUSER = 0x10000000
FIRST, COUNT = 100000, 65536  # of the ids outside that are 0, 1, 2, ... inside

inside = False  # pylint: disable=invalid-name
one = False  # pylint: disable=invalid-name


def enter(directory, only_one):
    """This process becomes the root of a new one, whose `directory` is. `only_one`: with no other id."""
    global inside, one  # pylint: disable=global-statement
    one = only_one
    os.chown(directory, FIRST, FIRST)
    ready, tell = os.pipe()
    us, helper = os.getpid(), os.fork()
    if helper == 0:
        status = 1
        try:
            os.close(tell)
            os.read(ready, 1)
            for which in ("uid", "gid"):
                with open("/proc/%d/%s_map" % (us, which), "w", encoding="ascii") as f:
                    f.write("0 %d %d\n" % (FIRST, 1 if one else COUNT))
            status = 0
        finally:
            os._exit(status)
    os.close(ready)
    system.check(system.libc.unshare(CLONE_NEWUSER))
    os.write(tell, b"x")
    os.close(tell)
    if os.waitpid(helper, 0)[1] != 0:
        raise RuntimeError("no ids for the user namespace")
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    inside = True


def prefix():
    """Of the attributes that overlay file systems keep for themselves."""
    return "user.overlay." if inside else "trusted.overlay."


def options():
    """More for each overlay mount."""
    return ",userxattr" if inside else ""
