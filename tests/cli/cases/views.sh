# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Views of layers in a mount: mica mount --views, --upto, --layer. Also beside a slow count (views_count.py).
# shellcheck disable=SC2154

case_views_random() {
    can_mount
    python3 "$root/tests/cli/views_count.py" "$mica" random 15 ${MICA_TEST_SEED:+"$MICA_TEST_SEED"} >out 2>err || fail "count"
}

case_views_real_images() {
    local place=${MICA_TEST_IMAGES:-${XDG_CACHE_HOME:-$HOME/.cache}/mica/images}
    [ -e "$place/done" ] || exit 77
    can_mount
    python3 "$root/tests/cli/views_count.py" "$mica" image "$place/oci" pyapp worker >out 2>err || fail "count"
}

# Imports layers:1, whose right answers are written down here.
#   1  ships config, log, keep, dir/{one,two}, tree/{a,b} (time 9), link -> keep
#   2  replaces config, removes log, hides the names in dir and adds dir/new, replaces tree completely by tree/c
#   3  removes config, changes the mode of keep alone, links hard to dir/new
make_layers() {
    cat >make.py <<'END'
import sys
sys.path.insert(0, sys.argv[1] + "/tests/lib")
from made_image import Image, Tar
one = (Tar().file("config", b"password = one\n").file("log", b"logged\n").file("keep", b"kept\n").dir("dir", mode=0o750, mtime=7)
       .file("dir/one", b"1").file("dir/two", b"22").dir("tree").file("tree/a", b"a", mtime=9).file("tree/b", b"b").symlink("link", "keep"))
two = (Tar().file("config", b"password = two\n").file(".wh.log").file("dir/.wh..wh..opq").file("dir/new", b"new\n")
       .file(".wh.tree").dir("tree").file("tree/c", b"c"))
three = Tar().file(".wh.config").file("keep", b"kept\n", mode=0o600).link("hard", "dir/new")
open("layers.tar", "wb").write(Image([one.end(), two.end(), three.end()], name="layers:1").oci_archive())
END
    python3 make.py "$root"
    expect 0 import -q layers.tar
    mkdir mnt
}

# The names below a directory, sorted, in one line.
names_in() { # DIRECTORY
    (cd "$1" && find . -mindepth 1 | cut -c 3- | LC_ALL=C sort | tr '\n' ' ')
}

shows() { # DIRECTORY NAMES
    [ "$(names_in "$1")" = "$2 " ] || fail "$1 shows $(names_in "$1")"
}

case_views_by_hand() {
    can_mount
    make_layers
    expect 0 mount --views layers:1 mnt
    empty out
    empty err
    ls mnt/layers >out 2>err
    [ "$(sed 's/-.*//' out | tr '\n' ' ')" = "1 2 3 " ] || fail "layers"
    grep -qE '^2-[0-9a-f]{12}$' out || fail "no digest"
    shows mnt/layers/1-* "config dir dir/one dir/two keep link log tree tree/a tree/b"
    shows mnt/layers/2-* ".wh.log .wh.tree config dir dir/.wh..wh..opq dir/new tree tree/c"
    shows mnt/layers/3-* ".wh.config hard keep"
    shows mnt/upto/1 "config dir dir/one dir/two keep link log tree tree/a tree/b"
    shows mnt/upto/2 "config dir dir/new keep link tree tree/c"
    shows mnt/upto/3 "dir dir/new hard keep link tree tree/c"
    shows mnt/root "dir dir/new hard keep link tree tree/c"
    shows mnt/hidden/1 "config dir dir/one dir/two keep log tree tree/a tree/b"
    shows mnt/hidden/2 "config"
    [ -z "$(names_in mnt/hidden/3)" ] || fail "hidden/3"
    [ "$(cat mnt/hidden/1/config mnt/hidden/2/config mnt/hidden/1/log)" = $'password = one\npassword = two\nlogged' ] || fail content
    [ "$(cat mnt/layers/3-*/hard)" = new ] || fail "a link to a lower layer"
    [ "$(stat -c '%s %a %u %g %Y %F' mnt/layers/2-*/.wh.tree)" = "0 444 0 0 0 regular empty file" ] || fail marker
    [ "$(stat -c '%a %Y' mnt/hidden/1/dir mnt/layers/2-*/dir | tr '\n' ' ')" = "750 7 700 0 " ] || fail "directories"
    [ "$(stat -c %i mnt/upto/3/hard)" = "$(stat -c %i mnt/upto/3/dir/new)" ] || fail "a hard link"
    [ "$(stat -c %i mnt/upto/3/hard)" != "$(stat -c %i mnt/root/hard)" ] || fail "one number in two views"
    for word in layers/1 layers/01 upto/0 upto/4 upto/01 upto/1x hidden/-1 rootx upto/99999999999; do
        [ ! -e "mnt/$word" ] || fail "$word"
    done
    [ "$(stat -c %i mnt/upto/2/..)" = "$(stat -c %i mnt/upto)" ] || fail "upto/2/.."
    ! touch mnt/upto/1/new 2>err || fail "written to"
    expect 0 umount mnt
    [ -z "$(find "$MICA_STORE/leases" "$MICA_STORE/tmp" -mindepth 1)" ] || fail "left over"
}

