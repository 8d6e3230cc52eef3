# SPDX-License-Identifier: Apache-2.0
"""One operation with a fault at each of its calls, and what must be true after it."""
import errno
import os
import random
import signal
import time
import zlib

import fixture
import mounts
import operations
import state

ERRORS = [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EMFILE, errno.EPERM, errno.ENOMEM]
CASE_SECONDS = 240
MORE_CALLS = 20  # a fault may make a longer way of it
ALIKE = 1
SOME = 40  # faults of an operation at a time, when there is an end
MOST_FAILURES = 6  # of one operation; more say nothing new

# What is done besides the operations: looking at everything, and mounting.
WALK, MOUNT = "walk", "mount"
operations.TABLE[WALK] = operations.TABLE[MOUNT] = None


class Fault:
    def __init__(self, mode, at, error=0, warm=False, classes=mounts.ALL):
        self.mode, self.at, self.error, self.warm, self.classes = mode, at, error, warm, classes

    def kills(self):
        return self.mode in (mounts.KILL_BEFORE, mounts.KILL_AFTER)

    def text(self, call):
        what = {mounts.COUNT: "nothing", mounts.FAIL: errno.errorcode.get(self.error, "") + " at", mounts.KILL_BEFORE: "killed before",
                mounts.KILL_AFTER: "killed after"}[self.mode]
        return "%s call %d (%s)%s" % (what, self.at, call, ", cache filled" if self.warm else "")


class Run:
    """What came of an operation: its error, whether there was a fault, and what was seen."""

    def __init__(self):
        self.error = self.call = self.shown = self.again = self.walked = None
        self.hit = False
        self.names, self.changes = [], []
        self.problems = []


def perform(bed, name, run):
    """The operation itself, in the mount; the fault is armed by `run` at its yield."""
    slots = operations.Slots()
    os.chdir(bed.root)
    steps = operations.TABLE[name](slots)
    try:
        next(steps)
        run.arm()
        try:
            next(steps)
        except StopIteration:
            pass
    except OSError as e:
        run.error = e.errno
    finally:
        run.disarm()
        steps.close()
        slots.close()
        os.chdir("/")


class Case:
    def __init__(self, bed, name, fault):
        self.bed, self.name, self.fault = bed, name, fault
        self.run = Run()
        self.run.arm, self.run.disarm = self.arm, self.disarm

    def arm(self):
        self.bed.control.arm(self.fault.mode, self.fault.at, self.fault.error, self.fault.classes)

    def disarm(self):
        count, self.run.hit = self.bed.control.disarm()
        if not self.run.names:
            calls = self.bed.control.calls(count)
            self.run.names = [name for name, _ in calls]
            self.run.changes = [name for name, kind in calls if kind & mounts.CHANGE]
        if self.run.hit:
            self.run.call = self.run.names[self.fault.at - 1]

    def daemon_ends(self, m):
        killed = self.run.hit and self.fault.kills()
        status = m.end()
        if status != 0 and not killed:
            self.run.problems.append("micafs ended with status %d: %s" % (status, m.last_words()))

    def first_mount(self):
        """Where mounting is the operation, there may be none."""
        if self.name != MOUNT:
            return self.bed.mount()
        leave_behind(self.bed)
        self.arm()
        try:
            return self.bed.mount()
        except mounts.CannotMount:
            self.run.error = errno.EIO
            return None
        finally:
            self.disarm()

    def first_part(self):
        m = self.first_mount()
        if m is None:
            return
        if self.fault.warm:
            state.scan(self.bed.root)
        if self.name == WALK:
            self.arm()
            self.run.walked = state.scan(self.bed.root)
            self.disarm()
        elif self.name != MOUNT:
            perform(self.bed, self.name, self.run)
        if not (self.run.hit and self.fault.kills()):
            self.run.shown = state.scan(self.bed.root)
        self.daemon_ends(m)

    def do(self):
        self.bed.fresh_branch()
        self.first_part()
        m = self.bed.mount()
        self.run.again = state.scan(self.bed.root)
        status = m.end()
        if status != 0:
            self.run.problems.append("micafs ended with status %d after the remount: %s" % (status, m.last_words()))
        return self.run


