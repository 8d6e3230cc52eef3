# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# --upto and --layer: an image as it was, and one layer of it.
# shellcheck disable=SC2154

# The same as an image that has no more layers.
case_upto() {
    PYTHONPATH=$root/tests/lib PYTHONDONTWRITEBYTECODE=1 python3 - <<'END'
from made_image import Image, Tar
layers = [Tar().dir("d").file("d/a", b"1").file("d/b", b"22").dir("gone").file("gone/x", b"x").file("link", b"l").end(),
          Tar().dir("d").file("d/a", b"new").file("d/.wh.b").link("late", "link").file(".wh.gone").end(),
          Tar().dir("d").file("d/.wh..wh..opq").file("d/c", b"c").file(".wh.link").end(),
          Tar().file("last", b"z").end()]
for n in range(1, 5):
    with open("upto%d.tar" % n, "wb") as file:
        file.write(Image(layers[:n], name="upto:%d" % n).oci_archive())
END
    local n
    for n in 4 3 2 1; do
        expect 0 import -q --name "upto:$n" "upto$n.tar"
    done
    for n in 1 2 3 4; do
        expect 0 ls -R --json "upto:$n"
        sed "s/\"upto:$n\"/\"upto:4\"/" out >wanted
        expect 0 ls -R --json --upto "$n" upto:4
        cmp out wanted || fail "ls --upto $n"
        expect 0 cp -a "upto:$n:/" "whole$n"
        expect 0 cp -a --upto "$n" upto:4:/ "upto$n"
        if [ "$(id -u)" = 0 ]; then
            python3 "$root/tests/cli/same_trees.py" "whole$n" "upto$n" >differences || fail "cp --upto $n"
        fi
    done
    expect 0 cat --upto 2 upto:4:/late
    [ "$(cat out)" = l ] || fail "a hard link of a layer"
    expect 0 find --layer 3 upto:4 -type f
    is out /d/c
    expect 0 find --upto=1 upto:4 /gone
    is out /gone /gone/x
    expect 0 tree --layer 4 upto:4
    is out / "└── last" "" "0 directories, 1 file"
    expect 0 cat --layer 2 upto:4:/late # a hard link to a file of layer 1
    [ "$(cat out)" = l ] || fail "a hard link to a file of a lower layer"
    expect 0 find --layer 2 upto:4 -type f
    is out /d/a /late
    expect 0 ls -l --json --layer 2 upto:4
    json '[(e["path"], e["layer"]) for e in x] == [("/d", 2), ("/late", 1)]'
    expect 0 ls -d --json --layer 2 upto:4:/ upto:4:/d
    json '[e.get("layer") for e in x] == [None, 2]'
    expect 1 ls --upto 5 upto:4
    complains "the image has 4 layers, and no layer 5"
    for n in 0 x -1; do
        expect 2 ls --upto "$n" upto:4
        complains "is no layer number"
    done
    expect 2 cat --upto 1 --layer 2 upto:4:/link
    complains "exclude each other"
    [ -z "$(find . -name '.mica*')" ] || fail "left behind"
}

case_cat_removed() {
    fill
    expect 1 cat app:1:/opt/old/file
    complains "app:1:/opt/old/file: No such file or directory; layer 2 removed it: mica cat --upto 1 app:1:/opt/old/file"
    expect 0 cat --upto 1 app:1:/opt/old/file
    [ "$(cat out)" = old ] || fail "not the file"
    expect 1 cat app:1 /doc/readme
    complains "layer 2 removed it: mica cat --upto 1 app:1:/doc/readme"
    expect 1 cat app:1:/nothing
    complains "No such file or directory"
    has_not err "removed"
    expect 1 cat --upto 1 app:1:/srv/big
    has_not err "removed"
    expect 0 cat --layer 2 app:1:/etc/motd
    is out changed
    expect 0 cat --upto 1 app:1:/etc/motd
    is out hello
}
