#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The promise of man/mica.1, JSON, beside what every verb prints: each member is in the list, of the type and unit that it
says, in the verbs that it names and in no other; and nothing is in the list that no verb prints.

    json_promise.py MICA MANUAL IMAGES [mount]     in an empty directory, with $MICA_STORE; `mount`: with mounts

Verbs are found by their --help: one with --json that is not tried here is a failure.
"""
import json
import os
import re
import resource
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from made_image import Image, Tar  # noqa: E402

MICA, MANUAL, IMAGES = sys.argv[1:4]
WITH_MOUNTS = "mount" in sys.argv[4:]
TYPES = {"string": str, "number": int, "boolean": bool, "array": list, "object": dict}
UNITS = {
    "digest": re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}"),
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"),
    "octal": re.compile(r"[0-7]{4}"),
    "path": re.compile(r"/.*", re.DOTALL),
    "bytes": None,
    "fraction": None,
}
OPAQUE = {"config", "history"}  # an image's own
failures = []


def check(condition, what):
    if not condition and what not in failures:
        failures.append(what)
        print("promise: %s" % what)


def read_promise():
    with open(MANUAL, encoding="utf-8") as file:
        section = re.search(r"^\.SH JSON\n(.*?)^\.SH ", file.read(), re.DOTALL | re.MULTILINE).group(1)
    promise = {}
    for entry in section.split(".TP\n")[1:]:
        head, *meaning, verbs = entry.strip().splitlines()
        name, kind = re.fullmatch(r'\.BR (\w+) " \((.*)\)"', head).groups()
        kind = kind.replace(";", "")
        null = kind.endswith(" or null")
        kind, _, unit = kind.removesuffix(" or null").partition(", ")
        check(meaning, "%s has no meaning" % name)
        check(name not in promise, "%s is promised twice" % name)
        check(kind in TYPES and (not unit or unit in UNITS), "%s: what is %s, %s?" % (name, kind, unit))
        promise[name] = {"type": kind, "unit": unit, "null": null,
                         "verbs": set(re.fullmatch(r"In: (.*)\.", verbs).group(1).split(", ")), "seen": set(), "values": set()}
    check(list(promise) == sorted(promise), "the list is not sorted")
    return promise


PROMISE = read_promise()


def check_object(verb, o):
    for name, value in o.items():
        if name.endswith("_hex") and name.removesuffix("_hex") in o:
            check(re.fullmatch(r"([0-9a-f]{2})+", value), "%s: %s is not in hexadecimal" % (verb, name))
            continue
        told = PROMISE.get(name)
        if not told:
            check(False, "%s: %s is not in the list" % (verb, name))
            continue
        told["seen"].add(verb)
        if value is None:
            check(told["null"], "%s: %s is null" % (verb, name))
            told["values"].add(None)
            continue
        kind = TYPES[told["type"]]
        check(isinstance(value, (int, float) if told["unit"] == "fraction" else kind) and (kind is bool or not isinstance(value, bool)),
              "%s: %s is no %s: %r" % (verb, name, told["type"], value))
        unit = UNITS.get(told["unit"])
        if unit:
            check(isinstance(value, str) and unit.fullmatch(value), "%s: %s is no %s: %r" % (verb, name, told["unit"], value))
        if kind is int and told["unit"] == "fraction":
            check(0 <= value <= 1, "%s: %s is %r" % (verb, name, value))
        elif kind is int:
            check(isinstance(value, int) and value >= 0, "%s: %s is %r" % (verb, name, value))
        if kind is list and name not in OPAQUE:
            for element in value:
                if isinstance(element, dict):
                    check_object(verb, element)


def run(*words, status=0):
    done = subprocess.run([MICA, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    check(done.returncode == status, "mica %r: status %d: %r" % (words, done.returncode, done.stderr))
    return done.stdout


def ask(verb, *words, status=0):
    """What a verb prints, each object of it checked."""
    told = json.loads(run(*([verb] if verb == "inspect" else [verb, "--json"]), *words, status=status))
    for one in told if isinstance(told, list) else [told]:
        check_object(verb, one)
    return told


def odd_image():
    """What no usual image has: no times, no authors, no layers' commands, a device, and a hard link between layers."""
    base = Tar().dir("d").file("d/f", b"f").file("d/lost", b"lost").file("copy", b"again").file("copied", b"again").symlink("l", "d").header("dev", kind=b"3", device=(4, 5)).header("p", kind=b"6")
    base = base.pax({b"SCHILY.xattr.security.capability": b"\1\0\0\2\0\x20" + bytes(14)}).file("capable", b"c").end()
    top = (Tar().link("again", "d/f").dir("d").file("d/.wh..wh..opq").file("d/g", b"g").file("found", b"lost").file("more", b"again").file("with\xff".encode("latin-1"), b"x")
           .end())
    image = Image([base, top], name="odd")
    image.config["created"] = "yesterday"
    del image.config["history"], image.config["config"]
    del image.manifest["layers"][0]["mediaType"]
    return image.oci_archive()


