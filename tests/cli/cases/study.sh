# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What layers did: mica layers, beside a slow count (study_count.py).
# shellcheck disable=SC2154

case_study_random() {
    python3 "$root/tests/cli/study_count.py" "$mica" random 40 ${MICA_TEST_SEED:+"$MICA_TEST_SEED"} >out 2>err || fail "count"
}

case_study_real_images() {
    local place=${MICA_TEST_IMAGES:-${XDG_CACHE_HOME:-$HOME/.cache}/mica/images}
    [ -e "$place/done" ] || exit 77
    python3 "$root/tests/cli/study_count.py" "$mica" image "$place/oci" pyapp worker >out 2>err || fail "count"
}

case_layers_long() {
    fill
    expect 0 layers --json app:1
    json '[(l["files_added"], l["files_changed"], l["files_metadata"], l["files_removed"]) for l in x] == [(12, 0, 0, 0), (1, 1, 0, 2), (2, 0, 0, 0)]'
    json '[(l["dead_size"], l["dead_files"]) for l in x] == [(13, 3), (0, 0), (0, 0)]'
    json 'x[0]["dead_blob_size"] == x[0]["blob_size"] * 13 // x[0]["size"]'
    expect 0 layers --long app:1
    [ "$(head -n 1 out | tr -s ' ')" = "LAYER DIGEST SIZE BLOB DEAD FILES ADDED CHANGED METADATA REMOVED SHARED COMMAND" ] || fail heading
    [ "$(sed -n 3p out | awk '{ print $1, $9, $10, $11, $12, $13, $14 }')" = "2 5 1 1 0 2 0" ] || fail "line of layer 2"
}

case_waste() {
    fill
    expect 0 waste app:1
    has out "wasted: 13 B of 300 kB"
    has out "RUN rm -rf /opt/old"
    has out "/opt/old/file"
    has_not out "pass"
    expect 0 waste --json --top 1 app:1
    json '[(p["layer"], p["hidden_by"], p["loss"], p["dead_size"], p["dead_files"]) for p in x["pairs"]] == [(1, 2, "removed", 7, 2), (1, 2, "replaced", 6, 1)]'
    json 'x["wasted_size"] == 13 and x["shipped_size"] == 300035 and x["passed"] and x["limits"] == []'
    json '[(f["path"], f["size"]) for f in x["dead"]] == [("/etc/motd", 6)]'
    expect 1 waste nosuch
    complains 'no image "nosuch"'
    expect 2 waste app:1 --min-efficiency 7
    complains '"7" is no efficiency'
    expect 2 waste app:1 --budget nowhere
    complains "cannot open nowhere"
    expect 2 waste
    complains "needs IMAGE"
}

# A rename is a delete and an add of the same content: the advice is another one.
case_waste_moved() {
    python3 - "$root" <<'EOP' >moved.tar
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
image = Image([Tar().file("a/data", b"x" * 500).file("b/data", b"y" * 300).end(), Tar().file(".wh.a").file("c/data", b"x" * 500).file("b/.wh.data").end()])
sys.stdout.buffer.write(image.oci_archive())
EOP
    expect 0 import --name moved moved.tar
    expect 0 waste moved
    has out "500 B: make the files where they belong, or rename them in the step that makes them"
    has out "300 B: remove the files in the step that makes them"
    expect 0 waste --json moved
    json '[(p["loss"], p["dead_size"]) for p in x["pairs"]] == [("moved", 500), ("removed", 300)]'
}