def leave_behind(bed):
    """What a daemon that was killed may leave."""
    work = os.path.join(bed.branch, "work/work")
    os.makedirs(os.path.join(work, "#5/x/y"))
    fixture.make(os.path.join(work, "#7"), b"of a copy that was not finished")
    os.mknod(os.path.join(work, "#5/x/whiteout"), 0o20000, 0)


def look_at(bed, prepare=None):
    """What the bed's branch shows before anything is done, or when the operation `prepare` is about to begin."""
    bed.fresh_branch()
    m = bed.mount()
    if prepare:
        os.chdir(bed.root)
        steps = operations.TABLE[prepare](operations.Slots())
        next(steps)
        os.chdir("/")
    seen = state.scan(bed.root)
    m.end()
    return state.lasting(seen)


class Worker:
    def start(self, programs, directory):
        self.programs, self.directory, self.beds, self.met = programs, directory, {}, {}
        signal.signal(signal.SIGALRM, self.too_long)

    def bed(self, kind):
        if kind not in self.beds:
            base = os.path.join(self.directory, kind)
            os.mkdir(base)
            self.beds[kind] = fixture.Bed(self.programs, base, kind)
            self.beds[kind].before = look_at(self.beds[kind])
            self.beds[kind].layers_before = [state.untouched(layer) for layer in self.beds[kind].layers]
        return self.beds[kind]

    @staticmethod
    def too_long(*_):
        raise TimeoutError("no end after %d seconds" % CASE_SECONDS)

    def do(self, bed, name, fault):
        """A daemon that hangs is ended, so that whoever waits for it goes on."""
        case = Case(bed, name, fault)
        signal.alarm(CASE_SECONDS)
        try:
            return case.do()
        finally:
            signal.alarm(0)

    def unlike(self, names, what=""):
        """Which calls to disturb where not all can be: those that have not been met often among the same neighbours."""
        chosen = []
        for i, name in enumerate(names):
            alike = (what, names[i - 2] if i > 1 else "", names[i - 1] if i else "", name, names[i + 1] if i + 1 < len(names) else "")
            self.met[alike] = self.met.get(alike, 0) + 1
            if self.met[alike] <= ALIKE:
                chosen.append(i + 1)
        return chosen

    def run(self, name, kind, thorough, end):
        """-> (name, kind, counts, failures)"""
        tester = Tester(self, self.bed(kind), name, thorough, end)
        failures = tester.test()
        return name, kind, tester.counts, failures


