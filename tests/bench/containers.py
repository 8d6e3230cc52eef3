# SPDX-License-Identifier: Apache-2.0
"""Containers of the image pyapp: mica run beside podman run on the kernel's overlayfs, on fuse-overlayfs and on micafs."""
import os
import pwd
import shutil
import signal
import subprocess

from measure import median, run, table, timed

USER = "mica-test"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
IMAGE = "docker.io/library/pyapp:latest"
FILES = 4000  # of the package that is installed

STORAGE = """[storage]
driver = "overlay"
graphroot = "{d}/graph"
rootless_storage_path = "{d}/graph"
runroot = "{d}/state"
[storage.options.overlay]
skip_mount_home = "true"
{program}
"""


def make_package(directory):
    """A Debian package of many small files that needs no other."""
    top = directory + "/many"
    os.makedirs(top + "/DEBIAN")
    with open(top + "/DEBIAN/control", "w", encoding="ascii") as file:
        file.write("Package: many\nVersion: 1\nArchitecture: all\nMaintainer: x <x@localhost>\nDescription: many files\n")
    for number in range(FILES):
        where = "%s/usr/share/many/%d" % (top, number // 100)
        os.makedirs(where, exist_ok=True)
        with open("%s/%d" % (where, number), "wb") as file:
            file.write(os.urandom(4000))
    run("dpkg-deb", "--root-owner-group", "-Znone", "-b", top, directory + "/many.deb")
    shutil.rmtree(top)


class Runner:
    """Something that runs commands in containers, as root or as an ordinary user."""

    def __init__(self, name, user, command, environment):
        self.name, self.user, self.command, self.environment = name, user, command, environment

    def words(self, *words):
        who = ("setpriv", "--reuid=" + USER, "--regid=" + USER, "--init-groups") if self.user else ()
        return (*who, "env", "-i", *("%s=%s" % pair for pair in self.environment.items()), *self.command, *words)

    def seconds(self, *words):
        return timed(*self.words(*words), cwd="/").seconds


def make_podman(name, user, directory, program, archive):
    for part in ("home", "run", "tmp", "graph", "state/overlay"):
        os.makedirs("%s/%s" % (directory, part))
    # podman 4.3 maps ids of lower layers twice where the kernel could do it: it finds that it cannot.
    with open(directory + "/state/overlay/idmapped-lower-dir-false", "w", encoding="ascii"):
        pass
    with open(directory + "/storage.conf", "w", encoding="ascii") as file:
        file.write(STORAGE.format(d=directory, program='mount_program = "%s"' % program if program else ""))
    shutil.copy(os.path.join(os.path.dirname(__file__), "..", "lib", "containers.conf"), directory)
    if user:
        run("chown", "-R", "%s:%s" % (USER, USER), directory)
    os.chmod(directory + "/run", 0o700)
    runner = Runner(name, user, ("podman",), {
        "HOME": directory + "/home", "XDG_RUNTIME_DIR": directory + "/run", "PATH": PATH, "USER": USER if user else "root",
        "TMPDIR": directory + "/tmp", "CONTAINERS_CONF": directory + "/containers.conf",
        "CONTAINERS_STORAGE_CONF": directory + "/storage.conf"})
    run(*runner.words("load", "-q", "-i", archive), cwd="/")
    runner.command += ("run", "--rm", "--network", "none")
    return runner


def make_mica(name, user, directory, mica, archive):
    os.makedirs(directory)
    if user:
        shutil.chown(directory, USER, USER)
    runner = Runner(name, user, (mica, "--store", directory + "/store"), {"HOME": directory, "PATH": PATH})
    run(*runner.words("import", "-q", "docker-archive:" + archive), cwd="/")
    runner.command += ("run", "--rm")
    return runner


def end_pause_processes(scratch):
    """An ordinary user's podman leaves a process that holds his namespaces."""
    for top, _, files in os.walk(scratch):
        if "pause.pid" in files:
            with open(top + "/pause.pid", encoding="ascii") as file:
                os.kill(int(file.read()), signal.SIGKILL)


def measure(runners, rounds, scratch):
    install = ("-u", "0", "-v", scratch + "/packages:/packages", IMAGE, "apt-get", "install", "-q", "-y", "/packages/many.deb")
    works = (("start of `true`", (IMAGE, "true"), 5),
             ("apt-get install of %d files" % FILES, install, 1))
    times = {}
    for _ in range(rounds):
        for work, words, times_each in works:
            for _ in range(times_each):
                for runner in runners:
                    times.setdefault((runner.name, work), []).append(runner.seconds(*words))
    return [work for work, _, _ in works], times


def show(title, works, runners, times):
    mine = runners[0].name
    rows = [[runner.name] + ["%.3f" % median(times[runner.name, work]) for work in works] +
            ["%.2f" % (median(times[mine, work]) / median(times[runner.name, work])) for work in works] for runner in runners]
    table(title + ", seconds, and mica / it", [""] + list(works) + ["ratio"] * len(works), rows)


def bench_containers(mica, images, scratch, rounds):
    """`mica` must have micafs beside it, or where it is built."""
    run(os.path.join(os.path.dirname(__file__), "..", "lib", "prepare-machine"), USER)
    pwd.getpwnam(USER)
    os.chmod(scratch, 0o755)
    os.makedirs(scratch + "/bin")
    os.makedirs(scratch + "/packages")
    make_package(scratch + "/packages")
    for program in (mica, os.path.join(os.path.dirname(mica), "..", "fuse", "micafs")):
        shutil.copy(program, scratch + "/bin")
    archive = scratch + "/pyapp.tar"
    shutil.copy(images + "/pyapp.docker.tar", archive)
    os.chmod(archive, 0o644)
    fuse, micafs, mine = shutil.which("fuse-overlayfs"), scratch + "/bin/micafs", scratch + "/bin/mica"
    try:
        for user, title in ((False, "root"), (True, "an ordinary user")):
            short = scratch + ("/u" if user else "/r")
            runners = [make_mica("mica run", user, short + "m", mine, archive),
                       make_podman("podman, fuse-overlayfs", user, short + "f", fuse, archive),
                       make_podman("podman, micafs", user, short + "p", micafs, archive)]
            if not user:
                runners.append(make_podman("podman, kernel overlayfs", user, short + "k", None, archive))
            works, times = measure(runners, rounds, scratch)
            show("containers of " + title, works, runners, times)
    finally:
        end_pause_processes(scratch)
        unmount_beneath(scratch)


def unmount_beneath(scratch):
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        points = [line.split()[4] for line in file]
    for point in reversed([p for p in points if p.startswith(scratch + "/")]):
        subprocess.run(("umount", "-l", point), check=False)
