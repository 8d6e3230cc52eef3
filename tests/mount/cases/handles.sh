#!/bin/bash
# File handles (name_to_handle_at(2), open_by_handle_at(2), as NFS has them) of image mounts: good after the kernel has forgotten
# the files, and in a later mount; never another file's, never a removed one's.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

handles() {
    as python3 "$here/handles.py" "$@"
}

forget() { # the kernel drops what it knows of files that nobody uses
    echo 2 >/proc/sys/vm/drop_caches
}

layers=('Tar().dir("d").dir("d/e").dir("d/e/f").dir("gone").dir("again").file("a", b"aa").file("b", b"b").file("d/c", b"c" * 9000).file("d/e/x", b"x").file("d/e/f/y", b"y")
    .file("gone/z", b"z").file("again/w", b"w").file("one", b"1").link("two", "one").link("d/three", "one").symlink("s", "d/c").symlink("d/t", "nowhere")
    .header("p", kind=b"6").header("d/n", kind=b"3", device=(1, 3)).file("over", b"old").file("away", b"away")'
    'Tar().file("over", b"new").file("d/e/g", b"g").file(".wh.away").dir("upstairs").file("upstairs/u", b"u")')

root_of_an_image() {
    import oci worker
    mica mount pyapp "$mnt"
    handles keep "$mnt" "$me/kept" 5
    forget
    handles check "$mnt" "$me/kept"
    mica umount "$mnt"
    mica mount pyapp "$mnt"
    handles check "$mnt" "$me/kept"
    mica umount "$mnt"
    # The same numbers are other files in another image.
    mica mount worker "$mnt"
    handles stale "$mnt" "$me/kept"
    mica umount "$mnt"
}

root_of_a_small_image() {
    import_made made "${layers[@]}"
    mica mount made "$mnt"
    handles keep "$mnt" "$me/kept"
    forget
    handles check "$mnt" "$me/kept"
    forget
    handles guess "$mnt" "$me/kept" 1
    mica umount "$mnt"
    mica mount --rw=empty made "$mnt"
    handles stale "$mnt" "$me/kept"
    mica umount "$mnt"
}

# What is renamed, copied up, linked keeps its handle; what is removed or replaced loses it.
root_of_a_branch() {
    import_made made "${layers[@]}"
    mica mount --rw=work made "$mnt"
    handles keep "$mnt" "$me/first"
    echo more >>"$mnt/a"
    chmod 600 "$mnt/d/c"
    mv "$mnt/b" "$mnt/d/b2"
    echo more >>"$mnt/d/e/x"
    mv "$mnt/d/e/x" "$mnt/x2"
    mv "$mnt/d/e" "$mnt/e2"
    rm "$mnt/two"
    echo more >>"$mnt/d/three"
    rm -r "$mnt/gone" "$mnt/again" "$mnt/s"
    mkdir "$mnt/again" "$mnt/fresh"
    echo w >"$mnt/again/w"
    echo new >"$mnt/fresh/n"
    ln "$mnt/fresh/n" "$mnt/n2"
    rm "$mnt/over"
    echo instead >"$mnt/over"
    mkfifo "$mnt/fresh/p"
    handles keep "$mnt" "$me/second"
    forget
    handles moved "$mnt" "$me/first" "$me/second"
    handles stale "$mnt" "$me/first" gone again s over
    forget
    handles check "$mnt" "$me/second"
    handles keep "$mnt" "$me/third"
    same "" "$(handles same "$me/second" "$me/third")"
    for name in a:a b:d/b2 d:d d/c:d/c d/e:e2 d/e/f/y:e2/f/y d/e/x:x2 one:one two:one d/three:d/three; do
        python3 -c 'import json, sys
first, second = (json.load(open(f)) for f in sys.argv[1:3])
assert first[sys.argv[3]][0] == second[sys.argv[4]][0], sys.argv' "$me/first" "$me/second" "${name%:*}" "${name#*:}"
    done
    # Another daemon, which has looked at nothing yet.
    mica umount "$mnt"
    mica mount --rw=work made "$mnt"
    handles check "$mnt" "$me/second"
    handles moved "$mnt" "$me/first" "$me/second"
    handles guess "$mnt" "$me/second" 2
    rm "$mnt/fresh/n"
    echo another >"$mnt/fresh/n"
    handles stale "$mnt" "$me/second" fresh/n n2 2>"$T/not" && fail "a file with another name has gone"
    rm "$mnt/n2" "$mnt/e2/f/y"
    forget
    handles stale "$mnt" "$me/second" fresh/n n2 e2/f/y
    mica umount "$mnt"
    # Another branch of the same image has none of it.
    mica mount --rw=other made "$mnt"
    handles stale "$mnt" "$me/second"
    mica umount "$mnt"
}

