#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts each character that can act on a terminal, break a line, hide or reorder text into each field that an image or
a directory controls, and runs every verb: none of them comes out, and JSON tells what was put in.

    inert.py MICA [mount]     in an empty directory, with $MICA_STORE; `mount`: with mounts, which take /dev/fuse
"""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from made_image import Image, Tar  # noqa: E402

MICA = sys.argv[1]
CONTROLS = [*range(1, 32), 127, *range(0x80, 0xa0)]
UNSEEN = [0xad, 0x61c, 0x180e, *range(0x200b, 0x2010), *range(0x2028, 0x202f), *range(0x2060, 0x2070), 0xfeff,
          0xfff9, 0xfffb, 0xe0001, 0xe0020, 0xe007f]
HOSTILE = {chr(c) for c in CONTROLS + UNSEEN}
BAD_BYTES = [b"\x80", b"\x9b", b"\xc2", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"]
TEXTS = [b"n%02d" % i + chr(c).encode() + b"[31m" for i, c in enumerate(CONTROLS + UNSEEN)]
NAMES = TEXTS + [b"b%02d" % i + b + b"x" for i, b in enumerate(BAD_BYTES)]
ALL = "".join(sorted(HOSTILE)) + "x"
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)
        print("inert: %s" % what)


def inert(data, what):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        check(False, "%s: bytes that are not UTF-8: %s" % (what, error))
        return
    found = sorted({"U+%04X" % ord(c) for c in text if c in HOSTILE and c != "\n"})
    check(not found, "%s: %s comes out" % (what, " ".join(found)))


def run(*words, status=(0, 1, 2), lines=None):
    done = subprocess.run([MICA, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    what = "mica %r" % (words[:3],)
    inert(done.stdout, what + ", output")
    inert(done.stderr, what + ", errors")
    check(done.returncode in status, "%s: status %d: %r" % (what, done.returncode, done.stderr[-300:]))
    if lines is not None:
        check(done.stdout.count(b"\n") == lines, "%s: %d lines, not %d" % (what, done.stdout.count(b"\n"), lines))
    return done.stdout


def run_json(*words):
    out = run(*words, status=(0,))
    try:
        return json.loads(out)
    except ValueError as error:
        check(False, "mica %r: no JSON: %s" % (words, error))
        return []


def told(entries, key):
    """The bytes that JSON tells of a member that may be no UTF-8."""
    return sorted(bytes.fromhex(e[key + "_hex"]) if key + "_hex" in e else e[key].encode() for e in entries)


def image():
    lower = Tar()
    for name in NAMES:
        lower.file(name, b"1")
        lower.symlink(b"link-" + name.replace(b"\n", b"-"), name)
    lower.pax({b"SCHILY.xattr.user." + TEXTS[26]: b"v"}).file("attribute", b"")
    upper = Tar()
    for name in NAMES[::2]:
        upper.file(b".wh." + name, b"")
    made = Image([lower.end(), upper.end()], name="made")

    def spoil(i):
        i.config.update(author=ALL, os_version=ALL, created="2017-07-14T02:40:00Z")
        i.config["config"] = {"Env": ["A=" + ALL], "Cmd": [ALL], "Entrypoint": [ALL], "User": ALL, "WorkingDir": "/" + ALL,
                              "Labels": {ALL: ALL}, "Volumes": {"/" + ALL: {}}, "ExposedPorts": {ALL: {}}, "StopSignal": ALL}
        i.config["history"] = [{"created_by": ALL, "comment": ALL, "author": ALL}, {"created_by": "/bin/sh -c " + ALL}]
        i.manifest["annotations"] = {ALL: ALL}
        i.manifest["layers"][0]["annotations"] = {ALL: ALL}
    return made.change(spoil)


def look():
    with open("made.tar", "wb") as file:
        file.write(image().oci_archive())
    run("import", "--name", "made", "oci-archive:made.tar", status=(0,))
    for verb in ("images", "layers", "history", "inspect", "branches", "mounts"):
        run(verb, *(["made"] if verb in ("layers", "history", "inspect") else []), status=(0,))
        if verb != "inspect":
            run_json(verb, "--json", *(["made"] if verb in ("layers", "history") else []))
    run("report", "made", status=(0,))
    run("report", "made", "made", status=(0,))
    check(run_json("inspect", "made"), "inspect tells nothing")
    kept = NAMES[1::2]
    run("ls", "made", status=(0,), lines=len(kept) + len(NAMES) + 1)
    run("ls", "-laR", "made", status=(0,))
    entries = run_json("ls", "--json", "made")
    files = [e for e in entries if e["type"] == "file" and e["path"] != "/attribute"]
    check(told(files, "path") == sorted(b"/" + n for n in kept), "ls --json does not tell the names")
    check(told([e for e in entries if e["type"] == "symlink"], "target") == sorted(NAMES), "ls --json does not tell the targets")
    for name in NAMES[9:11] + NAMES[26:32:3] + NAMES[60:90:8] + NAMES[-7::2]:
        run("which", "made", b"/" + name, status=(0,))
        run_json("which", "--json", "made", b"/" + name)
        for verb in ("cat", "ls"):
            run(verb, b"made:/no/" + name, status=(1,))
        run("ls", name)
        run(name)
        run("mount", name, name)
        run("umount", name, status=(1,))
        run("import", "--name", name, "oci-archive:made.tar", status=(1, 2))
        run("import", b"oci-archive:" + name, status=(1, 2))
        run("export", "made", b"oci:no/such/" + name)
        run("run", "made", "--", name, status=(125, 126, 127))
    run("complete", "--", "ls", "made:/", lines=None)
    for name in NAMES[:8]:
        run("complete", "--", name, "")


def named():
    for i, fields in enumerate(({"os": ALL}, {"architecture": ALL}, {"variant": ALL}, {"created": ALL})):
        with open("other-%d.tar" % i, "wb") as file:
            file.write(image().change(lambda x, f=fields: x.config.update(f)).oci_archive())
        run("import", "oci-archive:other-%d.tar" % i)
    for tag in ("made:" + ALL, ALL):
        with open("docker.tar", "wb") as file:
            file.write(image().docker_archive(tags=(tag,)))
        run("import", "docker-archive:docker.tar")
        with open("named.tar", "wb") as file:
            named_image = image()
            named_image.name = tag
            file.write(named_image.oci_archive())
        run("import", "oci-archive:named.tar")
    run("images", status=(0,))


def mounted():
    point = b"mnt" + TEXTS[26] + b"\xff\xe2\x80\xae"
    os.mkdir(point)
    run("mount", "--rw=work", "made", point, status=(0,))
    try:
        run("mounts", status=(0,))
        points = [bytes.fromhex(mount.get("mountpoint_hex", "")) for mount in run_json("mounts", "--json")]
        check(os.path.join(os.getcwdb(), point) in points, "mounts --json does not tell of the mount")
        run("branches", status=(0,))
        for name in NAMES:
            with open(os.path.join(point, b"new-" + name.replace(b"\n", b"\n-")), "wb") as file:
                file.write(b"2")
    finally:
        run("umount", point, status=(0,))
    run("diff", "work", status=(0,), lines=len(NAMES) + 1)
    changes = run_json("diff", "--json", "work")
    check(told([c for c in changes if c["change"] == "added"], "path") ==
          sorted(b"/new-" + n.replace(b"\n", b"\n-") for n in NAMES), "diff --json does not tell the names")
    run("commit", "--message", ALL, "work", "kept", status=(0, 2))
    run("layers", "kept")


look()
named()
if sys.argv[2:] == ["mount"]:
    mounted()
sys.exit(1 if failures else 0)