# Programs of all days over it.
case_views_programs() {
    can_mount
    make_layers
    expect 0 mount --views layers:1 mnt
    (cd mnt && ! diff -r upto/1 upto/2) >out 2>err
    is out "diff -r upto/1/config upto/2/config" "1c1" "< password = one" "---" "> password = two" "Only in upto/2/dir: new" \
        "Only in upto/1/dir: one" "Only in upto/1/dir: two" "Only in upto/1: log" "Only in upto/1/tree: a" "Only in upto/1/tree: b" \
        "Only in upto/2/tree: c"
    empty err
    (cd mnt && diff -r root upto/3) >out 2>err || fail "root is not upto/3"
    (cd mnt && grep -r password hidden) | LC_ALL=C sort >out
    is out "hidden/1/config:password = one" "hidden/2/config:password = two"
    find mnt/layers -name '.wh.*' | sed 's/.*-............//' | LC_ALL=C sort >out
    is out "/.wh.config" "/.wh.log" "/.wh.tree" "/dir/.wh..wh..opq"
    [ "$(find mnt -printf '%D\n' | sort -u | wc -l)" = 1 ] || fail "several devices"
    if command -v rsync >/dev/null; then
        local options=-aXH
        [ "$(id -u)" = 0 ] || options=-rlptXH
        rsync "$options" mnt/ copy/ >out 2>err || fail rsync
        (cd copy && find . -type f ! -links 1 | LC_ALL=C sort) >out
        is out ./root/dir/new ./root/hard ./upto/3/dir/new ./upto/3/hard
        diff -r mnt copy >out 2>err || fail "the copy differs"
        rsync -n "$options" --delete --itemize-changes mnt/ copy/ >out 2>err || fail rsync
        empty out
        chmod -R u+w copy # made-up directories are 0555
    fi
    expect 0 umount mnt
}

# A mount up to a layer is that image in diff, and one with views the whole image: not what the mount's image is.
case_views_diff() {
    can_mount
    make_layers
    expect 0 mount --upto 2 layers:1 mnt
    expect 0 diff layers:1@2 mnt
    empty out
    expect 0 diff layers:1@2 layers:1
    cp out right
    [ -s right ] || fail "no difference"
    expect 0 diff mnt layers:1
    cmp -s right out || fail "diff of a mount up to a layer: $(cat out)"
    expect 0 umount mnt
    expect 0 mount --views layers:1 mnt
    expect 0 diff mnt layers:1
    empty out
    expect 0 umount mnt
    expect 0 mount --layer 2 layers:1 mnt
    expect 1 diff mnt layers:1
    complains "mnt shows one layer alone (layer=2), not an image"
    expect 0 umount mnt
}

# Layer 2 ships a file for a directory that layer 1 closes to others, without an entry for the directory.
case_views_closed_directory() {
    can_mount
    cat >make.py <<'END'
import sys
sys.path.insert(0, sys.argv[1] + "/tests/lib")
from made_image import Image, Tar
layers = [Tar().dir("private", mode=0o700).end(), Tar().file("private/key", b"secret\n").end(), Tar().file(".wh.private").end()]
open("layers.tar", "wb").write(Image(layers, name="closed:1").oci_archive())
END
    python3 make.py "$root"
    expect 0 import -q layers.tar
    mkdir mnt
    expect 0 mount --views closed:1 mnt
    [ "$(stat -c %a mnt/{layers/2-*,upto/2,hidden/2}/private | xargs)" = "700 700 700" ] || fail "open to others"
    [ "$(stat -c %a mnt/layers/2-* mnt/hidden/2 | xargs)" = "755 755" ] || fail "roots"
    expect 0 umount mnt
    expect 0 mount --layer 2 closed:1 mnt
    [ "$(stat -c %a mnt/private)" = 700 ] || fail "open to others"
    expect 0 umount mnt
}

