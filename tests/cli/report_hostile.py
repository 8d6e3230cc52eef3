#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report_hostile.py A.tar B.tar: two images whose names, links, commands and config would run, load, close or hide something in a page
that did not escape them. Whatever runs sets window.ran or the title."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from made_image import Image, Tar  # noqa: E402

RUN = "window.ran=1;document.title=2"
TEXTS = [
    "<script>%s</script>" % RUN,
    "</script><script>%s</script>" % RUN,
    "</title></svg></style><script>%s</script>" % RUN,
    "\"><img src=x onerror=\"%s\">" % RUN,
    "' onmouseover='%s' x='" % RUN,
    "<svg onload=%s>" % RUN,
    "<link rel=stylesheet href=http:example.invalid>",
    "<iframe srcdoc='&lt;script>parent.ran=1&lt;/script>'>",
    "<base href=http:example.invalid>",
    "<meta http-equiv=refresh content='0;url=http:example.invalid'>",
    "javascript:%s" % RUN,
    "&lt;b&gt; &amp; &#60;script&#62;",
    "{{name}} {{#views}} {{>script}} {{/views}}",
    "]]> --> <!-- <![CDATA[",
    "\x1b[31m red \x07 \r\n two",
    "\u202egpj.exe \u2066 \u200b \ufeff \U000e0041",
    "\xe9\u20ac\U0001f600 \u05d0\u05d1",
    "back\\slash \\x3cscript>",
]
BAD = [b"\xff\xfe<script>", b"\xc0\xaf", b"\xed\xa0\x80", b"<b>\x80"]


def names():
    for text in TEXTS:
        yield text.replace("/", "\u2215").encode()
    yield from BAD
    yield b"n" * 250


def layer(size, some):
    tar = Tar()
    for i, name in enumerate(names()):
        if i % some == 0:
            continue
        tar.dir(b"d" + name[:200])
        tar.file(b"d" + name[:200] + b"/inner", bytes([65 + i]) * (size + 100 * i))
        tar.pax({b"path": b"x" + name}).file(b"x", bytes([97 + i]) * (size + 50 * i))
        tar.pax({b"linkpath": name}).symlink(b"l%d" % i, b"x")
    deep = b"/".join([b"<i>deep"] * 350)
    tar.pax({b"path": deep + b"/file"}).file(b"x", b"y" * 5000)
    return tar


def image(commands, layers, config):
    made = Image([tar.end() for tar in layers])

    def spoil(i):
        i.config.update(author=TEXTS[0], created="2017-07-14T02:40:00Z", config=config)
        i.config["history"] = [{"created_by": c} for c in commands]
    return made.change(spoil).oci_archive()


def config(more):
    return {"Env": ["A=" + t for t in TEXTS] + more, "Cmd": TEXTS[:4], "Entrypoint": None, "User": TEXTS[3], "WorkingDir": "/" + TEXTS[1],
            "Labels": {t: t for t in TEXTS}, "Volumes": {"/" + TEXTS[0]: {}}, "ExposedPorts": {"80/tcp": {}}, TEXTS[2]: {TEXTS[3]: [TEXTS[4]]}}


changed = Tar()
for at, gone in enumerate(names()):
    if at % 3 == 1:
        changed.pax({b"path": b".wh.x" + gone[:240]}).file(b"x")
changed.file("same", b"S" * 9000).file("as same", b"S" * 9000)
with open(sys.argv[1], "wb") as file:
    file.write(image(["RUN " + TEXTS[0], "RUN " + TEXTS[3], "/bin/sh -c #(nop) " + TEXTS[2]], [layer(2000, 99), layer(3000, 2), changed], config([])))
with open(sys.argv[2], "wb") as file:
    file.write(image(["RUN " + TEXTS[1], "RUN x"], [layer(2000, 5), Tar().file("moved" + TEXTS[12].replace("/", ""), b"S" * 9000)],
                     config(["B=" + TEXTS[0]])))
