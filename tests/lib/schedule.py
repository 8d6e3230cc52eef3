# SPDX-License-Identifier: Apache-2.0
"""Runs tasks at the same time, so many that the machine is busy, each in a session and, as root, a mount namespace of its own.

What a task prints goes to its log, and is shown whole when the task ends; a task that runs alone is shown while it runs. However
this process ends, everything that the tasks have started ends with it: as the reaper of all of them it finds them below itself,
and with the last process of a task's mount namespace go its mounts.
"""
import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
GRACE_SECONDS = 20  # that tasks have to clean up when they are told to end
STRAY_SECONDS = 2  # that what they leave behind has, and then KILL_SECONDS for the kernel to end it
KILL_SECONDS = 20
LIBC = ctypes.CDLL(None)


class Task:
    """A command. `needs` are names of tasks that must have succeeded; what a `quiet` one prints is shown if it fails."""

    def __init__(self, name, command, needs=(), env=None, quiet=False):
        self.name, self.command, self.needs, self.env, self.quiet = name, command, tuple(needs), env or {}, quiet
        self.log = self.pid = self.status = self.began = self.seconds = None
        self.missing = None  # the task that it needs, but that failed

    @property
    def running(self):
        return self.pid is not None and self.status is None

    @property
    def ended(self):
        return self.status is not None or self.missing is not None

    def text(self):
        if self.log is None:
            return ""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()


def in_task():
    """In the new process: it ends with this one, and waits for its children as any process does."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


class Stopped(Exception):
    """By a signal, whose number it has."""


def descendants():
    """All processes below this one, zombies left out."""
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % entry, encoding="utf-8", errors="replace") as f:
                state, parent = f.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(entry)] = int(parent)
    found, more = set(), {os.getpid()}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more} - found
        found |= more
    return found


class Schedule:
    """Starts the tasks in their order, so many at once."""

    def __init__(self, tasks, at_once, logs, root):
        self.tasks, self.at_once, self.logs, self.root = tasks, at_once, logs, root
        self.by_name = {task.name: task for task in tasks}
        loud = [task for task in tasks if not task.quiet]
        self.live = loud[0] if len(loud) == 1 else None  # is shown while it runs
        self.shown = 0  # so many bytes of its log

    # ---- starting

    def start_more(self):
        for task in self.tasks:
            if task.pid is not None or task.ended:
                continue
            needed = [self.by_name[name] for name in task.needs]
            bad = [other for other in needed if other.ended and other.status != 0]
            if bad:
                task.missing = bad[0]
            elif all(other.ended for other in needed):
                if sum(other.running for other in self.tasks) >= self.at_once:
                    return
                self.start(task)

    def start(self, task):
        task.log = os.path.join(self.logs, task.name.replace("/", "-") + ".log")
        command, environment = task.command, dict(os.environ, **task.env)
        if os.geteuid() == 0:
            command, environment["MICA_TEST_APART"] = ["unshare", "--mount"] + command, "1"
        task.began = time.monotonic()
        with open(task.log, "wb") as log:
            task.process = subprocess.Popen(  # pylint: disable=consider-using-with
                command, cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=in_task)
        task.pid = task.process.pid
        if task is not self.live:
            print("---- %s starts" % task.name, flush=True)

    # ---- waiting

    def reap(self):
        """Collects what has ended: tasks, and what they have left to this process."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for task in self.tasks:
                if task.pid == pid and task.status is None:
                    task.status = os.waitstatus_to_exitcode(status)
                    task.process.returncode = task.status  # it has been waited for
                    task.seconds = time.monotonic() - task.began
                    self.at_end(task)

    def at_end(self, task):
        if task is self.live:
            self.show_more()
            return
        print("==== %s (%.0f s)" % (task.name, task.seconds), flush=True)
        if not task.quiet or task.status != 0:
            print(task.text().rstrip("\n"), flush=True)

    def show_more(self):
        if self.live and self.live.log:
            with open(self.live.log, "rb") as log:
                log.seek(self.shown)
                text = log.read()
            self.shown += len(text)
            sys.stdout.buffer.write(text)
            sys.stdout.flush()

    def run(self):
        """Runs all; how each has ended is found in it afterwards. Raises Stopped on a signal."""
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

        def stop(number, _):
            raise Stopped(number)

        ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number in ends:
            signal.signal(number, stop)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a shell's command in the background begins without it
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # it is waited for below
        try:
            self.start_more()
            while not all(task.ended for task in self.tasks):
                signal.sigtimedwait([signal.SIGCHLD], 0.5 if self.live else 60)
                self.reap()
                self.show_more()
                self.start_more()
            for pid in descendants():
                print("left running: %s" % command_of(pid), flush=True)
        finally:
            for number in ends:
                signal.signal(number, signal.SIG_IGN)
            self.end_all()

    def end_all(self):
        """Ends what still runs: tasks get a moment to clean up."""
        for task in self.tasks:
            if task.running:
                os.killpg(task.pid, signal.SIGTERM)
        end = time.monotonic() + GRACE_SECONDS
        while any(task.running for task in self.tasks) and time.monotonic() < end:
            signal.sigtimedwait([signal.SIGCHLD], 1)
            self.reap()
        end = time.monotonic() + STRAY_SECONDS
        while (left := descendants()) and time.monotonic() < end + KILL_SECONDS:
            for pid in left if time.monotonic() > end else ():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            signal.sigtimedwait([signal.SIGCHLD], 0.1)
            self.reap()


def command_of(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            return f.read().replace(b"\0", b" ").decode(errors="replace").strip()[:200] or "process %d" % pid
    except OSError:
        return "process %d" % pid