# Contents that layers share are read by the layer's own table of places (store/FORMAT.md, "Equal contents").
case_views_shared_contents() {
    can_mount
    cat >make.py <<'END'
import sys
sys.path.insert(0, sys.argv[1] + "/tests/lib")
from made_image import Image, Tar
body = [bytes([65 + n]) * 20000 for n in range(4)]
layers = [Tar().file("a", body[0]).file("b", body[1]).end(), Tar().file("a", body[1]).file("c", body[2]).file("d", body[0]).end(),
          Tar().file("c", body[0]).file("e", body[3]).file(".wh.d").link("f", "b").end()]
open("layers.tar", "wb").write(Image(layers, name="shared:1").oci_archive())
END
    python3 make.py "$root"
    expect 0 import -q layers.tar
    [ -n "$(find "$MICA_STORE/layers" -name places)" ] || fail "no layer shares contents"
    mkdir mnt
    expect 0 mount --views shared:1 mnt
    ln -s mnt/layers/1-* one
    ln -s mnt/layers/2-* two
    ln -s mnt/layers/3-* three
    local view
    for view in one=a:A,b:B two=a:B,c:C,d:A three=c:A,e:D,f:B,.wh.d: mnt/upto/2=a:B,b:B,c:C,d:A mnt/root=a:B,b:B,c:A,e:D,f:B \
        mnt/hidden/1=a:A mnt/hidden/2=c:C,d:A; do
        (cd "${view%%=*}" && for name in .[!.]* *; do [ ! -e "$name" ] || echo "$name:$(tr -s A-D <"$name")"; done | sort) >out
        [ "$(cat out)" = "$(tr , '\n' <<<"${view#*=}" | sort)" ] || fail "$view: $(cat out)"
    done
    [ "$(stat -Lc %s mnt/hidden/*/* | sort -u)" = 20000 ] || fail size
    expect 0 umount mnt
}

case_views_one() {
    can_mount
    make_layers
    expect 0 mount --layer 2 layers:1 mnt
    shows mnt ".wh.log .wh.tree config dir dir/.wh..wh..opq dir/new tree tree/c"
    expect 0 mounts
    has out "layers:1 (layer=2)"
    expect 0 umount mnt
    expect 0 mount --upto 2 layers:1 mnt
    shows mnt "config dir dir/new keep link tree tree/c"
    expect 0 mounts --json
    json "[m['view'] for m in x if m['mountpoint'] == '$PWD/mnt'] == ['upto=2']"
    expect 0 umount mnt
    expect 0 mount --upto 3 -o noexec layers:1 mnt
    shows mnt "dir dir/new hard keep link tree tree/c"
    expect 0 umount mnt
    expect 0 mount layers:1 mnt
    expect 0 mounts --json
    json "[m['view'] for m in x if m['mountpoint'] == '$PWD/mnt'] == [None]"
    expect 0 umount mnt
}

case_views_refused() {
    make_layers
    expect 2 mount --views --rw layers:1 mnt
    complains "they exclude --rw"
    expect 2 mount --rw=work -o views layers:1 mnt
    complains "they exclude --rw"
    expect 2 mount --rw=work -o noexec,upto=1 layers:1 mnt
    complains "they exclude --rw"
    expect 2 mount --views --layer 1 layers:1 mnt
    complains "it excludes --upto and --layer"
    expect 2 mount --upto 1 --layer 1 layers:1 mnt
    complains "exclude each other"
    expect 2 mount --layer 0 layers:1 mnt
    complains "is no layer number"
    expect 2 mount --views mnt
    can_mount
    expect 1 mount --layer 4 layers:1 mnt
    complains "the image has 3 layers, and no layer 4"
    expect 1 mount -o views,layer=1 layers:1 mnt
    complains "exclude each other"
    expect 2 mount -o layer=x layers:1 mnt
    has err "the bottom one is 1"
    expect 0 mounts
    has_not out "$PWD"
}

# While it is mounted the image stays, with all layers.
case_views_keep_the_image() {
    can_mount
    make_layers
    expect 0 mount --views layers:1 mnt
    expect 1 rm layers:1
    expect 0 gc
    cat mnt/hidden/1/log >out
    is out logged
    expect 0 mounts
    has out "layers:1 (views)"
    expect 0 umount mnt
    expect 0 rm layers:1
}
