# SPDX-License-Identifier: Apache-2.0
"""Branches that kernel overlayfs has written, mounted by micafs. (The other way round is tried at the end of every point.)"""
import os
import shutil

import system
from scene import age, common, differences, dump, point, write

OPTIONS = "redirect_dir=on,metacopy=on"


def layer(d):
    common(d)
    os.makedirs(d + "/x/y/z")
    write(d + "/x/y/z/deep", b"deep" * 1000)
    write(d + "/x/keep", b"keep")
    for name in ("h1", "h2", "d/h3"):
        os.unlink(d + "/" + name)
    age(d)


def work(top):
    """Everything that leaves a mark in the upper directory."""
    os.unlink(top + "/f")  # a whiteout
    shutil.rmtree(top + "/d/sub")
    os.mkdir(top + "/d/sub")  # opaque
    write(top + "/d/sub/new", b"new")
    os.chmod(top + "/big", 0o600)  # only metadata
    os.rename(top + "/big", top + "/d/moved-metadata")  # with a redirect
    os.rename(top + "/x", top + "/d/xx")  # a directory, with a redirect
    os.rename(top + "/d/xx/y", top + "/yy")  # out of one that has moved
    write(top + "/yy/z/deep", b"changed")
    os.rename(top + "/d", top + "/dd")
    os.unlink(top + "/dd/xx/keep")
    os.symlink("elsewhere", top + "/f")
    os.rename(top + "/s", top + "/dd/s")
    os.mkdir(top + "/fresh")
    write(top + "/fresh/a", b"fresh")
    os.link(top + "/fresh/a", top + "/fresh/b")
    os.mkfifo(top + "/fresh/fifo")
    os.setxattr(top + "/g", "user.k", b"v")
    os.rename(top + "/g", top + "/none/g")
    os.chmod(top + "/none/g", 0o640)


def kernel_mount(m):
    os.makedirs(m.base + "/kernel-work", exist_ok=True)
    system.mount("overlay", m.top, "overlay", 0, "lowerdir=%s,upperdir=%s,workdir=%s/kernel-work,%s,index=off" % (m.lower, m.upper, m.base, OPTIONS))


@point("root", kinds="plain live", lower=layer, options=OPTIONS)
def kernel_branches_are_read(m):
    if m.plain:
        return work(m.top)
    m.unmount()
    kernel_mount(m)
    work(m.top)
    by_kernel = dump(m.top, False)
    system.umount(m.top)
    m.mount()
    found = differences(by_kernel, dump(m.top, False))
    assert not found, "\n".join(found)


@point("root", kinds="plain live", lower=layer, options=OPTIONS)
def kernel_and_micafs_take_turns(m):
    steps = [
        lambda top: work(top),
        lambda top: (os.rename(top + "/dd/xx", top + "/back"), os.chmod(top + "/yy", 0o700), write(top + "/yy/z/deep", b"again", os.O_APPEND)),
        lambda top: (os.rename(top + "/yy/z", top + "/back/z"), os.unlink(top + "/none/g"), os.mkdir(top + "/d"), write(top + "/d/a", b"new")),
        lambda top: (shutil.rmtree(top + "/dd/sub"), os.rename(top + "/dd/moved-metadata", top + "/big"), write(top + "/big", b"x", 0)),
        lambda top: (shutil.rmtree(top + "/back"), os.rename(top + "/dd", top + "/back"), os.chmod(top + "/back/a", 0o600)),
        lambda top: (os.rename(top + "/back/a", top + "/a"), shutil.rmtree(top + "/fresh"), os.rename(top + "/yy", top + "/fresh")),
    ]
    for turn, step in enumerate(steps):
        if not m.plain and turn % 2:
            m.unmount()
            kernel_mount(m)
        try:
            step(m.top)
            m.see(turn, sorted(os.path.join(t[len(m.top):], n) for t, ds, fs in os.walk(m.top) for n in ds + fs))
        finally:
            if not m.plain and turn % 2:
                system.umount(m.top)
                m.mount()
