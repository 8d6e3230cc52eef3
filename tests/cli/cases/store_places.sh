# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Stores on file systems that lack something, or can only be read.
# shellcheck disable=SC2154

# A mount point, mnt/place, which is free again when the case has ended, however that is.
make_place() {
    if [ "$(id -u)" != 0 ] || [ ! -e /dev/loop-control ]; then
        exit 77
    fi
    device=
    trap 'umount -ql mnt/union || :; umount -ql mnt/place || :; [ -z "$device" ] || losetup --detach "$device"' EXIT
    mkdir -p mnt/place
}

# All that a store does without a branch.
use_store() {
    fill
    expect 0 verify --deep
    expect 0 cat app:1:/etc/motd
    is out changed
    expect 0 tag app:1 app:2
    expect 0 rename app:2 app:3
    if [ -w /dev/fuse ]; then
        mkdir -p mnt/union
        expect 0 mount app:1 mnt/union
        [ "$(cat mnt/union/etc/motd)" = changed ] || fail "another content"
        expect 0 umount mnt/union
    fi
    expect 0 rm app:1 app:3
    expect 0 gc
    nothing_left
    expect 0 verify --deep
    expect 0 images --quiet
    is out base:1
}

# No hard links, no extended attributes, no modes and owners, no symbolic links.
case_store_on_exfat() {
    make_place
    truncate -s 64M disk.img
    device=$(losetup --find --show disk.img)
    mkfs.exfat "$device" >/dev/null
    mount.exfat-fuse -o umask=077 "$device" mnt/place
    export MICA_STORE=$PWD/mnt/place/store
    use_store
    # A branch cannot be there, and the message says why.
    [ ! -w /dev/fuse ] || {
        expect 1 mount --rw=work base:1 mnt/union
        complains "the file system of upperdir and workdir cannot"
        expect 0 branches --quiet
        empty out
    }
}

case_store_on_noexec() {
    make_place
    mount -t tmpfs -o noexec,nosuid,nodev,size=64m none mnt/place
    export MICA_STORE=$PWD/mnt/place/store
    use_store
    umount mnt/place
}

# The file system's free bytes after gc are those of before and what gc said.
case_gc_frees_what_it_says() {
    local before after
    make_place
    mount -t tmpfs -o size=64m none mnt/place
    export MICA_STORE=$PWD/mnt/place/store
    fill
    expect 0 tag --force base:1 app:1
    before=$(df --output=avail --block-size=1 mnt/place | tail -n 1)
    expect 0 gc --dry-run --json
    said=$(python3 -c 'import json; print(sum(o["disk_size"] for o in json.load(open("out"))))')
    expect 0 gc
    after=$(df --output=avail --block-size=1 mnt/place | tail -n 1)
    umount mnt/place
    [ "$said" -gt 300000 ] || fail "only $said bytes"
    [ $((after - before)) = "$said" ] || fail "$((after - before)) bytes are free more, not $said"
}

# A store that can only be read, beneath one's own: its images are listed, shown and shared, and nothing asks to write there.
case_store_on_squashfs() {
    make_place
    expect 0 --store "$PWD/lower" import "$images/app.tar"
    expect 0 --store "$PWD/lower" store share
    mksquashfs lower disk.sq -quiet -no-progress >/dev/null
    mount -o loop,ro disk.sq mnt/place
    export MICA_ALSO=$PWD/mnt/place
    expect 0 import "$images/base.tar"
    has err "1 already here"
    expect 0 images --quiet
    is out app:1 base:1
    expect 0 cat app:1:/etc/motd
    is out changed
    [ -z "$(ls -A "$MICA_STORE/layers")" ] || fail "the layer is there twice"
    if [ -w /dev/fuse ]; then
        mkdir -p mnt/union
        expect 0 mount app:1 mnt/union
        has err "which is read-only"
        [ "$(cat mnt/union/etc/motd)" = changed ] || fail "another content"
        expect 0 umount mnt/union
        expect 0 mount --rw=work app:1 mnt/union
        echo mine >mnt/union/etc/motd
        expect 0 umount mnt/union
        expect 0 commit work app:2
        expect 0 cat app:2:/etc/motd
        is out mine
    fi
    expect 0 verify
    expect 0 gc
}
