# SPDX-License-Identifier: Apache-2.0
"""One round: layers, a plain copy of what they show merged, and a sequence of steps on it and on a union at once.

Each run of a sequence is a process of its own in a mount namespace of its own: it can be killed with all that it has mounted.
"""
import fcntl
import os
import pickle
import random
import select
import shutil
import signal
import subprocess
import sys
import traceback

import choose
import excuses
import layers
import scan
import sides
import space
import system

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib"))
import made_image  # noqa: E402

RUN_SECONDS = 300
CACHES_LOCK = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "lib")


class Stuck(Exception):
    pass


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=240, check=False)
    if done.returncode != 0:
        raise RuntimeError("%s: status %d: %s" % (" ".join(command), done.returncode, done.stderr.decode(errors="replace").strip()))


def isolated(function, *args):
    """function(*args) in a process and a session of its own; -> what it returns."""
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            system.own_namespace()
            try:
                result = (True, function(*args))
            except Exception:  # pylint: disable=broad-except
                result = (False, traceback.format_exc())
            with os.fdopen(writes, "wb") as f:
                pickle.dump(result, f)
        finally:
            os._exit(0)
    os.close(writes)
    try:
        with os.fdopen(reads, "rb") as f:
            data = b""
            while True:
                if not select.select([f], [], [], RUN_SECONDS)[0]:
                    raise Stuck()
                some = os.read(f.fileno(), 1 << 20)
                if not some:
                    break
                data += some
    finally:
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(pid, 0)
    if not data:
        raise RuntimeError("the process of a run died")
    fine, result = pickle.loads(data)
    if not fine:
        raise RuntimeError(result)
    return result


class Stack:
    """Layers on disk, and the plain copy of what they show."""

    def __init__(self, base, count, things, image_of=None):
        os.mkdir(base)
        self.base = base
        self.pristine = os.path.join(base, "pristine")
        self.layers = layers.make(os.path.join(base, "layers"), count, things)
        # An image counts the names that are there, a union of directories shows their link counts as they are.
        isolated(self.copy_merged, not image_of)
        self.before = [self.look(layer) for layer in self.layers]
        self.store = None
        if image_of:
            self.store = os.path.join(base, "store")
            archive = os.path.join(base, "image.tar")
            with open(archive, "wb") as f:
                f.write(made_image.Image([layers.archive(l) for l in reversed(self.layers)], form="none").oci_archive())
            run(image_of, "--store", self.store, "import", "--quiet", "oci-archive:" + archive)

    def merged(self, where):
        empty = os.path.join(self.base, "empty")
        os.mkdir(empty)
        system.mount("overlay", where, "overlay", 1, "lowerdir=%s%s" % (":".join(self.layers + [empty]), space.options()))

    def copy_merged(self, with_counts):
        """`with_counts`: with the link counts that the layers have, though not all of the names may be in the union."""
        where, tree, extra = (os.path.join(self.base, name) for name in ("merged", "pristine/tree", "pristine/extra"))
        os.makedirs(extra)
        os.mkdir(where)
        self.merged(where)
        # An archive has no holes.
        self.copy_listed(where, tree, "auto" if with_counts else "never")
        for top, _, files in os.walk(os.fsencode(where)):
            for name in files if with_counts else ():
                path = os.path.join(top, name)
                copy = os.path.join(os.fsencode(tree), os.path.relpath(path, os.fsencode(where)))
                if not os.path.lexists(copy):
                    continue
                for i in range(os.lstat(path).st_nlink - os.lstat(copy).st_nlink):
                    os.link(copy, os.path.join(os.fsencode(extra), b"%d-%d" % (os.lstat(copy).st_ino, i)), follow_symlinks=False)
        system.umount(where)

    @staticmethod
    def copy_listed(where, tree, sparse):
        """cp -a; the kernel lists whiteouts in directories that it does not merge, though they are not there."""
        done = subprocess.run(("cp", "-a", "--sparse=" + sparse, where, tree), stdin=subprocess.DEVNULL, capture_output=True, timeout=240, check=False,
                              env=dict(os.environ, LC_ALL="C"))
        wrong = [line for line in done.stderr.splitlines() if not line.endswith(b": No such file or directory")]
        if wrong or done.returncode not in (0, 1):
            raise RuntimeError("cp -a: status %d: %s" % (done.returncode, os.fsdecode(b"; ".join(wrong))))

    @staticmethod
    def look(layer):
        """What must never change below."""
        found = {}
        for top, directories, files in os.walk(os.fsencode(layer)):
            for path in [top] + [os.path.join(top, n) for n in directories + files]:
                st = os.lstat(path)
                found[path] = (st.st_mode, st.st_uid, st.st_gid, st.st_size, st.st_nlink, st.st_ino, st.st_mtime_ns, st.st_ctime_ns,
                               st.st_blocks)
        return found

    def changed(self):
        found = []
        for layer, before in zip(self.layers, self.before):
            now = self.look(layer)
            found += [path for path in sorted(set(before) | set(now)) if before.get(path) != now.get(path)]
        return found


