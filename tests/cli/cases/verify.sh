# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica verify. damage.py has the table of damages.
# shellcheck disable=SC2154

case_verify() {
    expect 1 verify
    complains "there is no store"
    fill
    expect 0 verify
    grep -q 'checked (.*): all is well$' out || fail "summary"
    empty err
    nothing_left
    expect 0 verify --json
    is out "[]"
    expect 0 verify --quiet
    empty out
    expect 0 verify app:1 base:1
    expect 1 verify nosuch
    complains 'no image "nosuch"'
    expect 2 verify --nonsense
}

case_verify_damage() {
    python3 "$root/tests/cli/damage.py" "$mica" >out 2>err || fail "a damage is not told of"
}

# Only what the images need is checked where they are named.
case_verify_of_one_image() {
    fill
    local blob
    blob=$(expect 0 inspect app:1 && python3 -c 'import json; print(json.load(open("out"))["layers"][2]["blob_digest"].replace(":", "/"))')
    printf x >>"$MICA_STORE/blobs/$blob"
    expect 3 verify
    has out "damaged content: blobs/$blob: its bytes have the digest sha256:"
    has out "; images: app:1"
    has_not out "base:1"
    expect 3 verify app:1
    expect 0 verify base:1
    touch "$MICA_STORE/foreign"
    expect 3 verify
    has out "foreign: foreign: it is not mica's"
    expect 3 verify app:1
    has_not out foreign
}

# A store that can only be read: by another user than its owner, who may not write.
case_verify_to_read_only() {
    [ "$(id -u)" = 0 ] || exit 77
    fill
    find "$MICA_STORE" -type d -exec chmod a+rx {} +
    find "$MICA_STORE" -type f -exec chmod a+r {} +
    local path
    for path in "$PWD" "$(dirname "$PWD")"; do chmod a+x "$path"; done
    install -m 0755 "$mica" ./mica
    setpriv --reuid 65533 --regid 65533 --clear-groups "$PWD/mica" verify >out 2>err </dev/null || fail "status"
    has out "all is well"
    chmod 0600 "$MICA_STORE"/trees/*
    local status=0
    setpriv --reuid 65533 --regid 65533 --clear-groups "$PWD/mica" verify >out 2>err </dev/null || status=$?
    [ "$status" = 3 ] || fail "status $status"
    has out "unreadable: trees/"
}
