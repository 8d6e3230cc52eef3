# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica report: the tables of the page beside what other verbs tell (report_page.py), where the page goes, and the page in Chromium.
# shellcheck disable=SC2154

page_is_right() { # PAGE IMAGE [B [IGNORED]]
    python3 "$root/tests/cli/report_page.py" "$mica" "$@" >out 2>err || fail "page $1 of ${*:2}"
}

case_report() {
    fill
    expect 0 report app:1 -o page.html
    empty out
    empty err
    page_is_right page.html app:1
    has_not page.html ", ...</title>" # all layers of each rectangle are named
    expect 0 report -o two.html base:1 app:1
    page_is_right two.html base:1 app:1
    expect 0 report --ignore mtime,mode -o ignored.html base:1 app:1
    page_is_right ignored.html base:1 app:1 mtime,mode
    # The same image gives the same bytes: again, on standard output, out of another store.
    expect 0 report app:1
    cmp out page.html || fail "standard output"
    expect 0 report -o - app:1
    cmp out page.html || fail "-o -"
    expect 0 --store other import "$images/app.tar"
    expect 0 --store other report app:1
    cmp out page.html || fail "another store"
    expect 0 report --top 1 app:1
    [ "$(grep -c '<td class="path"><bdi>/srv' out)" = 1 ] || fail "--top 1"
}

case_report_output() {
    fill
    echo 'another page' >page.html
    chmod 600 page.html
    ln page.html kept
    expect 0 report app:1 -o page.html
    has page.html "</html>"
    is kept "another page" # a new file has its place
    ln -s page.html link
    expect 0 report base:1 -o link
    [ -L link ] || fail "a link is replaced"
    has page.html "base:1"
    echo 'another page' >page.html
    expect 1 report nosuch -o page.html
    is page.html "another page"
    expect 1 report app:1 -o nowhere/page.html
    complains "cannot write nowhere/page.html: No such file or directory"
    mkdir dir
    expect 1 report app:1 -o dir
    complains "Is a directory"
    expect 1 report app:1 -o dir/
    complains "Is a directory"
    expect 1 report app:1 -o /dev/full
    complains "cannot write /dev/full: No space left"
    [ -c /dev/full ] || fail "what was no file is replaced"
    mkfifo pipe
    cat pipe >piped &
    expect 0 report app:1 -o pipe
    wait $!
    has piped "</html>"
    [ "$(find . -name '.mica*')" = "" ] || fail "left over"
    expect 2 report
    complains "needs IMAGE"
    expect 2 report app:1 --top 1001
    complains "up to 1000"
    expect 2 report app:1 --ignore mtime
    complains "two images"
    expect 2 report app:1 base:1 --ignore mtime,colour
    complains "none of mtime"
    on_terminal_fails report app:1
}

on_terminal_fails() {
    command -v script >/dev/null || exit 77
    local status=0
    SHELL=/bin/bash script -qec "exec ${mica@Q} ${*@Q}" /dev/null >out 2>err </dev/null || status=$?
    [ "$status" = 2 ] || fail "status $status on a terminal"
    has out "a page is not written to a terminal"
}

# Images of which there is little to tell.
case_report_of_little() {
    python3 - "$root" <<'EOP'
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
def small(layer):
    tar = Tar()
    for i in range(400):
        tar.file("f%d-%d" % (layer, i), b"%03d" % i)
    return tar.end()
for name, layers in (("none", []), ("empty", [Tar().end()]), ("no-bytes", [Tar().dir("d").file("d/f").symlink("l", "d").end()]),
                     ("one", [Tar().file("f", b"1").end()]), ("many", [Tar().file("f%d" % (i % 60), b"1" * i).end() for i in range(130)]),
                     ("small", [small(i) for i in range(8)])):
    with open(name + ".tar", "wb") as file:
        file.write(Image(layers).change(lambda i: i.config.pop("history")).oci_archive())
EOP
    local name
    for name in none empty no-bytes one many small; do
        expect 0 import --name $name $name.tar
    done
    for name in none empty no-bytes one many small; do
        expect 0 report $name -o page.html
        page_is_right page.html $name
        expect 0 report $name one -o page.html
        page_is_right page.html $name one
    done
    # A rectangle of more layers than it names says so, and leaves their share without colour.
    expect 0 report small
    grep -o '<svg class="c rest.*</svg>' out >rest || fail "no rest"
    grep -q '<title>[^<]*, \.\.\.</title>' rest || fail "the further layers of the rest"
    python3 -c 'import re, sys; sys.exit(not 0 < sum(map(float, re.findall(r"<rect class=.l[0-9]+. x=[^ ]* width=.([0-9.]+)%", open("rest").read()))) < 90)' ||
        fail "the colours of the rest"
    expect 0 report none
    has out "The image shows no bytes."
    has_not out 'id="dir-'
}

case_report_of_real_images() {
    local place=${MICA_TEST_IMAGES:-${XDG_CACHE_HOME:-$HOME/.cache}/mica/images} name
    [ -e "$place/done" ] || exit 77
    for name in pyapp worker; do
        expect 0 import --name $name "oci:$place/oci:$name"
    done
    expect 0 report pyapp worker -o page.html
    page_is_right page.html pyapp worker
    [ "$(stat -c %s page.html)" -lt 3000000 ] || fail "the page is too large"
}

# Names, commands and labels that would be markup.
case_report_hostile() {
    python3 "$root/tests/cli/report_hostile.py" a.tar b.tar
    expect 0 import --name a a.tar
    expect 0 import --name b b.tar
    expect 0 report a b -o page.html
    page_is_right page.html a b
}

# A page stays small however many files there are, and however long their names.
case_report_is_bounded() {
    python3 - "$root" >long.tar <<'EOP'
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
tar = Tar()
for i in range(6000):
    tar.pax({"path": "/".join(["d%d" % (i % 97), "&" * 200, "<" * 250, "%05d" % i + "\"" * 240])}).file("x", b"x" * (100 + i % 7))
image = Image([tar.end()])
sys.stdout.buffer.write(image.oci_archive())
EOP
    expect 0 import --name long long.tar
    expect 0 report --quiet long -o page.html
    [ "$(stat -c %s page.html)" -lt 15000000 ] || fail "$(stat -c %s page.html) bytes"
    page_is_right page.html long
}

case_report_in_chromium() {
    [ -x /usr/bin/chromium ] && [ -x /usr/bin/chromedriver ] || exit 77
    python3 "$root/tests/cli/report_hostile.py" a.tar b.tar
    fill
    expect 0 import --name a a.tar
    expect 0 import --name b b.tar
    expect 0 report a b -o page.html
    python3 "$root/tests/cli/report_browser.py" "$PWD/page.html" >out 2>err || fail "the page in Chromium"
}
