# SPDX-License-Identifier: Apache-2.0
"""From a failure to the few steps that it takes, and how they read."""
import fcntl
import os
import pickle
import stat
import time

import layers
import rounds
import system

SHRINK_SECONDS = 120


def in_parallel(workers):
    """Each worker's work() in a process of its own; -> what they return."""
    pipes = []
    for worker in workers:
        reads, writes = os.pipe()
        if os.fork() == 0:
            status = 1
            try:
                os.close(reads)
                done = worker.work()
                with os.fdopen(writes, "wb") as f:
                    pickle.dump(done, f)
                status = 0
            finally:
                if status:
                    import traceback
                    traceback.print_exc()
                os._exit(status)
        os.close(writes)
        pipes.append(reads)
    done = []
    for reads, worker in zip(pipes, workers):
        with os.fdopen(reads, "rb") as f:
            data = f.read()
        if data:
            done.append(pickle.loads(data))
        else:
            worker.failed += 1
            done.append(worker)
        os.wait()
    return done


class Case:
    def __init__(self, directory, options, side, count, things):
        self.directory, self.o, self.side = directory, options, side
        self.count, self.things = count, things
        self.number = 0
        self.stack = self.make_stack(things)

    def make_stack(self, things):
        self.number += 1
        return rounds.Stack(os.path.join(self.directory, "stack-%d" % self.number), self.count, things,
                            self.o.mica if self.side == "image" else None)

    def fresh(self):
        self.number += 1
        return os.path.join(self.directory, "run-%d" % self.number)

    def isolated(self, function, names, *args, stack=None):
        directory = self.fresh()
        try:
            return rounds.isolated(function, stack or self.stack, names, self.o.micafs, directory, *args)
        finally:
            rounds.clean(directory)

    def generate(self, seed):
        try:
            return self.isolated(rounds.generate, [self.side], seed, self.o.calls)
        except rounds.Stuck:
            return [], ("stuck", ["no answer for %d s" % rounds.RUN_SECONDS]), {}
        except RuntimeError as e:
            return [], ("broken", str(e).splitlines()), {}

    def fails(self, steps, stack=None):
        try:
            return self.isolated(rounds.replay, [self.side], steps, stack=stack)
        except (rounds.Stuck, RuntimeError) as e:
            return "broken", [str(e)]

    def shrink(self, items, fails):
        """Leaves out what the failure does not take, while there is time: halves, quarters, ..., single ones."""
        end = time.monotonic() + SHRINK_SECONDS
        size = max(1, len(items) // 2)
        while size and time.monotonic() < end:
            i, before = 0, len(items)
            while i < len(items) and time.monotonic() < end:
                fewer = items[:i] + items[i + size:]
                if fails(fewer):
                    items = fewer
                else:
                    i += size
            if size > 1 or len(items) == before:
                size //= 2
        return items

    def explain(self, steps, failure, shrink):
        if not steps:
            print("\n".join("    " + line for line in failure[1]))
            return
        kind, lines = failure
        if shrink:
            again = self.fails(steps)
            if not again or again[0] != kind:
                print("  not the same again: %s" % (again,))
            else:
                steps = self.shrink(steps, lambda fewer: (self.fails(fewer) or ("",))[0] == kind)
                self.things = self.shrink(self.things, lambda fewer: self.fails_on(fewer, steps, kind))
                self.stack = self.make_stack(self.things)
                lines = (self.fails(steps) or ("", ["not any more"]))[1]
        print("  %d layers:" % self.count)
        for thing in self.things:
            print("    " + layers.describe(thing))
        print("  steps:")
        for step in steps[-60:]:
            print("    " + readable(step))
        for line in "\n".join(lines).splitlines():
            print("  | " + line)
        if shrink and self.side not in ("kernel", "plain"):
            kernel = self.kernel(steps)
            print("  kernel overlayfs: %s" % ("the same as the plain directory" if kernel is None else "\n  | ".join(kernel[1])))

    def fails_on(self, things, steps, kind):
        stack = None
        try:
            stack = self.make_stack(things)
            return (self.fails(steps, stack) or ("",))[0] == kind
        except RuntimeError:
            return False
        finally:
            if stack:
                rounds.clean(stack.base)

    def kernel(self, steps):
        try:
            return self.isolated(rounds.replay, ["kernel"], steps)
        except (rounds.Stuck, RuntimeError) as e:
            return "broken", [str(e)]


# ---- reading steps

OPEN_FLAGS = [(system.O_TMPFILE, "O_TMPFILE")] + [(getattr(os, n), n) for n in (
    "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_NOFOLLOW", "O_DIRECTORY", "O_PATH")]
ACCESS = ("O_RDONLY", "O_WRONLY", "O_RDWR")
MODES = {"mkdir": (1,), "chmod": (1,), "fchmod": (1,), "open": (3,), "tmpfile": (3,), "mknod": (1,), "replace": (3,), "write_file": (4,)}
FLAGS = {"open": 2, "tmpfile": 2, "write_file": 3}
WORDS = {"rename": (2, {0: "0", 1: "NOREPLACE", 2: "EXCHANGE"}),
         "lseek": (2, {0: "SET", 1: "CUR", 2: "END", os.SEEK_DATA: "DATA", os.SEEK_HOLE: "HOLE"}),
         "flock": (1, {fcntl.LOCK_SH: "SH", fcntl.LOCK_EX: "EX", fcntl.LOCK_UN: "UN"})}


def open_flags(flags):
    words = [ACCESS[flags & 3]]
    for value, name in OPEN_FLAGS:
        if flags & value == value:
            words.append(name)
            flags &= ~value
    return "|".join(words)


def readable(step):
    name, args = step["call"], step["args"]
    words = []
    for i, arg in enumerate(args):
        if i in MODES.get(name, ()):
            kind = stat.S_IFMT(arg)
            words.append(("%s|" % rounds.scan.KINDS[kind] if kind else "") + "0%o" % stat.S_IMODE(arg))
        elif FLAGS.get(name) == i:
            words.append(open_flags(arg))
        elif name in WORDS and WORDS[name][0] == i:
            words.append(WORDS[name][1][arg])
        elif isinstance(arg, bytes):
            words.append('"%s"' % ascii(os.fsdecode(arg))[1:-1])
        elif isinstance(arg, tuple):
            words.append({system.UTIME_NOW: "now", system.UTIME_OMIT: "omit"}.get(arg[1], "%d.%09d" % arg))
        else:
            words.append(str(arg))
    text = "%s(%s)" % (name, ", ".join(words))
    extra = []
    if step.get("user"):
        extra.append("as %d" % step["user"])
    if step.get("cwd") is not None:
        extra.append("in slot %d" % step["cwd"])
    if step.get("umask", 0o022) != 0o022:
        extra.append("umask 0%o" % step["umask"])
    return text + ("    # " + ", ".join(extra) if extra else "")
