# SPDX-License-Identifier: Apache-2.0
"""Points 41 to 45: listing directories."""
import os
import shutil

import system
from scene import age, common, error_of, opened, point, write

ALL = "root user space one"


def many(d):
    common(d)
    os.mkdir(d + "/many")
    for i in range(1000):
        write(d + "/many/lower%05d" % i, b"")
    age(d)


def entries(path):
    with opened(path) as fd:
        return system.all_entries(fd)


@point(ALL)
def p41_each_name_once_with_its_type(m):
    os.unlink(m / "g")
    os.mkdir(m / "g")  # a directory over a file
    os.unlink(m / "h1")
    write(m / "f", b"changed")
    write(m / "new", b"")
    os.symlink("x", m / "link")
    shutil.rmtree(m / "d")
    write(m / "d", b"a file over a directory")
    found = entries(m.top)
    names = [name for _, _, _, name in found]
    assert len(names) == len(set(names))
    m.see("types", sorted((name, kind) for _, _, kind, name in found))
    numbers = {name: ino for ino, _, _, name in found}
    assert numbers[b"."] == os.stat(m.top).st_ino
    m.see("below", sorted((name, kind) for _, _, kind, name in entries(m / "g")))
    below = {name: ino for ino, _, _, name in entries(m / "g")}
    assert below[b"."] == os.stat(m / "g").st_ino and below[b".."] == numbers[b"."]
    below = {name: ino for ino, _, _, name in entries(m / "none")}
    assert below[b"."] == os.stat(m / "none").st_ino and below[b".."] == numbers[b"."]


@point("root user", lower=many)
def p42_what_is_not_touched_while_it_is_read_comes_once(m):
    for i in range(300):
        write(m / ("many/upper%05d" % i), b"")
    with opened(m / "many") as fd:
        seen, n = [], 0
        while True:
            some = system.getdents(fd, 2000)
            if not some:
                break
            seen += [name for _, _, _, name in some]
            # What was seen goes, or is changed, and others come.
            for name in [name for _, _, _, name in some if not name.startswith(b".")][:3]:
                os.unlink(os.path.join(os.fsencode(m / "many"), name))
            if n < 50:  # or it never ends
                write(m / ("many/during%05d" % n), b"")
            if error_of(os.chmod, os.path.join(os.fsencode(m / "many"), seen[-1]), 0o600) == "ENOENT":
                assert seen[-1] in [name for _, _, _, name in some][:5]
            n += 1
    touched = {name for name in seen if name.startswith(b"during")}
    names = [name for name in seen if name not in touched]
    assert len(names) == len(set(names)) == 1302, (len(names), len(set(names)))
    shutil.rmtree(m / "many")
    assert error_of(os.stat, m / "many") == "ENOENT"


@point("root user", lower=many)
def p43_any_place_can_be_gone_back_to(m):
    for i in range(500):
        write(m / ("many/upper%05d" % i), b"")
    os.unlink(m / "many/lower00007")
    with opened(m / "many") as fd:
        found = system.all_entries(fd)
        assert len(found) == 1501
        places = [0] + [after for _, after, _, _ in found]
        assert len(set(places)) == len(places) and all(place >= 0 for place in places) and 0 not in places[1:]
        for i in range(0, len(found), 77):
            os.lseek(fd, places[i], os.SEEK_SET)
            assert system.getdents(fd, 300)[0][3] == found[i][3], i
        write(m / "many/later", b"")
        os.lseek(fd, 0, os.SEEK_SET)
        assert b"later" in [name for _, _, _, name in system.all_entries(fd)]
        os.lseek(fd, places[1200], os.SEEK_SET)
        assert system.getdents(fd, 300)[0][3] == found[1200][3]


# A million names are for ./dev bench; here, that nothing is counted twice where there are many.
@point("root user", kinds="plain live")
def p44_a_large_directory(m):
    os.mkdir(m / "large")
    for i in range(3000):
        os.mknod(m / ("large/%d" % i))
    assert len(entries(m / "large")) == 3002
    m.remount()
    assert len(os.listdir(m / "large")) == 3000
    with opened(m / "large") as fd:
        assert len(system.getdents(fd, 4096)) > 10
    for i in range(0, 3000, 2):
        os.unlink(m / ("large/%d" % i))
    assert sorted(int(name) for name in os.listdir(m / "large")) == list(range(1, 3000, 2))
    shutil.rmtree(m / "large")


@point(ALL)
def p45_link_counts_of_directories(m):
    """2 and one for each directory in it; or always 1, "not counted", for a layer's directory beneath a branch."""
    def count(name):
        kinds = [kind for _, _, kind, n in entries(m / name) if n not in (b".", b"..")]
        return 2 + kinds.count("dir"), os.stat(m / name).st_nlink
    for name in ("", "d", "d/sub", "none"):
        expected, links = count(name)
        assert links == (expected if m.plain else 1), (name, links)
    os.mkdir(m / "d/more")
    os.mkdir(m / "fresh")
    os.mkdir(m / "fresh/a")
    write(m / "fresh/f", b"")
    assert count("fresh") == (3, 3)
    assert m.plain or os.stat(m / "d").st_nlink == 1
    os.rmdir(m / "fresh/a")
    assert count("fresh") == (2, 2)
