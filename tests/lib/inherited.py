# SPDX-License-Identifier: Apache-2.0
"""Each verb with each odd thing that a process can inherit: `inherited.py GROUP IMAGE DIRECTORY MICA-WORD...`.

IMAGE is in the store. DIRECTORY is an empty one to work in. What a verb does and prints is the same as with nothing odd, or
it says in lines of its own why not, ends with its status for failures, and leaves nothing half-made. It never hangs.
"""
import os
import resource
import signal
import subprocess
import sys

GROUP, IMAGE, TOP, MICA = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
STORE = MICA[MICA.index("--store") + 1]
SECONDS = 60

# ---- what is inherited: a function of the child, and what may come of it

SAME = "same"      # nothing is different
OR_FAILS = "fails" # that, or a failure that is told
UNTOLD = "untold"  # the same status, but standard error cannot tell


def ignore(*signals):
    return lambda: [signal.signal(n, signal.SIG_IGN) for n in signals]


def block_all():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def close(*fds):
    return lambda: [os.close(fd) for fd in fds]


def limit(what, soft, hard=None):
    def act():
        now = resource.getrlimit(what)[1]
        resource.setrlimit(what, (soft, now if hard is None else hard))
    return act


def in_removed_directory():
    path = os.path.join(TOP, "removed")
    os.mkdir(path, 0o700)
    os.chdir(path)
    os.rmdir(path)


# Beside mica, where it can be loaded.
CLOCK = os.path.join(os.path.dirname(MICA[0]), "clock_jumps.so")

INHERITED = {
    "SIGCHLD ignored": (ignore(signal.SIGCHLD), SAME),
    "SIGPIPE ignored": (ignore(signal.SIGPIPE), SAME),
    "signals to end ignored": (ignore(signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT), SAME),
    "signals of limits and timers ignored": (ignore(signal.SIGXFSZ, signal.SIGXCPU, signal.SIGALRM, signal.SIGUSR1), SAME),
    "signals of faults ignored": (ignore(signal.SIGBUS, signal.SIGSEGV, signal.SIGFPE), SAME),
    "all signals blocked": (block_all, SAME),
    "umask 0777": (lambda: os.umask(0o777), SAME),
    "umask 0": (lambda: os.umask(0), SAME),
    "no 0": (close(0), SAME),
    "no 1": (close(1), OR_FAILS),
    "no 2": (close(2), UNTOLD),
    "no 0, 1": (close(0, 1), OR_FAILS),
    "no 0, 2": (close(0, 2), UNTOLD),
    "no 1, 2": (close(1, 2), UNTOLD),
    "no 0, 1, 2": (close(0, 1, 2), UNTOLD),
    "few files": (limit(resource.RLIMIT_NOFILE, 12), SAME),
    "very few files": (limit(resource.RLIMIT_NOFILE, 6, 6), OR_FAILS),
    "no file longer than 0": (limit(resource.RLIMIT_FSIZE, 0, 0), OR_FAILS),
    "no file longer than 3000": (limit(resource.RLIMIT_FSIZE, 3000, 3000), OR_FAILS),
    "large cores": (limit(resource.RLIMIT_CORE, 0), SAME),
    "a small stack": (limit(resource.RLIMIT_STACK, 1 << 18), SAME),
    "a directory that is gone": (in_removed_directory, SAME),
    "a clock that jumps": (lambda: os.putenv("LD_PRELOAD", CLOCK), SAME),
    "a full output": (lambda: os.dup2(os.open("/dev/full", os.O_WRONLY), 1), OR_FAILS),
}

# A container takes a second; these are left out there.
LEFT_OUT = {"signals of limits and timers ignored", "signals of faults ignored", "large cores", "no 0, 1", "no 0, 2", "no 1, 2",
         "a small stack", "umask 0"}
if not os.path.exists(CLOCK):
    del INHERITED["a clock that jumps"]

# ---- what is done: what must be done before, the words, whether it prints to standard output, what must be done after


def path(name):
    return os.path.join(TOP, name)


def fresh(name):
    subprocess.run(["rm", "-rf", path(name)], check=True)
    return path(name)


def make_branch():
    mica("branches", "rm", "work", check=False)
    mica("mount", "--rw=work", IMAGE, path("mnt"))
    with open(path("mnt/new"), "w") as f:
        f.write("new")
    mica("umount", path("mnt"))


def remove(*words):
    return lambda: mica(*words, check=False)


def unmount():
    mica("umount", path("mnt"), check=False)


def look_at_new_store():
    """What was imported can be used, or be imported now; and what is there is its owner's alone."""
    new = ["--store", path("store")]
    mica(*new, "import", "--quiet", "oci:" + path("kept"))
    for name in mica(*new, "images", "--quiet").stdout.decode().split():
        mica(*new, "cat", name + ":/f")
    if os.stat(path("store")).st_mode & 0o777 != 0o700:
        sys.exit("others may enter the store")


