# SPDX-License-Identifier: Apache-2.0
"""The parts of the tests, as tasks: what each runs, what must have been built for it, and in which order they start."""
import os

import counts
import schedule

PARTS = ("lint", "unit", "asan", "tsan", "fuzz", "cli", "mount", "hostile", "parity", "union", "fault", "work", "container", "commit",
         "package", "engines", "kernels")
# build/NAME with the options of meson.
BUILDS = {"dev": [], "asan": ["-Db_sanitize=address,undefined"], "tsan": ["-Db_sanitize=thread"]}
# Those that take long start first, so that none is left alone at the end.
FIRST = ("kernels", "engines", "mount", "package", "commit", "container", "work", "asan", "lint", "unit", "tsan", "fault", "parity", "hostile",
         "union")


class Tests(schedule.Task):
    """A task that counts."""

    def __init__(self, part, command, needs=(), name=None, env=None):
        super().__init__(name or part, command, needs, env)
        self.part = part

    def result(self):
        """-> (counts, [(seconds, test)])"""
        if self.missing:
            print("%s: not run, since %s failed" % (self.name, self.missing.name))
            return counts.Counts(failed=1), []
        text = self.text()
        return counts.of_script(text, self.status), counts.times_of_script(text)


class Suite(Tests):
    """A suite of meson's in a build directory, each test of a program counts."""

    def __init__(self, part, build, suite, *more, name=None, before=()):
        self.log_base = "tests-" + suite
        self.testlog = "build/%s/meson-logs/%s.json" % (build, self.log_base)
        # Address space randomisation as wide as recent kernels have it is more than the thread sanitizer knows.
        command = [*before, "setarch", "-R", "meson", "test", "-C", "build/" + build, "--no-rebuild", "--timeout-multiplier", "6",
                   "--print-errorlogs", "--logbase", self.log_base, "--num-processes", os.environ["MICA_TEST_JOBS"],
                   "--suite", suite, *more]
        super().__init__(part, command, ["build/" + build], name)

    def result(self):
        if self.missing:
            return super().result()
        found, times = counts.of_meson(self.testlog)
        if self.status != 0 and not found.failed:
            found.failed = 1
        return found, times


def images_place():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(cache, "mica/images")


def program(build):
    return {"MICA_BUILD": os.path.abspath("build/" + build)}


def script(part, *command, build="dev", images=False, name=None, env=None):
    needs = (["build/" + build] if build else []) + (["images"] if images else [])
    return Tests(part, list(command), needs, name, {**(program(build) if build else {}), **(env or {})})


def random_calls(part, build, seed, name, *arguments):
    return script(part, "tests/union/run-union", "--seed", str(seed), *arguments, build=build, name=name)


def union(_, seed):
    return [random_calls("union", "dev", seed, "union", "--rounds", "40"),
            random_calls("union", "dev", seed, "union/many", "--rounds", "12", "--space", "many"),
            random_calls("union", "dev", seed, "union/one", "--rounds", "8", "--space", "one"),
            script("union", "tests/union/run-together", "--seed", str(seed), "--rounds", "12", name="union/together")]


def asan(slow, seed):
    """Unit tests, and random calls on unions whose daemon ends with a status when it has something to say; root's real mounts."""
    found = [Suite("asan", "asan", "unit", "-t", "4", name="asan/unit"),
             random_calls("asan", "asan", seed + 100, "asan/union", "--rounds", "12"),
             random_calls("asan", "asan", seed + 100, "asan/many", "--rounds", "6", "--space", "many")]
    if slow:
        found.append(script("asan", "tests/lib/sanitized", "build/test-logs/asan-daemons", "tests/mount/run-mount", " root$",
                            build="asan", images=True, name="asan/mount"))
    return found


def tsan(_, seed):
    """Of the unit tests those whose programs can start threads; several processes at once on a daemon that has many."""
    return [Suite("tsan", "tsan", "unit", "-t", "8", name="tsan/unit", before=["tests/lib/threaded", "build/tsan"]),
            script("tsan", "setarch", "-R", "tests/union/run-together", "--seed", str(seed + 100), "--rounds", "8",
                   "--processes", "6", build="tsan", name="tsan/together")]


def hostile(_, seed):
    return [script("hostile", "tests/hostile/run-hostile"),
            script("hostile", "tests/hostile/run-archives", name="hostile/archives"),
            script("hostile", "tests/hostile/run-orders", "--seed", str(seed), name="hostile/orders"),
            script("hostile", "tests/hostile/run-archives", "--seed", str(seed), "--random", "60", name="hostile/random")]


def some_more(slow):
    return ["--slow"] if slow else []


TASKS = {
    "lint": lambda slow, seed: [script("lint", "tests/lint/run-lint", build=None)],
    "unit": lambda slow, seed: [Suite("unit", "dev", "unit")],
    "asan": asan,
    "tsan": tsan,
    "fuzz": lambda slow, seed: [Suite("fuzz", "asan", "fuzz")],
    "cli": lambda slow, seed: [script("cli", "tests/cli/run-cli", images=True),
                               script("cli", "tests/store/run-stress", "--seed", str(seed), "--seconds", "15", name="cli/stress"),
                               script("cli", "tests/store/run-power", "--seed", str(seed), name="cli/power")],
    "mount": lambda slow, seed: [script("mount", "tests/mount/run-mount", *some_more(slow), images=True)],
    "hostile": hostile,
    "parity": lambda slow, seed: [script("parity", "tests/parity/run-parity", "--seed", str(seed), "--rounds", "60")],
    "union": union,
    "fault": lambda slow, seed: [script("fault", "tests/fault/run-fault")],
    "work": lambda slow, seed: [script("work", "tests/work/run-work", images=True)],
    "container": lambda slow, seed: [script("container", "tests/container/run-container", images=True)],
    "commit": lambda slow, seed: [script("commit", "tests/commit/run-commit", images=True)],
    "package": lambda slow, seed: [script("package", "tests/package/run-package", build=None, images=True)],
    "engines": lambda slow, seed: [script("engines", "tests/engines/run-engines", *some_more(slow), images=True)],
    # All of it takes long.
    "kernels": lambda slow, seed: [script("kernels", "tests/kernels/run-kernels")] if slow else [],
}


def tasks(wanted, is_slow, seed):
    """The tasks of parts, in the order in which they are to start."""
    order = [part for part in FIRST if part in wanted] + [part for part in wanted if part not in FIRST]
    return [task for part in order for task in TASKS[part](is_slow(part), seed)]


def builds(chosen):
    """What tasks need, in the order of BUILDS: the images first, which wait for a mirror of Debian's."""
    needed = {name for task in chosen for name in task.needs}
    found = [schedule.Task("images", ["tests/images/make-images", os.environ["MICA_TEST_IMAGES"]], quiet=True)] if "images" in needed else []
    return found + [schedule.Task("build/" + name, ["tests/lib/build", name, *arguments], quiet=True)
                    for name, arguments in BUILDS.items() if "build/" + name in needed]
