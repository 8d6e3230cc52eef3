# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica verify. damage.py has the table of damages.
# shellcheck disable=SC2154

case_verify() {
    expect 1 verify
    complains "no store"
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

# A layer in the place of another one, whose own checksums are right.
case_verify_deep() {
    fill
    expect 0 inspect app:1
    local layers
    layers=$(python3 -c 'import json; print(*[layer["diff_id"].split(":")[1] for layer in json.load(open("out"))["layers"]])')
    read -r -a layers <<<"$layers"
    rm -rf "$MICA_STORE"/trees/* "$MICA_STORE/layers/${layers[1]}"
    cp -a "$MICA_STORE/layers/${layers[2]}" "$MICA_STORE/layers/${layers[1]}"
    expect 3 verify
    has_not out "damaged metadata: layers/"
    expect 3 verify --deep
    has out "damaged metadata: layers/${layers[1]}/index: it differs from the layer in its blob"
    expect 4 verify --deep --repair
    expect 0 verify --deep
    expect 0 cat app:1:/etc/motd
    is out changed
}

case_verify_repair() {
    fill
    expect 0 verify --repair
    has out "all is well"
    expect 0 inspect app:1
    local blob layer
    blob=$(python3 -c 'import json; print(json.load(open("out"))["layers"][2]["blob_digest"].replace(":", "/"))')
    layer=$(python3 -c 'import json; print(json.load(open("out"))["layers"][2]["diff_id"].split(":")[1])')
    : >"$MICA_STORE/blobs/$blob"
    printf 'yyyy' | dd of="$MICA_STORE/layers/$layer/pack" conv=notrunc status=none
    # With the blob damaged as well, the store alone has nothing to make the layer of.
    expect 3 verify --repair
    has out "not repaired: only a SOURCE that has it can bring it back"
    expect 3 verify --repair="$images/base.tar"
    has out "not repaired: the SOURCE does not have it"
    expect 1 verify --repair="$PWD/none.tar"
    complains none.tar
    expect 1 verify --repair=-
    complains "not standard input"
    expect 1 verify --repair="$images/cut.tar"
    expect 4 verify --repair="$images/app.tar"
    has out "2 faults, 2 of them repaired"
    expect 0 verify
    nothing_left
    # Who may not write may look.
    printf 'yyyy' | dd of="$MICA_STORE/layers/$layer/pack" conv=notrunc status=none
    expect 4 verify --repair --json app:1
    json 'len(x) == 1 and x[0]["repaired"] and x[0]["unrepaired"] is None'
}

# A mount goes on: files that are open keep what they had, others are those of the new layer.
case_verify_repair_mounted() {
    can_mount
    fill
    mkdir mnt
    expect 0 mount app:1 mnt
    local layer status=0
    expect 0 inspect app:1
    layer=$(python3 -c 'import json; print(json.load(open("out"))["layers"][2]["diff_id"].split(":")[1])')
    exec 9<mnt/srv/big
    printf 'damaged' | dd of="$MICA_STORE/layers/$layer/pack" conv=notrunc status=none
    expect 4 verify --repair
    cat <&9 >/dev/null || status=$?
    exec 9<&-
    "$mica" umount mnt
    expect 0 mount app:1 mnt
    [ "$(tr -d x <mnt/srv/big | wc -c)" = 0 ] || fail "the content"
    "$mica" umount mnt
    [ "$status" = 0 ] || fail "what was open could not be read"
}

case_import_check() {
    fill
    local layer
    expect 0 inspect app:1
    layer=$(python3 -c 'import json; print(json.load(open("out"))["layers"][2]["diff_id"].split(":")[1])')
    printf 'yyyy' | dd of="$MICA_STORE/layers/$layer/pack" conv=notrunc status=none
    expect 0 import "$images/app.tar"
    expect 3 verify
    expect 0 import --check "$images/app.tar"
    has out "unchanged"
    has err "1 fault in its stored objects is repaired"
    expect 0 verify
    "$mica" import --check - <"$images/app.tar" >out 2>err || fail "from a pipe"
    has_not err repaired
    expect 0 import --check --json "$images/app.tar" "$images/base.tar"
    json 'len(x) == 2'
    empty err
}

# A mounted tree tells where in a layer the files are: it is not given a layer that has them elsewhere.
case_verify_repair_busy() {
    can_mount
    fill
    mkdir mnt
    expect 0 inspect app:1
    local layers
    layers=$(python3 -c 'import json; print(*[layer["diff_id"].split(":")[1] for layer in json.load(open("out"))["layers"]])')
    read -r -a layers <<<"$layers"
    # The tree is made of a layer that has been put in another's place.
    rm -rf "$MICA_STORE"/trees/* "$MICA_STORE/layers/${layers[2]}"
    cp -a "$MICA_STORE/layers/${layers[0]}" "$MICA_STORE/layers/${layers[2]}"
    expect 4 verify --repair
    expect 0 mount app:1 mnt
    expect 3 verify --deep --repair
    has out "not repaired: it is mounted on $PWD/mnt, and the new layer has its files in other places; first: mica umount"
    expect 0 umount mnt
    expect 4 verify --deep --repair
    expect 0 cat app:1:/etc/motd
    is out changed
    expect 0 verify --deep
}