NOTHING = lambda: None
LISTINGS = [["images"], ["layers", IMAGE], ["ls", "-l", IMAGE + ":/"], ["which", IMAGE, "/f"], ["mounts"],
            ["branches"], ["diff", "work"]]
VERBS = {
    "store": [(NOTHING, words + more, True, NOTHING) for words in LISTINGS for more in ([], ["--json"])] + [
        (NOTHING, ["inspect", IMAGE], True, NOTHING),
        (NOTHING, ["cat", IMAGE + ":/f"], True, NOTHING),
        (NOTHING, ["help"], True, NOTHING),
        (NOTHING, ["import", "--help"], True, NOTHING),
        (NOTHING, ["--version"], True, NOTHING),
        (NOTHING, ["commit", "--quiet", "work", "new:1"], False, NOTHING),
        (lambda: fresh("out"), ["export", IMAGE, "oci:" + path("out")], False, NOTHING),
        (lambda: fresh("out.tar"), ["export", IMAGE, "oci-archive:" + path("out.tar")], False, NOTHING),
        (NOTHING, ["import", "--quiet", "--name", "again:1", "oci:" + path("kept")], False, NOTHING),
        (lambda: fresh("store"), ["--store", path("store"), "import", "--quiet", "oci:" + path("kept")], False, look_at_new_store),
        (unmount, ["mount", IMAGE, path("mnt")], False, unmount),
        (unmount, ["mount", "--rw=more", IMAGE, path("mnt")], False, unmount),
        (lambda: mica("mount", IMAGE, path("mnt"), check=False), ["umount", path("mnt")], False, unmount),
    ],
    "container": [
        (NOTHING, ["run", "--rm", IMAGE, "/bin/busybox", "echo", "said"], True, NOTHING),
        (NOTHING, ["run", "--rm", "-i", IMAGE, "/bin/busybox", "cat"], False, NOTHING),
        (lambda: fresh("bundle"), ["bundle", IMAGE, path("bundle"), "/bin/busybox"], False, remove("bundle", "--rm", path("bundle"))),
        (NOTHING, ["shell", "--entrypoint", "/bin/busybox", IMAGE], True, NOTHING),
    ],
}

# ---- trying


def mica(*words, check=True):
    done = subprocess.run(MICA + list(words), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
    if check and done.returncode != 0:
        sys.exit("mica %s: %s" % (" ".join(words), done.stderr.decode()))
    return done


def attempt(words, inherit):
    """Status, output and errors. These are pipes, which end only when nobody keeps them."""
    process = subprocess.Popen(MICA + words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               preexec_fn=inherit, restore_signals=False)
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return "hangs", b"", b""
    return process.returncode, out, err


def masked(text):
    """What is another one each time."""
    return b"\n".join(line for line in text.splitlines() if b"daemon" not in line and b'"pid"' not in line)


def failure(words):
    return 125 if words[0] in ("run", "shell") else 1


def wrong(seen, usual, failed, may):
    status, out, err = seen
    if seen == usual or (status == usual[0] and masked(out) == masked(usual[1]) and err == usual[2]):
        return None
    if may == UNTOLD and status in (usual[0], failed):
        return None if b"mica" not in out or usual[1] == out else "errors are on standard output"
    if may == OR_FAILS and status == failed and err.startswith(b"mica"):
        return None
    return "not as usual"


def left(name):
    """What a verb has left half-made."""
    found = [os.path.join(STORE, d, e) for d in ("tmp", "leases", "run") if os.path.isdir(os.path.join(STORE, d))
             for e in os.listdir(os.path.join(STORE, d))]
    return "leaves " + " ".join(found) if found and name != "mount" else None


def main():
    failed = 0
    os.environ["SOURCE_DATE_EPOCH"] = "1"
    os.makedirs(path("mnt"), exist_ok=True)
    if GROUP == "store":
        make_branch()
        mica("export", IMAGE, "oci:" + path("kept"))
    for before, words, prints, after in VERBS[GROUP]:
        before()
        usual = attempt(words, NOTHING)
        after()
        if usual[0] != 0:
            sys.exit("mica %s: %r" % (" ".join(words), usual))
        for name, (inherit, may) in INHERITED.items():
            if GROUP == "container" and name in LEFT_OUT:
                continue
            if name == "no 0" and ("-i" in words or words[0] == "shell"):
                may = OR_FAILS
            before()
            seen = attempt(words, inherit)
            why = wrong(seen, usual, failure(words), may)
            if not why and name in ("a full output", "no 1") and prints and seen[0] != failure(words):
                why = "output that is lost is no failure"
            after()
            why = why or left(words[0])
            if why:
                failed += 1
                print("mica %s, with %s: %s: %r, usually %r" % (" ".join(words), name, why, seen, usual))
    # The store is as it was, whatever was not done in it.
    mica("images")
    sys.exit(failed != 0)


main()