def look_at_faults():
    """mica verify of a store with a foreign file and a damaged blob, both of which are taken back."""
    foreign = os.path.join(os.environ["MICA_STORE"], "foreign")
    blob = os.path.join(os.environ["MICA_STORE"], "blobs", *json.loads(run("inspect", "odd"))["layers"][0]["blob_digest"].split(":"))
    with open(foreign, "wb"):
        pass
    ask("verify")
    os.rename(blob, blob + ".kept")
    done = subprocess.run([MICA, "verify", "--json"], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    check(done.returncode == 3, "mica verify: status %d: %r" % (done.returncode, done.stderr))
    for one in json.loads(done.stdout):
        check_object("verify", one)
    done = subprocess.run([MICA, "verify", "--json", "--repair"], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    for one in json.loads(done.stdout):
        check_object("verify", one)
    os.rename(blob + ".kept", blob)
    os.unlink(foreign)


def look_where_nothing_is():
    """mica info of a user without a home, on a machine without programs, where no process can be started."""
    if os.geteuid() != 0:
        return
    copy = os.memfd_create("mica", 0)
    with open(MICA, "rb") as file:
        os.write(copy, file.read())
    done = subprocess.run(["mica", "info", "--json"], executable="/proc/self/fd/%d" % copy, pass_fds=[copy], user=65533,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (0, 0)), env={"PATH": "/nonexistent"},
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    check(done.returncode == 0, "mica info where nothing is: status %d: %r" % (done.returncode, done.stderr))
    told = json.loads(done.stdout)
    check_object("info", told)
    check(told["store_error"] and told["runtimes"] == [], "mica info where nothing is: %r" % told)
    os.close(copy)


def look():
    with open("budgets", "w", encoding="utf-8") as file:
        file.write("wasted 1MB *\n")
    with open("again", "w", encoding="utf-8") as file:
        file.write("again")
    with open("odd.tar", "wb") as file:
        file.write(odd_image())
    ask("import", os.path.join(IMAGES, "base.tar"), os.path.join(IMAGES, "app.tar"), "odd.tar")
    ask("import", os.path.join(IMAGES, "also.tar"))  # which takes a name away
    ask("images")
    ask("import", os.path.join(IMAGES, "app.tar"))
    ask("images")
    ask("df")
    ask("df", "odd")
    for image in ("app:1", "odd"):
        ask("layers", image)
        ask("history", image)
        ask("lint", "--severity", "note", image, status=3)
        ask("waste", "--budget", "budgets", "--max-wasted-bytes", "1M", image)
        ask("inspect", image)
        ask("ls", "-R", "--digest", image)
    sizes = {entry["path"]: entry["size"] for entry in ask("ls", "-R", "odd")}
    check((sizes["/d"], sizes["/d/g"], sizes["/l"], sizes["/dev"]) == (0, 1, 1, 0), "sizes of ls: %r" % sizes)
    for image, paths in (("app:1", ("/", "/etc/motd", "/opt/old/file", "/doc", "/doc/readme", "/bin", "/bin/tool", "/srv/also")),
                         ("odd", ("/again", "/d", "/d/f", "/d/g", "/l", "/dev"))):
        for path in paths:
            listed = {entry["path"]: entry for entry in ask("ls", "-R", image)}
            for layer in ask("which", image, path):
                if layer["visible"] and layer["metadata"] and layer["path"] in listed and "mode" in layer:
                    same = ("type", "mode", "uid", "gid", "size", "mtime")
                    check([layer[m] for m in same] == [listed[layer["path"]][m] for m in same], "which and ls: %s" % path)
    ask("which", "--all-images", "/etc")
    ask("which", "--content", "again")
    ask("diff", "base:1", "app:1")
    ask("diff", "app:1@1", "odd")
    ask("diff", "odd", "base:1")
    ask("diff", "odd@1", "odd")
    ask("diff", "--stat", "app:1", "odd")
    ask("mounts")
    ask("gc", "--dry-run")  # of the image that lost its name
    os.mkdir(os.path.join(os.environ["MICA_STORE"], "tmp", "0123456789abcdef"))
    ask("gc")
    run("tag", "odd", "more:1")
    ask("rm", "more:1")
    ask("rm", "odd")
    ask("import", "odd.tar")
    look_at_faults()
    ask("info")
    look_where_nothing_is()


def look_at_mounts():
    os.mkdir("mnt")
    run("mount", "--rw=work", "app:1", "mnt")
    try:
        os.mkdir("mnt/new")
        os.symlink("target", "mnt/new/link")
        with open("mnt/new/file", "w", encoding="utf-8") as file:
            file.write("content")
        os.unlink("mnt/etc/motd")
        ask("mounts")
        ask("branches")
        os.environ["MICA_STORE"], kept = os.path.abspath("none"), os.environ["MICA_STORE"]
        mounts = [mount for mount in ask("mounts") if mount["mountpoint"] == os.path.abspath("mnt")]
        check(len(mounts) == 1, "a mount of no store is not told of: %r" % mounts)
        os.environ["MICA_STORE"] = kept
    finally:
        run("umount", "mnt")
    ask("branches")
    changes = {change["path"]: change for change in ask("diff", "work")}
    check([(changes[p]["size"], changes[p]["mode"]) for p in ("/new", "/new/link", "/new/file", "/etc/motd")] ==
          [(0, "0755"), (6, "0777"), (7, "0644"), (8, "0644")], "diff: %r" % changes)
    ask("commit", "work", "new:1")
    run("mount", "--rw=nothing", "app:1", "mnt")
    run("umount", "mnt")
    ask("commit", "nothing", "new:2")
    ask("commit", "--force", "work", "new:2")


def main():
    os.umask(0o022)
    look()
    if WITH_MOUNTS:
        look_at_mounts()
        verbs = [line.split()[0] for line in run("help").decode().splitlines() if re.match(r"  [a-z]", line)]
        tried = set().union(*(told["seen"] for told in PROMISE.values()))
        for verb in verbs:
            if " --json" in run(verb, "--help").decode():
                check(verb in tried, "%s has --json and is not tried here" % verb)
        for name, told in PROMISE.items():
            check(told["seen"] == told["verbs"], "%s is promised in %s and told in %s" %
                  (name, sorted(told["verbs"]), sorted(told["seen"])))
            check(not told["null"] or None in told["values"] or (os.geteuid() != 0 and told["verbs"] == {"info"}), "%s may be null and never is" % name)
    sys.exit(bool(failures))


main()
