#!/bin/bash
# What becomes of a store when imports are killed, run at once, or find no room.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

complete() { # the store has just this image, whole, and nothing unfinished once somebody has imported
    mica mount pyapp "$mnt"
    as python3 "$compare" scan --mount "$mnt" >"$T/mount.dump"
    mica umount "$mnt"
    "$compare" diff "$dumps/pyapp.dump" "$T/mount.dump"
    same "" "$(find "$store/tmp" -mindepth 1)"
}

root_killed_imports() {
    local seconds left=0
    for seconds in 0.02 0.05 0.1 0.2 0.3 0.5 0.7; do
        timeout --foreground -s KILL "$seconds" "$T/bin/mica" --store "$store" import --quiet "oci:$images/oci:pyapp" || left=1
        if [ -e "$store/format" ]; then # made last: a store is there or not
            mica images >/dev/null
        fi
    done
    same 1 "$left" # one of them at least was cut
    import oci
    complete
}

# One Ctrl-C (a second one would not wait for anything).
root_stopped_imports() {
    local seconds status
    for seconds in 0.1 0.3 0.5; do
        status=0
        timeout --foreground --preserve-status -s INT "$seconds" "$T/bin/mica" --store "$store" import --quiet "oci:$images/oci:pyapp" || status=$?
        [ "$status" != 0 ] || continue
        same 130 "$status"
        same "" "$(find "$store/layers" "$store/trees" "$store/blobs" "$store/tmp" -mindepth 1 ! -path '*/sha256' ! -path '*/sha512')"
    done
    import oci
    complete
}

root_two_imports_at_once() {
    local pids=() form pid
    for form in oci zstd oci-archive docker-archive; do
        import "$form" &
        pids+=("$!")
    done
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
    complete
}

root_full_disk() {
    as mkdir "$store"
    mount -t tmpfs -o size=150m,mode=700 tmpfs "$store"
    refuses 1 "No space left" mica import --quiet "oci:$images/oci:pyapp"
    same "" "$(find "$store/tmp" "$store/layers" "$store/trees" -mindepth 1)"
    mount -o remount,size=700m "$store"
    import oci
    complete
    umount "$store"
}

root_full_inodes() {
    as mkdir "$store"
    mount -t tmpfs -o size=700m,nr_inodes=30,mode=700 tmpfs "$store"
    refuses 1 "No space left" mica import --quiet "oci:$images/oci:pyapp"
    mount -o remount,nr_inodes=20000 "$store"
    import oci
    complete
    umount "$store"
}

# Importing the same again changes nothing and reads no layer.
each_again() {
    import oci
    mica import "oci:$images/oci:pyapp" >"$T/said" 2>&1
    grep -q unchanged "$T/said"
    complete
}

# A store that others could write to is refused: they could plant anything.
each_foreign_store() {
    import_made small 'Tar().file("f", b"text")'
    as chmod 777 "$store"
    refuses 1 "could be written" mica images
    as chmod 700 "$store"
    mica images >/dev/null
}

# Whatever stands in a damaged store: an error, never a crash.
each_damaged_tree() {
    local tree size at
    import_made small 'Tar().file("f", b"text").dir("d").symlink("s", "d")'
    tree=$(find "$store/trees" -type f)
    as chmod u+w "$tree"
    size=$(stat -c %s "$tree")
    as cp "$tree" "$me/whole"
    for ((at = 0; at < size; at += 61)); do
        as cp "$me/whole" "$tree"
        printf '\377' | as dd of="$tree" bs=1 seek="$at" conv=notrunc status=none
        if mica mount small "$mnt" 2>"$T/said"; then
            as find "$mnt" -ls >/dev/null 2>&1 || true
            as cat "$mnt/f" >/dev/null 2>&1 || true
            [ "$(daemons)" ] || fail "the daemon died of byte $at"
            mica umount "$mnt"
        else
            same 1 "$(wc -l <"$T/said")"
        fi
    done
    no_mount
}

# A name that leads to a directory above it would have no end, though every checksum is right: whoever walks is told, and ends.
each_crafted_tree() {
    local tree inode
    import_made small 'Tar().file("f", b"text").dir("d").dir("d/e").file("d/e/g", b"g").dir("d/x")'
    mica mount --rw=b small "$mnt"
    as touch "$mnt/d/e/new"
    mica umount "$mnt"
    tree=$(find "$store/trees" -type f)
    as chmod u+w "$tree"
    as cp "$tree" "$me/whole"
    for inode in 1 2 3; do # the root, d, and what has a name of its own
        as cp "$me/whole" "$tree"
        "$MICA_BUILD/tests/mount/crafted_tree" "$tree" x "$inode"
        refuses 1 "tree of an image is damaged" as timeout 20 "$T/bin/mica" --store "$store" ls -R small
        mica which small /d/x >/dev/null
        mica mount small "$mnt"
        ! as timeout 20 find "$mnt" >"$T/found" 2>"$T/said" || fail "find says nothing of inode $inode"
        [ "$(wc -l <"$T/found")" -le 8 ] || fail "$(wc -l <"$T/found") names"
        [ "$(daemons)" ] || fail "the daemon died"
        mica umount "$mnt"
        as timeout 20 "$T/bin/mica" --store "$store" diff b >/dev/null || [ $? = 1 ] || fail "mica diff does not end"
        as timeout 60 "$T/bin/mica" --store "$store" commit b "made-$inode" >/dev/null || [ $? = 1 ] || fail "mica commit does not end"
    done
    no_mount
}

# Content that is not there is an error, not zeros.
each_short_content() {
    import_made small 'Tar().file("small", b"text").file("large", b"x" * 100000)'
    as truncate -s 50000 "$(find "$store/layers" -name pack)"
    mica mount small "$mnt"
    same text "$(as cat "$mnt/small")"
    if as cat "$mnt/large" >"$T/read" 2>"$T/said"; then
        fail "read $(wc -c <"$T/read") bytes of a file that is not whole"
    fi
    grep -q "Input/output error" "$T/said"
    mica umount "$mnt"
}

main "$@"
