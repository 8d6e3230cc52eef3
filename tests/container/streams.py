# SPDX-License-Identifier: Apache-2.0
"""The standard streams of mica run: `streams.py CHECK RUNTIME MICA-WORD...`. Says what is wrong, and fails.

The checks are attacks on what the caller has for its streams, and what a pipeline expects of them."""
import errno
import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios

CHECK, RUNTIME, MICA = sys.argv[1], sys.argv[2], sys.argv[3:]
SECONDS = 50  # less than the test itself may take

# What a program in the container does with descriptors that it was given; says what it came to.
ATTACK = r"""
import fcntl, os, stat, struct, sys, termios
found = []
def attempt(name, act):
    try:
        act()
        found.append(name)
    except OSError:
        pass
def reopened(n, flags, act):
    fd = os.open("/proc/self/fd/%d" % n, flags | os.O_NONBLOCK | os.O_NOCTTY)
    act(fd)
for n in range(3):
    kind = os.fstat(n).st_mode
    if os.isatty(n):
        found.append("terminal %d" % n)
        attempt("typing %d" % n, lambda: fcntl.ioctl(n, termios.TIOCSTI, b"x"))
        attempt("reading %d" % n, lambda: reopened(n, os.O_RDWR, lambda fd: termios.tcgetattr(fd)))
    if stat.S_ISREG(kind):
        found.append("file %d" % n)
        attempt("rewinding %d" % n, lambda: os.lseek(n, 0, 0))
        attempt("cutting %d" % n, lambda: os.ftruncate(n, 0))
        attempt("reopening %d" % n, lambda: reopened(n, os.O_WRONLY | os.O_TRUNC, lambda fd: os.write(fd, b"evil\n")))
attempt("typing", lambda: fcntl.ioctl(os.open("/dev/tty", os.O_RDWR), termios.TIOCSTI, b"x"))
print("attacked:", " ".join(found), file=sys.stderr)
"""


def start(*words, **streams):
    return subprocess.Popen(MICA + ["run", "--rm", "--runtime", RUNTIME] + list(words), **streams)


def finish(process, status=0):
    got = process.wait(SECONDS)
    if got != status:
        sys.exit("exit status %d, not %d" % (got, status))


def same(what, wanted, got):
    if wanted != got:
        sys.exit("%s: %r, not %r" % (what, got[:300], wanted[:300]))


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def terminal_is_the_caller_s():
    """Without -t a container has no terminal, whatever the caller has."""
    master, slave = pty.openpty()

    def lead():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    for options in [], ["-i"]:
        process = start(*options, "pyapp", "python3", "-c", ATTACK, stdin=slave, stdout=slave, stderr=slave, preexec_fn=lead)
        said = b""
        while b"attacked:" not in said or not said.endswith(b"\n"):
            if not select.select([master], [], [], SECONDS)[0]:
                sys.exit("nothing came but %r" % said)
            said += os.read(master, 4096)
        finish(process)
        same("the caller's terminal", b"attacked: \r\n", said)
        # It is a session's terminal once: the next one gets another.
        os.close(slave)
        os.close(master)
        master, slave = pty.openpty()


def files_are_the_caller_s():
    """A log that is appended to, and a file that is read, cannot be cut, rewound or written."""
    for options, left in ([], b"read\n"), (["-i"], b""):
        write("input", b"gone\nread\n")
        write("log", b"before\n")
        stdin, log = os.open("input", os.O_RDWR), os.open("log", os.O_WRONLY | os.O_APPEND)
        os.read(stdin, 5)
        finish(start(*options, "pyapp", "python3", "-c", ATTACK, stdin=stdin, stdout=log, stderr=log))
        same("the log", b"before\nattacked: \n", read("log"))
        same("the input", b"gone\nread\n", read("input"))
        # Without -i it is not read either.
        same("what is left of the input", left, os.read(stdin, 100))


