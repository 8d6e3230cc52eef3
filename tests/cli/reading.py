# SPDX-License-Identifier: Apache-2.0
"""What `mica import -` says while it reads: `reading.py MICA ARCHIVE`. Says what is wrong, and fails."""
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import fcntl
import termios

SECONDS = 60
mica, archive = sys.argv[1:]


def read_until(fd, word, text=""):
    """-> all that was read; a failure when `word` does not come"""
    while word not in text:
        if not select.select([fd], [], [], SECONDS)[0]:
            sys.exit("waited for %r, got %r" % (word, text))
        try:
            data = os.read(fd, 65536)
        except OSError:  # the other end of the terminal is closed
            data = b""
        if not data:
            sys.exit("no %r in %r" % (word, text))
        text += data.decode()
    return text


def terminal(columns):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    return master, slave


def bytes_and_rate(columns):
    """Half of an archive has come through the pipe: what there is stands on the terminal, and is gone at the end."""
    with open(archive, "rb") as file:
        data = file.read()
    master, slave = terminal(columns)
    program = subprocess.Popen([mica, "import", "--name", "c%d" % columns, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    program.stdin.write(data[:len(data) // 2])
    program.stdin.flush()
    shown = read_until(master, "B/s")
    line = shown.split("\r")[-1].replace("\x1b[K", "")
    if len(line) >= columns or "%" in line or (columns >= 80 and "reading the archive" not in line):
        sys.exit("%d columns: %r" % (columns, shown))
    program.stdin.write(data[len(data) // 2:])
    program.stdin.close()
    told = program.stdout.read().decode()
    if program.wait(SECONDS) != 0 or "c%d  sha256:" % columns not in told:
        sys.exit("%d columns: status %d, %r" % (columns, program.returncode, told))
    os.close(master)


def waits_on_a_terminal():
    """With nothing but a keyboard to read from it says so, and Ctrl-C ends it."""
    master, slave = terminal(80)
    program = subprocess.Popen([mica, "import", "-"], stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.close(slave)
    read_until(program.stderr.fileno(), "waiting for an archive on standard input")
    program.send_signal(signal.SIGINT)
    if program.wait(SECONDS) != 128 + signal.SIGINT:
        sys.exit("status %d after SIGINT" % program.returncode)
    os.close(master)


for width in (25, 40, 80, 200):
    bytes_and_rate(width)
waits_on_a_terminal()