# Within the limits 0, over one 3, with JSON and verdict in one run.
case_waste_gate() {
    fill
    expect 0 waste --max-wasted-bytes 13 --max-wasted-percent 0.0044 --min-efficiency 0.99995 app:1
    has out "pass max-wasted-bytes: 13 bytes, allowed 13"
    empty err
    expect 3 waste --max-wasted-bytes 12 app:1
    has out "FAIL max-wasted-bytes: 13 bytes, allowed 12"
    complains "app:1 does not keep to 1 of 1 limits: max-wasted-bytes: 13 bytes, allowed 12"
    expect 3 waste --json --min-efficiency 0.99999 --max-wasted-bytes 1M app:1
    json '[(l["limit"], l["passed"]) for l in x["limits"]] == [("min-efficiency", False), ("max-wasted-bytes", True)] and not x["passed"]'
    printf '%s\n' "# comment" "wasted 3 /opt/*" "size 300000 /srv/*" >budgets
    expect 0 waste --budget budgets app:1
    printf '%s\n' "wasted 2 /opt/*" $'size 299999 /srv/*\e[31m*' "size 299999 /srv/*" >budgets
    expect 3 waste --budget budgets app:1
    has out "FAIL wasted /opt/*: 3 bytes, allowed 2"
    has out 'pass size /srv/*\x1b[31m*: 0 bytes, allowed 299999'
    has out "FAIL size /srv/*: 300000 bytes, allowed 299999" # of two names of one file
    complains "2 of 3 limits"
}

# mode, owner, size and time of what a layer brings; metadata alone; what is in a directory; all images.
case_which_more() {
    python3 - "$root" <<'EOP' >chmod.tar
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
base = Tar().dir("d").file("d/f", b"abc").file("d/g", b"12345").end()
image = Image([base, Tar().file("d/f", b"abc", mode=0o600, uid=7).end(), Tar().file("d/f", b"abc", mode=0o600, uid=7).file("d/.wh.g").end()])
sys.stdout.buffer.write(image.oci_archive())
EOP
    fill
    expect 0 import --name chmod chmod.tar
    expect 0 which chmod /d/f
    has out "3  repeats              -rw------- 7:0 3 B 2017-07-14 02:40  visible"
    has out "2  changes mode, owner  -rw------- 7:0 3 B 2017-07-14 02:40  hidden by 3"
    has out "1  adds                 -rw-r--r-- 0:0 3 B 2017-07-14 02:40  hidden by 2"
    expect 0 blame --json chmod /d/f
    json '[(l["action"], l.get("differs")) for l in x] == [("replaces", []), ("replaces", ["mode", "owner"]), ("adds", None)]'
    expect 0 which --json chmod /d
    json '[(l["below_files"], l["below_size"], l["below_hidden_files"], l["below_hidden_size"]) for l in x] == [(1, 3, 0, 0), (0, 0, 1, 3), (0, 0, 2, 8)]'
    expect 0 which chmod /d
    has out "1            0   0 B       2          8 B"
    expect 0 which -A /etc/motd
    has out "app:1: /etc/motd: from layer 2"
    has out "base:1: /etc/motd: from layer 1"
    has_not out chmod
    expect 0 which --json --all-images etc/motd
    json '[(l["name"], l["layer"]) for l in x] == [("app:1", 2), ("app:1", 1), ("base:1", 1)]'
    expect 1 which --all-images /nothing
    complains "no layer of any image of the store has /nothing"
    expect 2 which --all-images app:1 /etc
}