def every_user_can_open_them():
    """Programs open /dev/stdout and /dev/stderr, also those that are not root."""
    process = start("-i", "-u", os.environ["STREAMS_USER"], "pyapp", "sh", "-c",
                    "cat /dev/stdin >/dev/stdout; echo err >/dev/stderr; echo more >>/proc/self/fd/1",
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(b"in\n", SECONDS)
    same("standard error", b"err\n", err)
    same("standard output", b"in\nmore\n", out)


def one_file_keeps_the_order():
    log = os.open("order", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    finish(start("pyapp", "python3", "-uc",
                 "import os\nfor i in range(3000): os.write(1 + i % 2, b'%d\\n' % i)", stdout=log, stderr=log))
    same("the order", b"".join(b"%d\n" % i for i in range(3000)), read("order"))


def the_end_of_input_arrives():
    process = start("-i", "pyapp", "sh", "-c", "cat; echo end", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(b"x" * 300000)
    process.stdin.close()
    same("what was echoed", b"x" * 300000 + b"end\n", process.stdout.read())
    finish(process)
    # Nor does input that nobody takes keep the container.
    endless = subprocess.Popen(["yes"], stdout=subprocess.PIPE)
    process = start("-i", "pyapp", "head", "-n", "1", stdin=endless.stdout, stdout=subprocess.PIPE)
    endless.stdout.close()
    same("the first line", b"y\n", process.stdout.read())
    finish(process)
    endless.wait(SECONDS)


def a_reader_that_is_gone_ends_it():
    """As in a pipeline; and that what could be printed is not lost in silence."""
    process = start("pyapp", "sh", "-c", "yes; exit $?", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(10)
    process.stdout.close()
    same("standard error", b"", process.stderr.read())
    finish(process, 128 + signal.SIGPIPE)
    for stream, words in ("output", "echo x"), ("error", "echo x >&2"):
        full = os.open("/dev/full", os.O_WRONLY)
        other = {"stderr": subprocess.PIPE, "stdout": full} if stream == "output" else {"stdout": subprocess.PIPE, "stderr": full}
        process = start("pyapp", "sh", "-c", words, **other)
        said = (process.stderr or process.stdout).read()
        finish(process, 125)
        same("what is said", b"mica: standard output: No space left on device\n" if stream == "output" else b"", said)
    # A descriptor that is closed is no stream, and not another file either.
    process = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&-', "-"] + MICA + ["run", "--rm", "-i", "--runtime", RUNTIME,
                               "pyapp", "sh", "-c", "cat; echo x"], stderr=subprocess.PIPE)
    said = process.stderr.read()
    finish(process, 125)
    same("what is said", b"mica: standard input: Bad file descriptor\nmica: standard output: Bad file descriptor\n", said)


def modes_are_the_caller_s():
    """Descriptors that do not wait are waited for, and all stay as they were."""
    for flags in 0, os.O_NONBLOCK:
        in_read, in_write = os.pipe()
        out_read, out_write = os.pipe()
        for fd in in_read, out_write:
            fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) & ~os.O_NONBLOCK | flags)
        before = [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (in_read, out_write)]
        process = start("-i", "pyapp", "sh", "-c", "read x; seq 1 100000; echo $x", stdin=in_read, stdout=out_write)
        seen = os.read(out_read, 1) if flags == 2 else b""
        os.write(in_write, b"late\n")
        wanted = b"".join(b"%d\n" % i for i in range(1, 100001)) + b"late\n"
        while len(seen) < len(wanted):
            part = os.read(out_read, 65536)
            same("modes meanwhile", before, [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (in_read, out_write)])
            seen += part
        same("the output", wanted, seen)
        finish(process)
        same("modes", before, [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (in_read, out_write)])
        for fd in in_read, in_write, out_read, out_write:
            os.close(fd)


def a_second_signal_ends_it():
    """Whoever has stopped reading is not waited for."""
    process = start("pyapp", "yes", stdout=subprocess.PIPE)
    process.stdout.read(10)
    process.send_signal(signal.SIGTERM)
    while process.poll() is None:
        process.send_signal(signal.SIGTERM)
    finish(process, 128 + signal.SIGKILL)


globals()[CHECK]()
