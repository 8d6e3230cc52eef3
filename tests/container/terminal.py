# SPDX-License-Identifier: Apache-2.0
"""mica run -it and mica shell on a terminal: `terminal.py run|shell|ends MICA-WORD...`. Says what is wrong, and fails."""
import fcntl
import glob
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios

SECONDS = 100  # less than the test itself may take, so that it says what it waited for
MICA = sys.argv[2:]


class Session:
    """A program on a terminal of its own; what it prints is read as it comes."""

    def __init__(self, *words, rows=33, columns=77):
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(MICA + list(words), stdin=slave, stdout=slave, stderr=slave,
                                        preexec_fn=self.become_leader)
        self.text = ""

    @staticmethod
    def become_leader():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def expect(self, pattern):
        """Reads until what came since the last time matches."""
        while not (match := re.search(pattern, self.text)):
            ready, _, _ = select.select([self.master], [], [], SECONDS)
            if not ready:
                sys.exit("nothing like %r came: %r" % (pattern, self.text))
            self.text += os.read(self.master, 4096).decode(errors="replace")
        self.text = self.text[match.end():]
        return match

    def end(self, status):
        """Its exit status must be this, and the terminal as it was."""
        got = self.process.wait(SECONDS)
        after = termios.tcgetattr(self.slave)
        os.close(self.master)
        os.close(self.slave)
        if got != status:
            sys.exit("exit status %d, not %d" % (got, status))
        if after != self.before:
            sys.exit("the terminal's mode is another one afterwards")


def run():
    s = Session("run", "--rm", "-it", "pyapp", "sh", "-c", "stty size; echo $TERM; tty; echo up; cat; exit 3")
    s.expect(r"33 77\r\n")
    s.expect(r"xterm\r\n")
    s.expect(r"/dev/pts/0\r\n")
    s.expect(r"up\r\n")
    s.type("echoed\r")
    s.expect(r"echoed\r\nechoed\r\n")  # by the terminal, then by cat
    s.type("\x04")
    s.end(3)

    s = Session("run", "--rm", "-it", "pyapp", "sh", "-c",
                "trap 'stty size; exit 5' WINCH; trap 'echo interrupted' INT; echo up; while :; do sleep 0.1; done")
    s.expect(r"up\r\n")
    s.type("\x03")
    s.expect(r"interrupted\r\n")
    s.resize(44, 55)
    os.kill(s.process.pid, signal.SIGWINCH)
    s.expect(r"44 55\r\n")
    s.end(5)

    # All that was printed arrives, though the container has ended by then.
    s = Session("run", "--rm", "-it", "pyapp", "seq", "1", "20000")
    s.expect(r"\n20000\r\n")
    s.end(0)


def shell():
    """Leaves a shell with every answer; a question is asked again when it is not clear or cannot be done."""
    def left(typed, *answers, status=0, options=()):
        s = Session("shell", *options, "pyapp")
        s.expect(r"[$#] $")
        s.type(typed + "\r")
        s.type("exit\r" if status == 0 else "exit %d\r" % status)
        for answer, then in answers:
            s.expect(r"delete: do not\) $")
            s.type(answer)
            s.expect(then)
        s.end(status)

    left("true")
    left("touch /x", ("delete\r", ""))
    left("touch /x", ("\r", "kept as branch"))
    left("touch /x", ("\x04", "kept as branch"), status=7)
    left("touch /x", ("n\r", "answer with one of these"), ("\x03", "kept as branch"))
    left("touch /x", ("what?\r", "answer with one of these"), ("b ../x\r", "mica: "), ("b here\r", "kept as branch here"))
    left("rm -r /usr/share/base-files", ("b here\r", "branch here exists"), ("no\r", ""))
    left("rm /etc/motd", ("i a//b\r", "mica: "), ("i shell:1\r", "kept as image shell:1"))
    left("touch /z", ("i pyapp\r", "only name of another image"), ("delete\r", ""))
    left("for i in $(seq 100); do >/tmp/$i; done", ("l\r", r"A /tmp/99\r\n"), ("\x03", "kept as branch"))
    left("touch /y", options=("--branch", "here"))


def branches():
    return len(subprocess.run([*MICA, "branches", "--quiet"], stdout=subprocess.PIPE, check=True).stdout.split())


def ends():
    """The terminal hangs up, or a signal comes, at each moment; then one branch more is there."""
    def hang_up(s):
        os.close(s.slave)
        os.close(s.master)  # the kernel sends SIGHUP to the session

    def kill(signal_number):
        return lambda s: os.kill(s.process.pid, signal_number)

    def at_the_question(s):
        s.type("exit\r")
        s.expect(r"delete: do not\) $")

    def while_it_commits(s):
        at_the_question(s)
        s.type("i shell:ends\r")
        while not any(os.path.getsize(blob) for blob in glob.glob(MICA[-1] + "/tmp/*/blob")):
            if s.process.poll() is not None:
                sys.exit("the commit ended before anything was seen of it")

    # A signal ends the shell, if anything: then the question comes.
    for moment, last, reasons in ((lambda s: None, "touch /x", (hang_up,)),
                                  (at_the_question, "touch /x", (hang_up, kill(signal.SIGTERM), kill(signal.SIGKILL))),
                                  (while_it_commits, "head -c 64M /dev/urandom >/big; touch /x", (hang_up,))):
        for number, reason in enumerate(reasons):
            before = branches()
            s = Session("shell", "pyapp")
            s.expect(r"[$#] $")
            s.type(last + "; echo done\r")
            s.expect(r"[\r\n]done\r\n")
            s.expect(r"[$#] $")
            moment(s)
            reason(s)
            s.process.wait(SECONDS)
            if branches() != before + 1:
                sys.exit("%s: reason %d leaves %d branches, not %d" % (moment.__name__, number, branches(), before + 1))
            if reason is not hang_up:
                os.close(s.slave)
                os.close(s.master)


{"run": run, "shell": shell, "ends": ends}[sys.argv[1]]()