# Two images: what differs and in what, moved and copied files, the configs.
case_diff_images() {
    python3 - "$root" <<'EOP'
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
base = Tar().dir("d").file("d/f", b"abc").file("d/g", b"12345").dir("old").file("old/x", b"moves").symlink("l", "d").end()
one = Image([base, Tar().dir("d").file("d/f", b"abc", mode=0o600, mtime=7).end()])
two = Image([base, Tar().file("d/f", b"abd").file(".wh.old").file("new", b"moves").file("new\x1b", b"12345").symlink("l", "f").end()])
one.config["config"] = {"Env": ["A=1", "B=2"], "Cmd": ["/bin/sh"], "Labels": {"x": "1", "y": "2"}, "User": "u"}
two.config["config"] = {"Env": ["B=2", "C=\x1b"], "Cmd": ["/bin/bash"], "Labels": {"x": "2", "y": "2"}}
for name, image in (("one.tar", one), ("two.tar", two)):
    with open(name, "wb") as file:
        file.write(image.oci_archive())
EOP
    expect 0 import --name one one.tar
    expect 0 import --name two two.tar
    expect 0 diff one two
    is out "C /d/f (content, mode, mtime)" "C /l (target)" "A /new (moved from /old/x)" 'A /new\x1b (copied from /d/g)' "D /old" \
        'D config Env: "A=1"' 'A config Env: "C=\u001B"' 'C config Cmd: ["/bin/sh"] -> ["/bin/bash"]' \
        'C config Labels.x: "1" -> "2"' 'D config User: "u"'
    expect 0 diff --ignore mtime,mode,content one two
    has_not out /d/f
    expect 0 diff --json one two
    json '[(c["change"], c.get("differs")) for c in x if c.get("path") == "/d/f"] == [("changed", ["content", "mode", "mtime"])]'
    json '[(c["config_member"], c["before"], c["after"]) for c in x if "config_member" in c][0] == ("Env", "\"A=1\"", None)'
    expect 0 diff --long one two
    has out "A -rw-r--r--      5 B /new (moved from /old/x)"
    expect 0 diff --stat one two
    is out "files: 2 added, 2 changed, 0 changed in metadata, 1 removed" "among those added: 1 moved, 1 copied" "bytes: 13 B more, 8 B less" \
        "config: 5 differences"
    expect 0 diff one@1 one
    is out "C /d/f (mode, mtime)"
    expect 0 diff one two@1
    has out "C /d/f (mode, mtime)"
    expect 0 diff one one
    empty out
    expect 0 diff "$PWD/one.tar" two
    has out "D /old"
    expect 1 diff one one@3
    complains "one has 2 layers, not 3"
    expect 1 diff one nosuch
    complains 'no image "nosuch"'
    expect 2 diff --ignore mtime,colour one two
    complains '"colour" is none of'
    expect 1 diff --stat one
    complains "one is no branch"
    empty out
}

# A branch and its mount, beside images and each other.
case_diff_branches() {
    can_mount
    fill
    mkdir mnt look
    expect 0 mount --rw=work app:1 mnt
    expect 0 diff --stat work
    has out "files: 0 added, 0 changed, 0 changed in metadata, 0 removed"
    expect 0 diff app:1 work
    empty out
    printf 'more\n' >mnt/new
    cp -p mnt/srv/big mnt/srv/copy
    rm -r mnt/doc
    chmod 600 mnt/usr/bin/tool
    touch -d @7 mnt/etc/motd
    expect 0 diff app:1 work
    grep -v '^C /\(srv\|usr/bin\|etc\)\? (mtime)$' out >changes || true
    is changes 'D /doc' 'C /etc/motd (mtime)' 'A /new' 'A /srv/copy (copied from /srv/also)' 'C /usr/bin/tool (mode)'
    cp out wanted
    expect 0 diff app:1 "$PWD/mnt"
    cmp out wanted || fail "by its mount point"
    expect 0 diff work "$PWD/mnt"
    empty out
    expect 0 diff "$PWD/mnt"
    has out "D /doc"
    has out "A /srv/copy"
    expect 0 mount app:1 look
    expect 0 diff look work
    cmp out wanted || fail "from a mount of the image"
    expect 0 diff work app:1
    has out "A /doc/new"
    has out "D /new"
    expect 0 diff --ignore mtime,mode work
    has_not out /etc/motd
    has_not out /usr/bin/tool
    has out "A /new"
    expect 0 diff --stat --json work
    json 'x[0]["files_added"] == 2 and x[0]["files_copied"] == 1 and x[0]["files_removed"] == 1'
    expect 0 diff base:1 work
    has out "A /srv/big"
    has_not out "C /srv/big"
    expect 0 umount mnt
    expect 0 umount look
    expect 0 diff app:1 work
    cmp out wanted || fail "when it is not mounted"
    mkdir tmp
    TMPDIR=$PWD/tmp expect 0 diff app:1 work
    [ -z "$(ls -A tmp)" ] || fail "left in TMPDIR"
    expect 0 commit work app:2
    expect 0 diff app:2 work
    empty out
    expect 1 diff app:1 nosuch
    complains 'no image "nosuch"'
}