root_of_random_changes() {
    local seed
    import_made made "${layers[@]}"
    for seed in 1 2 3 4; do
        mica mount --rw=work made "$mnt"
        [ "$seed" = 1 ] || handles check "$mnt" "$me/after"
        handles keep "$mnt" "$me/before"
        handles change "$mnt" "$seed"
        [ "$seed" = 2 ] || forget
        handles keep "$mnt" "$me/after"
        forget
        handles moved "$mnt" "$me/before" "$me/after"
        forget
        handles check "$mnt" "$me/after"
        mica umount "$mnt"
        mica mount --rw=work made "$mnt"
        handles moved "$mnt" "$me/before" "$me/after"
        handles keep "$mnt" "$me/again"
        handles same "$me/after" "$me/again"
        mica umount "$mnt"
    done
}

# An upper that says of a file that it is a copy of one that is still there: each is shown as what it is.
root_of_a_crafted_upper() {
    local upper=$store/branches/work/upper name
    import_made made "${layers[@]}"
    mica mount --rw=work made "$mnt"
    for name in a b d/c; do echo more >>"$mnt/$name"; done
    mica umount "$mnt"
    for name in a b d/c; do
        getfattr --only-values -n trusted.overlay.mica.ino "$upper/$name" >"$T/number"
        cp -a "$upper/$name" "$upper/$name.copy"
    done
    rm "$upper/a" "$upper/d/c"
    for order in "a.copy a" "a a.copy"; do
        mica mount --rw=work made "$mnt"
        for name in $order; do cat "$mnt/$name" >"$T/$name"; done
        same aa "$(cat "$T/a")"
        same "aamore" "$(cat "$T/a.copy")"
        handles keep "$mnt" "$me/kept"
        forget
        handles check "$mnt" "$me/kept"
        mica umount "$mnt"
        mica mount --rw=work made "$mnt"
        handles keep "$mnt" "$me/again"
        handles moved "$mnt" "$me/kept" "$me/again"
        mica umount "$mnt"
    done
}

# Two copies that have changed places: neither number can be told without the other.
root_of_exchanged_copies() {
    import_made made "${layers[@]}"
    mica mount --rw=work made "$mnt"
    for name in a b d/c; do echo more >>"$mnt/$name"; done
    handles keep "$mnt" "$me/before"
    mv "$mnt/a" "$mnt/tmp"
    mv "$mnt/b" "$mnt/a"
    mv "$mnt/d/c" "$mnt/b"
    mv "$mnt/tmp" "$mnt/d/c"
    handles keep "$mnt" "$me/after"
    mica umount "$mnt"
    mica mount --rw=work made "$mnt"
    handles moved "$mnt" "$me/before" "$me/after"
    handles keep "$mnt" "$me/again"
    handles same "$me/after" "$me/again"
    mica umount "$mnt"
}

# Numbers of live directories' files are made up as they are looked at: a handle ends with its mount.
root_of_live_directories() {
    as mkdir -p "$me/l/d"
    echo a >"$me/l/a"
    echo b >"$me/l/d/b"
    micafs -o "lowerdir=$me/l" "$mnt"
    handles keep "$mnt" "$me/kept"
    umount "$mnt"
    no_mount
    mkdir "$me/l/0"
    micafs -o "lowerdir=$me/l" "$mnt"
    ls -lR "$mnt" >"$T/listed"
    handles stale "$mnt" "$me/kept"
    umount "$mnt"
}

main "$@"
