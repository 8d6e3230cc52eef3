# SPDX-License-Identifier: Apache-2.0
"""What every benchmark needs: running and timing commands, fresh file systems, medians, tables."""
import contextlib
import os
import shutil
import statistics
import subprocess
import tempfile
import time


class Timed:
    def __init__(self, seconds, peak_kib):
        self.seconds, self.peak_mib = seconds, peak_kib / 1024


def run(*command, **options):
    """Runs a command that must succeed; quiet unless it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          **options)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(command), done.stdout.decode("utf-8", "replace")[-2000:]))
    return done.stdout.decode("utf-8", "replace")


def timed(*command, **options):
    """The same, timed; peak memory is that of the largest process."""
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            raise RuntimeError("%s: %s" % (" ".join(command), output.read()[-2000:].decode("utf-8", "replace")))
    return Timed(seconds, usage.ru_maxrss)


def leave(point, tries=100):
    """Unmounts, once the daemons of what was mounted in it have let go of it. With what an engine has bound in it on itself."""
    while subprocess.run(("umount", "-R", point), stderr=subprocess.DEVNULL, check=False).returncode != 0:
        tries -= 1
        if tries == 0:
            run("umount", "-R", point)
        time.sleep(0.1)


@contextlib.contextmanager
def fresh_ext4(scratch, mib=3072):
    """A new ext4 in a loop file: extracting where a like tree was just removed gets slower run by run, so each run has its
    own file system."""
    backing, point = os.path.join(scratch, "ext4.img"), os.path.join(scratch, "ext4")
    with open(backing, "wb") as file:
        file.truncate(mib << 20)
    os.makedirs(point, exist_ok=True)
    run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", backing)
    run("mount", "-o", "loop", backing, point)
    try:
        yield point
    finally:
        leave(point)
        os.unlink(backing)


@contextlib.contextmanager
def scratch_directory():
    path = tempfile.mkdtemp(prefix="mica-bench.", dir=os.environ.get("TMPDIR", "/var/tmp"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def warm(*paths):
    """Reads files and looks at names, so that what is measured does not wait for a disk."""
    for path in paths:
        subprocess.run("find %s -xdev -type f -exec cat {} + >/dev/null" % path, shell=True, check=True)


def settle():
    """Earlier runs leave the data they wrote to be written back; that is not this one's cost."""
    os.sync()


def median(values):
    return statistics.median(values)


def table(title, columns, rows):
    print("\n" + title)
    widths = [max(len(str(row[i])) for row in [columns] + rows) for i in range(len(columns))]
    for row in [columns] + rows:
        cells = [str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  " + "  ".join(cells).rstrip())
