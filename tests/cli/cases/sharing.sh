# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Equal contents are stored once, over all layers and images. twins.py makes two images that share no layer.
# shellcheck disable=SC2154

bytes_of() { # PATH: on the disk
    du -s --block-size=1 "$1" | cut -f 1
}

twins() { # both are imported, and what they are without each other is below ./alone
    local name
    mkdir twins alone
    python3 "$root/tests/cli/twins.py" twins
    for name in one two; do
        expect 0 --store "alone/$name-store" import "twins/$name.tar"
        expect 0 --store "alone/$name-store" cp -a "$name:1:/" "alone/$name"
        expect 0 import "twins/$name.tar"
    done
}

same_as_alone() { # NAME...: these images are what they are alone
    local name
    for name in "$@"; do
        rm -rf now
        expect 0 cp -a "$name:1:/" now
        diff -r "alone/$name" now || fail "$name:1 has other contents"
    done
}

sound() {
    expect 0 verify --deep
    has out "all is well"
    nothing_left
}

# The second image adds its blobs, metadata and what is its own.
case_sharing() {
    local together alone_one alone_two files
    twins
    sound
    same_as_alone one two
    together=$(bytes_of "$MICA_STORE/layers")
    alone_one=$(bytes_of alone/one-store/layers)
    alone_two=$(bytes_of alone/two-store/layers)
    # Its own are 1 MiB and 700 kB; pages that it shares in part, indexes and tables take the rest.
    [ $((together - alone_one)) -lt $((alone_two / 3)) ] || fail "$together bytes, alone $alone_one and $alone_two"
    files=$(find "$MICA_STORE/layers" -path '*/files/*' -links 2 | wc -l)
    [ "$files" = 6 ] || fail "$files names of shared files"
    expect 0 df --json
    json "[i['name'] for i in x] == ['one:1', 'two:1'] and x[0]['shared_with'] == ['two:1']"
    json "x[0]['saved_disk_size'] > 1 << 20 and x[1]['saved_disk_size'] > 6 << 20"
    json "x[0]['shared_disk_size'] > 8 << 20 and x[0]['freed_disk_size'] < x[0]['disk_size'] - (8 << 20)"
    expect 0 df
    has out "; equal contents save 9."
    # Twice the same gives the same.
    expect 0 import twins/two.tar
    sound
}

# What another image shares stays, whichever goes, and not more than that.
case_sharing_and_removing() {
    local first second before after said
    for first in one two; do
        rm -rf "$MICA_STORE" twins alone
        twins
        second=$([ $first = one ] && echo two || echo one)
        expect 0 df --json
        said=$(python3 -c "import json; print([i['freed_disk_size'] for i in json.load(open('out')) if i['name'] == '$first:1'][0])")
        before=$(bytes_of "$MICA_STORE")
        expect 0 rm "$first:1"
        has out "freed $said bytes"
        after=$(bytes_of "$MICA_STORE")
        [ $((before - after)) = "$said" ] || fail "$((before - after)) bytes went, not $said"
        sound
        same_as_alone "$second"
        expect 0 gc --dry-run --json
        said=$(python3 -c 'import json; print(sum(o["disk_size"] for o in json.load(open("out"))))')
        expect 0 gc
        [ $first = two ] || has out "packs of removed layers"
        before=$after
        after=$(bytes_of "$MICA_STORE")
        # A file system may need a block more or less to say where the rest is.
        said=$((before - after - said))
        [ "${said#-}" -le 16384 ] || fail "$((before - after)) bytes went, $said more than it said"
        sound
        same_as_alone "$second"
        expect 0 gc
        is out "freed 0 bytes (0 B): 0 blobs, 0 layers, 0 trees"
        after=$(bytes_of "$MICA_STORE/layers")
        before=$(bytes_of "alone/$second-store/layers")
        [ "$after" -le $((before + before / 4)) ] || fail "$second alone takes $after bytes, not $before"
        # It comes back, and shares again.
        expect 0 import "twins/$first.tar"
        sound
        same_as_alone one two
        expect 0 rm one:1 two:1
        expect 0 gc
        [ -z "$(ls -A "$MICA_STORE/layers")" ] || fail "layers are left"
    done
}

# A pack is replaced beneath a mount that reads from it.
case_sharing_and_mounts() {
    can_mount
    twins
    mkdir mnt
    expect 0 mount two:1 mnt
    sha256sum mnt/usr2/file-00[0-9] >before
    expect 0 rm one:1
    expect 0 gc
    has out "packs of removed layers"
    diff -r alone/two mnt || fail "the mount shows other contents"
    sha256sum -c --quiet before || fail "files that were read have other contents"
    expect 0 umount mnt
    sound
}

# Damage in a pack is that of all images that have it, and each can be made anew.
case_sharing_and_damage() {
    local pack
    twins
    pack=$(find "$MICA_STORE/layers" -path '*/packs/*' -size +100k -links +1 | sort | head -n 1)
    python3 - "$pack" <<'END'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(65536)
    data = file.read(300_000)
    file.seek(65536)
    file.write(bytes(b ^ 1 for b in data))
END
    expect 3 verify
    has out "one:1"
    has out "two:1"
    expect 3 verify two:1
    expect 4 verify --repair
    sound
    same_as_alone one two
    # Importing mends as well, and what is damaged is not shared with.
    pack=$(find "$MICA_STORE/layers" -name places | sort | tail -n 1)
    printf 'damaged' | dd of="$pack" bs=1 seek=170 conv=notrunc status=none
    expect 3 verify
    has out "places"
    expect 0 import --check twins/one.tar twins/two.tar
    expect 0 verify
    same_as_alone one two
    expect 0 rm one:1 two:1
    expect 0 import twins/one.tar twins/two.tar
    pack=$(find "$MICA_STORE/layers" -name places | sort | tail -n 1)
    # A program that does not know the table finds no pack, rather than holes.
    [ ! -e "$(dirname "$pack")/pack" ] || [ ! -e "$pack" ] || fail "both a pack and a table"
    : >"$(find "$MICA_STORE/layers" -name places | sort | head -n 1)"
    expect 3 verify
    expect 4 verify --repair
    same_as_alone one two
}

# A branch's layer shares with the image beneath.
case_sharing_and_commit() {
    can_mount
    twins
    mkdir mnt
    expect 0 mount --rw=work two:1 mnt
    chmod 600 mnt/usr2/*
    cp alone/one/own/2 mnt/again
    expect 0 umount mnt
    local before after
    before=$(bytes_of "$MICA_STORE/layers")
    expect 0 commit work three:1
    after=$(bytes_of "$MICA_STORE/layers")
    [ $((after - before)) -lt 500000 ] || fail "the new layer takes $((after - before)) bytes"
    sound
    expect 0 cp -a three:1:/usr2 now
    diff -r alone/two/usr2 now || fail "three:1 has other contents"
}
