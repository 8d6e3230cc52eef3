# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Stores of earlier versions (tests/store/old): they are read as they are, and changed like new ones. A store of a new format gets an
# archive of its own beside these; none is ever made anew.
#
# store-1.tar.zst: made by an ordinary user with version 1 of the format: base:1, also by another name, and app:1 over it, with a content
# in a file of its own; the branch `work` on app:1, which changes a file, hides one, moves a directory and makes one opaque; the
# directory of a transaction whose process died.
# shellcheck disable=SC2154

old_store() {
    tar --zstd --xattrs --xattrs-include='user.*' --no-same-owner -xpf "$root/tests/store/old/store-1.tar.zst"
}

case_old_store_is_read() {
    old_store
    expect 0 images --quiet
    is out app:1 base:1 other.example:5000/team/base:2
    expect 0 verify --deep
    expect 0 cat app:1:/etc/motd
    is out changed
    expect 0 cat base:1:/opt/old/file
    [ "$(cat out)" = old ] || fail "another content"
    expect 0 cat app:1:/srv/also
    [ "$(sha256sum <out)" = "$(printf '0123456789abcde\n%.0s' {1..80000} | sha256sum)" ] || fail "another content"
    expect 0 branches --quiet
    is out work
    # What the branch shows, layer for layer, as it was when the archive was made.
    expect 0 diff work
    is out "C /" "C /doc" "A /doc/more" "A /doc/more/file" "D /doc/new" "C /etc" "C /etc/motd" "A /moved" "A /moved/also" "A /moved/big" "C /opt" "D /srv"
}

case_old_store_is_mounted() {
    can_mount
    old_store
    mkdir mnt
    expect 0 mount --rw=work mnt
    [ "$(cat mnt/etc/motd)" = edited ] || fail "another content"
    [ "$(cat mnt/doc/more/file)" = more ] || fail "another content"
    [ "$(cd mnt && echo doc/* moved/* opt/*)" = "doc/more moved/also moved/big opt/*" ] || fail "other names: $(cd mnt && echo doc/* moved/* opt/*)"
    [ "$(stat -c %a:%h mnt/moved/big mnt/moved/also | xargs)" = "600:2 600:2" ] || fail "other metadata: $(stat -c %a:%h mnt/moved/*)"
    cmp mnt/moved/big <(printf '0123456789abcde\n%.0s' {1..80000}) || fail "another content"
    echo new >mnt/new
    expect 0 umount mnt
    expect 0 commit work app:2
    expect 0 cat app:2:/new
    is out new
    expect 0 verify --deep
}

# Each view reads the layers' indexes, which that version made.
case_old_store_has_views() {
    can_mount
    old_store
    mkdir mnt
    expect 0 mount --views app:1 mnt
    [ "$(cat mnt/root/etc/motd mnt/upto/2/etc/motd mnt/layers/2-*/etc/motd)" = $'changed\nchanged\nchanged' ] || fail "another content"
    [ "$(cat mnt/upto/1/opt/old/file)" = old ] || fail "another content"
    cmp mnt/hidden/1/etc/motd mnt/upto/1/etc/motd || fail "hidden"
    ! cmp -s mnt/hidden/1/etc/motd mnt/root/etc/motd || fail "nothing is hidden"
    diff -r mnt/root mnt/upto/3 >out 2>err || fail "root is not the top"
    expect 0 umount mnt
}

case_old_store_is_changed() {
    old_store
    expect 0 gc --dry-run
    has out "interrupted work"
    expect 0 import --quiet "$images/app.tar" # another image by a name that is taken
    expect 0 gc
    nothing_left
    expect 0 verify --deep
    expect 0 branches rm work
    expect 0 rm app:1 base:1 other.example:5000/team/base:2
    expect 0 gc
    [ -z "$(find "$MICA_STORE"/{blobs/*,layers,trees,branches} -mindepth 1)" ] || fail "something is left"
}