class Tester:
    def __init__(self, worker, bed, name, thorough, end):
        self.worker, self.bed, self.name, self.thorough, self.end = worker, bed, name, thorough, end
        self.failures, self.faults, self.names = [], 0, {}
        self.counts = {}

    def test(self):
        self.before = look_at(self.bed, self.name) if self.name in operations.PREPARED else self.bed.before
        for warm in (False, True):
            fault = Fault(mounts.COUNT, 0, warm=warm)
            run = self.worker.do(self.bed, self.name, fault)
            if not warm:
                self.after, self.reference = state.lasting(run.again), run
            self.names[warm] = run.names
            self.check(fault, run)
        self.names["changes"] = run.changes
        if self.bed.kind == "full" and len(run.names) > operations.CALLS.get(self.name, len(run.names)):
            self.failures.append("undisturbed: %d calls, not %d at most: %s" % (
                len(run.names), operations.CALLS[self.name], " ".join(run.names)))
        self.counts = {"change": len(run.changes), "warm": len(self.names[True]), "cold": len(self.names[False])}
        for faults in self.faults_of():
            self.all_of(faults)
        self.counts["faults"] = self.faults
        return self.failures

    def faults_of(self):
        """Lists of faults; one that is not reached ends its list."""
        if self.thorough == "all":
            return self.every_fault()
        if self.thorough == "some":
            every = [fault for faults in self.every_fault() for fault in faults]
            return [[fault] for fault in random.sample(every, min(len(every), SOME))]
        shift = zlib.crc32(self.name.encode())
        return [[Fault(mounts.FAIL, at, ERRORS[(at + shift) % len(ERRORS)], warm) for at in self.worker.unlike(self.names[warm])]
                for warm in (True, False)] + [
                    [Fault(mounts.KILL_AFTER, at, 0, True, mounts.CHANGE) for at in self.worker.unlike(self.names["changes"], "kill")]]

    def every_fault(self):
        lists = []
        for warm in (True, False):
            calls = range(1, len(self.names[warm]) + MORE_CALLS)
            for shift in range(len(ERRORS)):
                lists.append([Fault(mounts.FAIL, at, ERRORS[(at + shift) % len(ERRORS)], warm) for at in calls])
            for mode in (mounts.KILL_BEFORE, mounts.KILL_AFTER):
                lists.append([Fault(mode, at, 0, warm, mounts.CHANGE) for at in range(1, len(self.names["changes"]) + MORE_CALLS)])
        return lists

    def all_of(self, faults):
        for fault in faults:
            if len(self.failures) >= MOST_FAILURES or (self.end and time.monotonic() > self.end):
                return
            try:
                run = self.worker.do(self.bed, self.name, fault)
            except (mounts.CannotMount, TimeoutError) as e:
                self.failures.append("%s: %s" % (fault.text("?"), e))
                return
            if not run.hit:
                return
            self.faults += 1
            self.check(fault, run)

    def check(self, fault, run):
        problems = list(run.problems)
        again = state.lasting(run.again)
        if run.shown is not None:
            shown, again_all = (state.without_times_of_dirs(s) if run.call == "utimensat" else s for s in (run.shown, run.again))
            if not self.bed.prefix and run.error is not None:  # the kernel still has the number that the file had in the layer
                shown, again_all = (state.without(s, "ino") for s in (shown, again_all))
            problems += ["the remount shows otherwise: " + d for d in state.differences(shown, again_all)]
        problems += self.old_or_new(fault, run, again)
        problems += self.answer(fault, run)
        problems += state.garbage(self.bed.branch, run.again, self.bed.prefix)
        for layer, before in zip(self.bed.layers, self.bed.layers_before):
            if state.untouched(layer) != before:
                problems.append("the layer %s has changed" % layer)
        if problems:
            text = "%s, answer %s:" % (fault.text(run.call), errno.errorcode.get(run.error, "success"))
            self.failures.append("\n    ".join([text] + problems[:8]))

    def old_or_new(self, fault, run, again):
        if again == self.after and self.name != WALK:
            return []
        if again == self.before and (run.error is not None or (fault.kills() and run.hit)):
            return []
        if not self.bed.prefix and fault.kills() and run.hit and state.is_between(self.before, self.after, again):
            return []
        if again == self.before and self.name in (WALK, MOUNT):
            return self.walk_differences(run) if run.walked else []
        return ["neither old nor new; from the new: " + d for d in state.differences(self.after, again)]

    def walk_differences(self, run):
        """What is seen on a walk is right, or an error."""
        walked = state.lasting(run.walked)
        bad = {path for path in walked if "error" in walked[path]}
        right = {p: e for p, e in self.before.items() if p not in bad and not any(p.startswith(b + "/") or b == "." for b in bad)}
        return ["seen on the walk: " + d for d in state.differences(right, {p: e for p, e in walked.items() if p not in bad})]

    def answer(self, fault, run):
        """The error is the one that was injected, or the operation's own."""
        if fault.kills() or run.error is None or run.error == self.reference.error or self.name == MOUNT:
            return []
        return [] if run.error in (fault.error, errno.ENOMEM) else ["the error is %s" % errno.errorcode.get(run.error)]


WORKER = Worker()