# A content in all images, by a file or its digest.
case_which_content() {
    fill
    printf 'hello\n' >hello
    expect 0 which --content hello
    is out "IMAGE   LAYER  STATE        PATH" "app:1       1  hidden by 2  /etc/motd" "base:1      1  visible      /etc/motd"
    expect 0 which --json --content "$(sha256sum <hello | cut -d' ' -f1)"
    json '[(f["name"], f["layer"], f["path"], f["visible"], f.get("hidden_by")) for f in x] == [("app:1", 1, "/etc/motd", False, 2), ("base:1", 1, "/etc/motd", True, None)]'
    head -c 300000 /dev/zero | tr '\0' x >big
    expect 0 which --content big
    has out "app:1      3  visible  /srv/also"
    has out "app:1      3  visible  /srv/big"
    printf 'h%.0s' 1 2 3 >nowhere
    expect 1 which --content nowhere
    complains "no image of the store has a file with the content of nowhere"
    expect 1 which --content nosuch
    complains "nosuch is neither a file nor a digest"
    expect 2 which --content hello app:1
    # A hash of the index that fits is not enough: the bytes are read.
    local layer
    layer=$(grep -l hello "$MICA_STORE"/layers/*/pack)
    chmod u+w "$layer"
    sed -i s/hello/hallo/ "$layer"
    expect 1 which --content hello
}

# An image that has every oddity once: the findings, each with layer and entry; and none of a plain image.
case_lint() {
    python3 - "$root" <<'EOP'
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
base = (Tar().dir("d").file("d/f", b"abc").file("d/su", b"x", mode=0o4755).file("d/sg", b"x", mode=0o2755).file("d/open", b"x", mode=0o666)
        .dir("d/all", mode=0o777).dir("d/tmp", mode=0o1777).file("d/.netrc", b"secret").file("d/.env", b"A=b").file("d/id_rsa.pub", b"x")
        .pax({"SCHILY.xattr.security.capability": "x"}).file("d/cap", b"x").pax({"SCHILY.xattr.user.overlay.origin": "x"}).file("d/ovl", b"x")
        .pax({"SCHILY.xattr.security.selinux": "x"}).file("d/se", b"x").end())
odd = (Tar().link("d/link", "d/f").file("none/.wh.x").file("p/q", b"x").header("d/dev", kind=b"3", device=(0, 0)).file("d/.wh..netrc")
       .file("/abs", b"x").file("up/../x", b"x").file("d/.wh..wh.aufs", b"").file(".wh.full", b"not empty").file("twice", b"1").file("./twice", b"2")
       .end())
image = Image([base, odd, odd])
image.config["history"] = image.config["history"][:1]
with open("odd.tar", "wb") as file:
    file.write(image.oci_archive())
image = Image([base])
del image.config["history"]
with open("none.tar", "wb") as file:
    file.write(image.oci_archive())
EOP
    expect 0 import --name odd odd.tar
    expect 0 import --name none none.tar
    expect 3 lint odd
    has out "warning: history-count: the number of steps with a layer in the history"
    has out "error: duplicate-entry: layer 2: ./twice: "
    has out "warning: absolute-name: layer 2: /abs: "
    has out "warning: dot-dot: layer 2: up/../x: "
    has out "warning: bad-whiteout: layer 2: d/.wh..wh.aufs: "
    has out "warning: odd-whiteout: layer 2: .wh.full: "
    has out "warning: whiteout-without-target: layer 2: /none/x: "
    has out "warning: hardlink-across-layers: layer 2: /d/link: "
    has out "warning: missing-parent: layer 2: /p: "
    has out "warning: device-whiteout: layer 2: /d/dev: "
    has out "warning: overlay-xattr: layer 1: /d/ovl: "
    has out "warning: world-writable: layer 1: /d/open: "
    has out "warning: world-writable: layer 1: /d/all: "
    has out "warning: hidden-secret: layer 1: /d/.netrc: "
    has_not out /d/tmp
    has_not out note:
    has_not out id_rsa
    empty err
    expect 3 lint --json --severity note odd
    json '{(f["rule"], f.get("layer"), f.get("entry")) for f in x if f["severity"] == "note"} == {("setuid", 1, "/d/su"), ("setgid", 1, "/d/sg"), ("capabilities", 1, "/d/cap"), ("selinux-xattr", 1, "/d/se"), ("secret", 1, "/d/.env"), ("repeated-layer", 3, None)}'
    expect 3 lint --json --severity error odd
    json '[(f["rule"], f["layer"], f["entry"]) for f in x] == [("duplicate-entry", 2, "./twice"), ("duplicate-entry", 3, "./twice")]'
    expect 0 lint --severity error none
    empty out
    expect 3 lint --severity note none
    has out "note: no-history: the config has no history"
    expect 2 lint --severity loud odd
    complains "takes note, warning or error"
    fill
    expect 3 lint --severity note app:1
    has_not out $'\e'
}

# What tools disagree about, in archives, layers and the config: each once, with layer and entry.
case_lint_more() {
    python3 - "$root" <<'EOP'
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
base = (Tar().dir("./").dir("a").symlink("lib", "a").dir("o").file("o/x", b"x").file("late/x", b"x").dir("late").link("early", "target").file("target", b"t")
        .file("a//b", b"x").file("big-owner", b"x", uid=70000).file("old", b"x", mtime=-5).file(b"caf\xe9", b"x").file("e\x1bsc", b"x")
        .header("dev", kind=b"4", device=(7, 1)).pax({b"SCHILY.xattr.user.k": b"v"}).symlink("noted", "a").file("gone/x", b"x").end())
top = (Tar().file("lib/f", b"x").file("o/.wh..wh..opq").header("o/c", kind=b"3", device=(0, 0)).file(".wh.gone").file("gone/y", b"y").end())
image = Image([base, top, Tar().end()])
image.config["config"] = {"User": "4294967296:0", "WorkingDir": "srv", "Volumes": {"data": {}}, "Labels": {"l": "a\x1bb"}}
image.config["history"][0]["created_by"] = "RUN \x1b]0;x\x07"
image.manifest["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"
del image.config["os"]
with open("more.tar", "wb") as file:
    file.write(image.oci_archive())
EOP
    expect 0 import --name more --platform linux/amd64 more.tar
    expect 3 lint --severity note more
    has out "error: no-platform: "
    has out "error: user-range: config.User: "
    has out "warning: relative-path: config.WorkingDir: "
    has out "warning: relative-path: config.Volumes: "
    has out "warning: control-characters: config.Labels.l: "
    has out "warning: control-characters: history[0].created_by: "
    has out "note: nondistributable: layer 1: "
    has out "warning: media-type: layer 1: "
    has out "note: root-entry: layer 1: ./: "
    has out "warning: late-parent: layer 1: late"
    has out "warning: link-before-target: layer 1: target: "
    has out "warning: odd-name: layer 1: a//b: "
    has out "warning: large-owner: layer 1: /big-owner: "
    has out "note: negative-time: layer 1: /old: "
    has out 'warning: not-utf8: layer 1: /caf\xe9: '
    has out 'warning: control-characters: layer 1: /e\x1bsc: '
    has out "note: device: layer 1: /dev: "
    has out "warning: user-xattr: layer 1: /noted: "
    has out "warning: directory-over-link: layer 2: /lib: "
    has out "warning: opaque-with-device: layer 2: /o/c: "
    has out "warning: whiteout-and-entry: layer 2: gone/y: "
    has out "note: empty-layer: layer 3: "
    for rule in late-parent link-before-target odd-name whiteout-and-entry opaque-with-device; do
        [ "$(grep -c " $rule: " out)" = 1 ] || fail "$rule more than once"
    done
    has_not out $'\e'
}
