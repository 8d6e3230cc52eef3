# SPDX-License-Identifier: Apache-2.0
"""podman and buildah on micafs beside fuse-overlayfs and the kernel's overlayfs: starting, building, committing."""
import os
import shutil

from containers import USER, end_pause_processes, make_podman, unmount_beneath
from measure import median, run, table, timed

HERE = os.path.dirname(os.path.abspath(__file__))


class Engine:
    """A storage of one driver, as root or as an ordinary user; it has the image localhost/pyapp."""

    def __init__(self, name, user, directory, program, archive):
        self.name = name
        self.runner = make_podman(name, user, directory, program, archive)
        self.runner.command = ()
        self.do("podman", "tag", "pyapp", "localhost/pyapp")

    def words(self, *words):
        return self.runner.words(*words)

    def do(self, *words):
        run(*self.words(*words), cwd="/")

    def seconds(self, *words):
        return timed(*self.words(*words), cwd="/").seconds

    def start(self, _):
        return self.seconds("podman", "run", "--rm", "--network", "none", "localhost/pyapp", "true")

    def build(self, scratch):
        seconds = self.seconds("buildah", "bud", "-q", "--isolation", "chroot", "--layers", "--no-cache", "-t", "localhost/made",
                               scratch + "/build")
        self.do("buildah", "rmi", "-f", "localhost/made")
        return seconds

    def commit(self, _):
        self.do("buildah", "from", "-q", "--name", "one", "localhost/pyapp")
        self.do("buildah", "run", "--isolation", "chroot", "one", "--", "sh", "-c", "echo new >/new")
        seconds = self.seconds("buildah", "commit", "-q", "one", "localhost/made")
        self.do("buildah", "rm", "one")
        self.do("buildah", "rmi", "-f", "localhost/made")
        return seconds


WORKS = (("podman run --rm, `true`", Engine.start, 5),
         ("buildah commit of a new file", Engine.commit, 3),
         ("buildah bud, a dozen steps", Engine.build, 1))


def prepare_build(scratch):
    """What tests/engines builds."""
    debs = scratch + "/debs"
    os.makedirs(debs)
    run(os.path.join(HERE, "..", "work", "make-debs"), debs)
    shutil.copytree(os.path.join(HERE, "..", "engines", "build"), scratch + "/build")
    shutil.copy(debs + "/mica-one_1_all.deb", scratch + "/build/mica-one.deb")
    run("chmod", "-R", "a+rX", scratch + "/build")


def measure(engines, rounds, scratch):
    times = {}
    for _ in range(rounds):
        for work, how, each in WORKS:
            for _ in range(each):
                for engine in engines:
                    times.setdefault((engine.name, work), []).append(how(engine, scratch))
    return times


def show(title, engines, times):
    mine = engines[0].name
    rows = [[engine.name] + ["%.3f" % median(times[engine.name, work]) for work, _, _ in WORKS] +
            ["%.2f" % (median(times[mine, work]) / median(times[engine.name, work])) for work, _, _ in WORKS] for engine in engines]
    table(title + ", seconds, and micafs / it", [""] + [work for work, _, _ in WORKS] + ["ratio"] * len(WORKS), rows)


def bench_engines(micafs, images, scratch, rounds):
    run(os.path.join(HERE, "..", "lib", "prepare-machine"), USER)
    os.chmod(scratch, 0o755)
    scratch += "/e" # short: podman wants names of less than 50 letters
    os.makedirs(scratch + "/bin")
    shutil.copy(micafs, scratch + "/bin")
    archive = scratch + "/pyapp.tar"
    shutil.copy(images + "/pyapp.docker.tar", archive)
    os.chmod(archive, 0o644)
    prepare_build(scratch)
    fuse, micafs = shutil.which("fuse-overlayfs"), scratch + "/bin/micafs"
    try:
        for user, title in ((False, "root"), (True, "an ordinary user")):
            short = scratch + ("/u" if user else "/r")
            engines = [Engine(name, user, short + name[0], program, archive)
                       for name, program in (("micafs", micafs), ("fuse-overlayfs", fuse), ("kernel overlayfs", None))]
            show("engines of " + title, engines, measure(engines, rounds, scratch))
    finally:
        end_pause_processes(scratch)
        unmount_beneath(scratch)