class Failure(Exception):
    def __init__(self, step, kind, lines):
        super().__init__(kind)
        self.step, self.kind, self.lines = step, kind, lines


class Over(Exception):
    """After what is excused, the sides differ for good."""


class Run:
    """A sequence on a plain directory and one other side or several."""

    def __init__(self, stack, names, program, directory):
        self.stack = stack
        os.mkdir(directory)
        os.chmod(directory, 0o755)
        run("cp", "-a", stack.pristine, os.path.join(directory, "plain"))
        self.sides = [sides.Side(os.path.join(directory, "plain/tree"))]
        for i, name in enumerate(names):
            base = os.path.join(directory, "%d-%s" % (i, name))
            os.mkdir(base)
            self.sides.append(self.make_side(name, base, program))
        self.inodes = [{} for _ in self.sides]
        self.linked = self.hold_linked()
        self.held = []  # what was there at the last look stays, so that no new file gets an old number
        self.used = {}  # excuse -> count
        self.done = set()  # the calls that tell whether data and holes can be compared

    def make_side(self, name, base, program):
        if name == "plain":
            run("cp", "-a", self.stack.pristine, os.path.join(base, "plain"))
            return sides.Side(os.path.join(base, "plain/tree"))
        if name == "kernel":
            return sides.Kernel(base, self.stack.layers)
        if name == "image":
            return sides.MicafsImage(base, self.stack.layers, program, self.stack.store)
        if name == "names":
            return sides.MicafsNames(base, self.stack.layers, program)
        if name == "straight":
            return sides.MicafsStraight(base, self.stack.layers, program)
        return sides.Micafs(base, self.stack.layers, program)

    def hold_linked(self):
        """{inode: descriptor} of what has several names in the layers."""
        found = {}
        for top, _, files in os.walk(os.fsencode(self.sides[0].root)):
            for path in [os.path.join(top, name) for name in files]:
                st = os.lstat(path)
                if st.st_nlink > 1 and st.st_ino not in found:
                    found[st.st_ino] = os.open(path, os.O_PATH | os.O_NOFOLLOW)
        return found

    def excuse(self, name):
        if name:
            self.used[name] = self.used.get(name, 0) + 1
        return name

    def data_is_vague(self, step):
        """Has any file got room without data, or a hole beside what was written through a mapping?"""
        call = step["call"]
        if call == "fallocate":
            call = "punch" if step["args"][1] == choose.PUNCH_HOLE else "allocate"
        self.done.add(call)
        return "allocate" in self.done or {"punch", "map_write"} <= self.done

    def do(self, step):
        """One step on all sides. Raises Failure."""
        if step["call"] in ("scan", "remount", "drop"):
            getattr(self, step["call"])(step)
            return
        step = dict(step, vague=self.data_is_vague(step))
        if step["call"] == "rename" and self.sides[-1].name == "micafs-names":
            results = self.rename_without_redirects(step)
        else:
            results = [side.step(step) for side in self.sides]
        for side, result in zip(self.sides[1:], results[1:]):
            if result == results[0]:
                continue
            excuse = self.excuse(excuses.of_call(side.name, step, results[0], result))
            if excuse in excuses.FOR_GOOD:
                raise Over()
            if not excuse:
                raise Failure(step, "result of " + step["call"],
                              ["%-7s %s" % (s.name + ":", scan.short(r)) for s, r in zip(self.sides, results)] + [side.last_words()])

    def rename_without_redirects(self, step):
        """No directory of a layer moves, which a plain directory has no reason to refuse: it is not asked then."""
        plain, other = self.sides
        old, new, flags = step["args"]
        result = other.step(step)
        if result != "EXDEV":
            return [plain.step(step), result]
        kinds = [plain.step(dict(step, call="lstat", args=(path,))) for path in ([old, new] if flags == system.RENAME_EXCHANGE else [old])]
        if not any(type(st) is dict and st["type"] == "dir" for st in kinds):
            return ["no directory", result]
        self.excuse("directory of a layer")
        return [result, result]

    def scan(self, step):
        found = [side.scan() for side in self.sides]
        for i, side in enumerate(self.sides[1:], 1):
            wrong = scan.differences(found[0][0], found[i][0]) + scan.link_differences(found[0][1], found[i][1])
            wrong += self.moved_inodes(found[0][1], i, found[i][1])
            self.complain(step, "tree: %s", side, wrong, found[0][0], found[i][0])
        for i, (_, inodes) in enumerate(found):
            self.inodes[i] = inodes
        self.hold()

    def complain(self, step, what, side, wrong, plain, other):
        wrong = [w for w in wrong if not self.excuse(excuses.of_tree(side.name, w[0], w[1], plain.get(w[0]), other.get(w[0])))]
        if wrong:
            raise Failure(step, what % wrong[0][1], ["%s: %s: %s (plain and %s)" % (ascii(os.fsdecode(w[0]))[1:-1], w[1], w[2], side.name)
                                                   for w in wrong[:8]] + [side.last_words()])

    def moved_inodes(self, plain, i, ours):
        """Inodes have the number that they had at the last look."""
        before = {self.inodes[0][path]: self.inodes[i].get(path) for path in self.inodes[0] if self.inodes[0][path]}
        found = []
        for path in sorted(plain):
            old = before.get(plain[path])
            if old and ours.get(path) and old[1] != ours[path][1]:
                found.append((path, "st_ino", "%d before, %d now" % (old[1], ours[path][1])))
        return found

    def hold(self):
        side = self.sides[0]
        held = []

        def open_all():
            for path in self.inodes[0]:
                held.append(os.open(path, os.O_PATH | os.O_NOFOLLOW))

        side.inside(open_all)
        for fd in self.held:
            os.close(fd)
        self.held = held

    def remount(self, step):
        for side in self.sides:
            try:
                wrong = side.remount()
            except (OSError, RuntimeError) as e:
                raise Failure(step, "remount", ["%s: %s" % (side.name, e)]) from None
            self.complain(step, "remount: %s", side, wrong, {}, side.scan()[0] if wrong else {})

    def drop(self, step):
        del step
        if not space.inside:
            # Not while another test counts what the kernel asks for: it holds the lock, too (mount/cases/requests.sh).
            lock = os.open(CACHES_LOCK, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            with open("/proc/sys/vm/drop_caches", "w") as f:
                f.write("2")
            os.close(lock)

    def start(self):
        for side in self.sides:
            side.start()

    def finish(self, step):
        """After the last step: as it is, after a remount, as kernel overlayfs sees it, and what is left behind."""
        self.scan(step)
        self.remount(step)
        self.scan(step)
        plain = self.sides[0].scan()
        for side in self.sides:
            try:
                side.finish()
            except (OSError, RuntimeError) as e:
                raise Failure(step, "end", ["%s: %s" % (side.name, e)]) from None
        for path, inode in plain[1].items():
            if inode and inode[1] in self.linked:
                del plain[0][path]
        for side in self.sides[1:]:
            # In a user namespace the kernel follows no redirects.
            if isinstance(side, sides.MicafsNames):
                seen = {path: at for path, at in side.as_layer().items() if path in plain[0] or path not in plain[1]}
                self.complain(step, "tree as a layer: %s", side, scan.differences(plain[0], seen), plain[0], {})
            elif isinstance(side, sides.Mounted) and not isinstance(side, sides.MicafsImage) and not space.inside:
                self.complain(step, "tree to the kernel: %s", side, scan.differences(plain[0], self.to_kernel(side, plain)), plain[0], {})
        changed = self.stack.changed()
        if changed:
            raise Failure(step, "layers", ["%r has changed" % path for path in changed])

    def to_kernel(self, side, plain):
        """The upper as kernel overlayfs reads it. What lower layers have hard links of is left out: names that only they have
        are apart to the kernel without its index."""
        system.mount("overlay", side.root, "overlay", 1, "redirect_dir=follow,metacopy=on,lowerdir=%s" % ":".join([side.upper] + self.stack.layers))
        side.root_fd = os.open(side.root, os.O_PATH)
        seen, _ = side.scan()
        os.close(side.root_fd)
        system.umount(side.root)
        return {path: at for path, at in seen.items() if path in plain[0] or path not in plain[1]}


def generate(stack, names, program, directory, seed, count):
    """Chooses steps and runs them. -> (steps, failure as (kind, lines) or None, excuses)."""
    rng = random.Random(seed)
    it = Run(stack, names, program, directory)
    steps = []
    try:
        it.start()
        chooser = choose.Chooser(rng, it.sides[0])
        special = rng.randrange(60, 140)
        step = None
        for i in range(count):
            step = chooser.next()
            if i % special == special - 1:
                step = {"call": rng.choice(("scan", "remount", "remount", "drop")), "args": []}
            steps.append(step)
            it.do(step)
        it.finish({"call": "end", "args": []})
    except Failure as e:
        return steps, (e.kind, e.lines), it.used
    except Over:
        pass
    return steps, None, it.used


def replay(stack, names, program, directory, steps):
    it = Run(stack, names, program, directory)
    try:
        it.start()
        for step in steps:
            it.do(step)
        it.finish({"call": "end", "args": []})
    except Failure as e:
        return e.kind, e.lines
    except Over:
        pass
    return None


def clean(directory):
    shutil.rmtree(directory, ignore_errors=True)
