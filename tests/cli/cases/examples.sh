# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The worked examples of mica(1), as they are written, on an image made for their questions.
# shellcheck disable=SC2154

# Makes oci:build, oci:yesterday and oci:today, and imports app:1 and app:today.
example_images() {
    python3 - "$root" <<'EOP'
import os, sys, tarfile
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
LIBRARY = "usr/lib/x86_64-linux-gnu/libssl.so.3"
status = b"Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.1\nMaintainer: m\nDescription: d\n\n"
base = (Tar().dir("etc").file("etc/app.conf", b"first\n").file("usr/bin/su", b"su", mode=0o4755).file("root/.ssh/id_rsa", b"k" * 40)
        .file("usr/share/doc/x", b"d" * 3_000_000).end())
second = (Tar().file(LIBRARY, b"ssl" * 1000).file("var/lib/dpkg/status", status).file("var/lib/dpkg/info/format", b"1\n")
          .file("var/lib/dpkg/info/libssl3.list", b"/.\n/usr\n/usr/lib\n/usr/lib/x86_64-linux-gnu\n/" + LIBRARY.encode() + b"\n").end())
third = Tar().file("etc/app.conf", b"third\n").file("srv/data", b"x" * 2_000_000).file("root/.ssh/.wh.id_rsa").file("usr/share/.wh.doc").end()
later = Tar().file("etc/app.conf", b"today\n", mtime=1_700_000_000).file("new", b"n").end()
def layout(directory, layers, name):
    image = Image(layers, name=name)
    image.config["history"] = [{"created_by": c} for c in ("COPY base /", "RUN apt-get install libssl3", "RUN rm -rf doc", "RUN today")[:len(layers)]]
    with open(directory + ".tar", "wb") as file:
        file.write(image.oci_archive())
    os.mkdir(directory)
    with tarfile.open(directory + ".tar") as tar:
        tar.extractall(directory)
layout("one", [base, second, third], "app:1")
layout("yesterday", [base, second, third], "app:yesterday")
layout("today", [base, second, third, later], "app:today")
layout("build", [second, later], "app:build")
EOP
    expect 0 import -q oci:one
    expect 0 import -q oci:today
}

# Prints the commands of an example.
example() { # ITS FIRST WORDS
    python3 - "$root/cli/man/mica.1" "$1" <<'EOP'
import sys
text = open(sys.argv[1], encoding="utf-8").read()
text = text[text.index(".SH EXAMPLES"):text.index(".SH WITH OTHER TOOLS")]
text = text[text.index(sys.argv[2]):]
print(text[text.index(".nf\n") + 4:text.index("\n.fi")].replace("\\-", "-").replace("\\e", "\\"))
EOP
}

example_says() { # ITS FIRST WORDS, then text of its output...
    example "$1" >script || fail "where is the example \"$1\" of mica(1)?"
    PATH=$build/cli:$PATH bash -eo pipefail script >out 2>err || fail "$1"
    local text
    for text in "${@:2}"; do
        has out "$text"
    done
}

case_manual_examples() {
    command -v jq >/dev/null || exit 77
    command -v dpkg-query >/dev/null || exit 77
    example_images
    example_says "Why is my image so big?" "COPY base /" "wasted: 3.0 MB of 5.0 MB" "remove the files in the step that makes them"
    example_says "A gate in CI"
    python3 -c 'import json; x = json.load(open("waste.json")); assert x["passed"] and len(x["limits"]) == 4, x' || fail "waste.json"
    example_says "What has changed since yesterday" "C /etc/app.conf (content" "A /new" "/etc/app.conf: from layer 4" "replaces"
    example_says "The same for people who do not have the image"
    has report.html "/etc/app.conf"
    example_says "What did this step of the build change?" "/etc/app.conf (content)" "0 B /usr/share/doc" "2000000 2017-07-14 02:40 /srv/data" first
    has_not out "libssl"
    example_says "Which layer added this library" "from layer 2" "RUN apt-get install libssl3" "libssl3: /usr/lib/x86_64-linux-gnu/libssl.so.3" \
        app:today
    example_says "Which files run with the rights of others" "/usr/bin/su" "root/.ssh/id_rsa"
}
