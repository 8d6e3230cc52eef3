# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Verbs that read an image, used as by somebody who does not know them: what a mistake is answered, and readers that leave.
# shellcheck disable=SC2154

# A path that a layer removed: the layer, and the command that shows the path.
case_removed_paths() {
    fill
    expect 1 tree app:1:/opt/old
    complains "/opt/old: No such file or directory; layer 2 removed it: mica tree --upto 1 app:1:/opt/old"
    expect 1 find app:1 /opt/old -type f
    complains "/opt/old: No such file or directory; layer 2 removed it: mica find --upto 1 app:1:/opt/old"
    expect 0 find --upto 1 app:1:/opt/old
    is out /opt/old /opt/old/file
    expect 1 cp app:1:/opt/old/file copy
    complains "app:1:/opt/old/file: No such file or directory; layer 2 removed it: mica cp --upto 1 app:1:/opt/old/file copy"
    [ ! -e copy ] || fail "a copy of a missing file"
    expect 1 tree app:1:/never
    has_not err removed
    expect 1 find --upto 2 app:1 /opt/old
    has_not err removed
}

# A word that is an image with something behind it, where an image alone is taken.
case_words_of_images() {
    fill
    expect 1 layers app:1:/etc
    complains 'no image "app:1:/etc"'
    has err 'did you mean "app:1"?'
    expect 1 waste app:1@2
    has err 'did you mean "app:1"?'
    expect 1 layers :/
    has_not err "did you mean"
    expect 1 diff app:1
    complains "app:1 is an image, not a branch: mica diff A B compares two images"
    expect 1 diff nosuch
    complains "no branch nosuch"
    expect 1 ls ""
    complains 'no image ""'
    # A word that is no image is a path of the image before it, for cat as for ls.
    expect 0 cat app:1 etc/motd
    is out changed
    expect 1 cat app:1 opt/old/file
    complains "app:1:/opt/old/file: No such file or directory; layer 2 removed it: mica cat --upto 1 app:1:/opt/old/file"
    expect 0 cat base:1:/etc/motd app:1:/etc/motd
    is out hello changed
}

# A reader that leaves ends mica by SIGPIPE, or with a message where that is ignored; a full disk is a failure.
case_readers_leave() {
    python3 - "$root" <<'EOP' >large.tar
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
tar = Tar()
for i in range(4000):
    tar.file("a-name-that-makes-listings-longer-than-a-pipe-holds/%05d" % i, b"x" * 40, mode=0o4755)
tar.file("large", b"x" * 300000)
sys.stdout.buffer.write(Image([tar.end()]).oci_archive())
EOP
    expect 0 import --name large large.tar
    fill
    local verb status
    for verb in "ls -lR large" "ls -R --json large" "find large -ls" "tree large" "diff base:1 large" "diff --json base:1 large" \
        "cat large:/large" "lint --severity note large"; do
        # shellcheck disable=SC2086
        (
            trap - PIPE
            set +e
            "$mica" $verb 2>err | head -c 1 >/dev/null
            [ "${PIPESTATUS[0]}" = 141 ]
        ) || fail "$verb: not ended by SIGPIPE"
        empty err
        # shellcheck disable=SC2086
        (
            trap '' PIPE
            set +e
            "$mica" $verb 2>err | head -c 1 >/dev/null
            [ "${PIPESTATUS[0]}" = 1 ]
        ) || fail "$verb: SIGPIPE is ignored"
        complains "Broken pipe"
    done
    for verb in "ls app:1" "find app:1" "tree app:1" "layers app:1" "history app:1" "manifest app:1" "config app:1" "waste app:1" \
        "which app:1 /etc" "which --json app:1 /etc" "diff base:1 app:1" "cat app:1:/etc/motd" "report app:1" \
        "lint --severity note app:1" "layers --json app:1" "waste --json app:1" "history --json app:1"; do
        status=0
        # shellcheck disable=SC2086
        "$mica" $verb >/dev/full 2>err || status=$?
        [ "$status" = 1 ] || fail "$verb on a full disk: status $status"
        complains "No space left on device"
    done
}
