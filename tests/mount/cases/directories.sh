#!/bin/bash
# Live directories mounted on top of each other: micafs -o lowerdir=.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# A layer with files, each with the name of the layer in it.
layer() { # NAME FILE...
    local file
    as mkdir -p "$me/$1"
    for file in "${@:2}"; do
        as mkdir -p "$me/$1/$(dirname "$file")"
        as sh -c 'basename "$1" >"$2"' sh "$1" "$me/$1/$file"
    done
}

lowers() { # NAME...: their paths, joined by colons
    local IFS=:
    echo "${*/#/$me/}"
}

shown() {
    as find "$1" -mindepth 1 -printf '%P\n' | LC_ALL=C sort | paste -sd' '
}

each_layers_merge() {
    layer top a d/b
    layer middle a d/c .wh.f
    layer bottom a d/b d/e f g
    micafs -o "lowerdir=$(lowers top middle bottom)" "$mnt"
    same "a d d/b d/c d/e g" "$(shown "$mnt")"
    same "top top middle bottom bottom" "$(as cat "$mnt"/{a,d/b,d/c,d/e,g} | paste -sd' ')"
    refuses 1 "Read-only" as touch "$mnt/new"
    as umount "$mnt" 2>/dev/null || as fusermount3 -u "$mnt"
}

# In every form that this identity can make.
each_whiteouts() {
    layer bottom a b c d/x e/x f/x g/x h
    layer top d/y e/y f/y g/.wh..wh..opq .wh.a
    as mknod "$me/top/b" c 0 0
    as setfattr -n user.overlay.opaque -v x "$me/top"
    as touch "$me/top/c"
    as setfattr -n user.overlay.whiteout "$me/top/c"
    as setfattr -n user.overlay.opaque -v y "$me/top/d"
    as setfattr -n user.fuseoverlayfs.opaque -v y "$me/top/e"
    micafs -o "lowerdir=$(lowers top bottom)" "$mnt"
    same "d d/y e e/y f f/x f/y g h" "$(shown "$mnt")"
    same "" "$(as getfattr -dm- "$mnt/d" "$mnt/e")"
}

# A mount point inside a layer would lead the daemon to itself.
each_mount_inside_its_own_layer() {
    layer top m/below f
    layer bottom m/other
    micafs -o "lowerdir=$(lowers top bottom)" "$me/top/m"
    as timeout 30 ls -R "$me/top/m" >/dev/null
    as timeout 30 getfattr -dm- "$me/top/m/m"
    same top "$(as timeout 30 cat "$me/top/m/f")"
    as fusermount3 -u "$me/top/m" 2>/dev/null || as umount "$me/top/m"
}

each_changes_show_up() {
    layer top d/f
    layer bottom d/f
    micafs -o timeout=0 -o "lowerdir=$(lowers top bottom)" "$mnt"
    same top "$(as cat "$mnt/d/f")"
    as rm "$me/top/d/f"
    same bottom "$(as cat "$mnt/d/f")"
    as rm "$me/bottom/d/f"
    refuses 1 "No such file" as cat "$mnt/d/f"
    as mkfifo "$me/top/d/f"
    same fifo "$(as stat -c %F "$mnt/d/f")"
}

each_many_layers() {
    local i names=()
    as mkdir -p "$me/l"
    as sh -c 'i=0; while [ $i -lt 500 ]; do mkdir -p "$1/$i/d"; echo $i >"$1/$i/d/$i"; i=$((i + 1)); done' sh "$me/l"
    for ((i = 0; i < 500; i++)); do
        names+=("$i")
    done
    (
        cd "$me/l"
        ulimit -n 1024
        micafs -o "lowerdir=$(IFS=: && echo "${names[*]}")" "$mnt"
    )
    same 500 "$(as ls "$mnt/d" | wc -l)"
    same 499 "$(as cat "$mnt/d/499")"
    [ "$(as ls "/proc/$(daemon)/fd" | wc -l)" -lt 900 ]
}

each_layers_must_be_apart() {
    layer top d/e/f
    layer bottom f
    refuses 1 "same directory" micafs -o "lowerdir=$(lowers top bottom top)" "$mnt"
    refuses 1 "lies within" micafs -o "lowerdir=$(lowers top/d bottom top)" "$mnt"
}

# ---- many names (listing.py)

listing() { # VERB DIR [ARGUMENT...]
    as python3 "$T/listing.py" "$@"
}

# A mount of a layer with N names in d, and as many as M more in the upper.
mount_many() { # N M
    cp "$here/listing.py" "$T"
    chmod 755 "$T/listing.py"
    as mkdir -p "$me/low" "$me/up" "$me/work"
    listing fill "$me/low/d" l "$1"
    listing fill "$me/up/d" u "$2"
    # Where there is nobody else, owners are kept in attributes user.*.
    micafs -o "userxattr,lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
}

# Each that is there all the time comes once, whatever comes and goes meanwhile.
each_names_come_and_go() {
    mount_many 4000 2000
    listing busy "$mnt/d" 4000 2000
}

each_any_place_is_found_again() {
    mount_many 2500 1500
    listing places "$mnt/d" 1
}

# Nor does it come twice when it goes and comes again, and a listing ends whatever comes.
each_a_name_that_comes_again() {
    mount_many 10 10
    listing again "$mnt/again"
}

slow_each_any_place_of_many_is_found_again() {
    mount_many 14000 6000
    listing places "$mnt/d" 1
}

daemon_kib() {
    awk '/^VmRSS:/ { print $2 }' "/proc/$(daemon)/status"
}

# What the daemon keeps of a million names is bounded, and is given back.
slow_root_a_million_names() {
    local few
    mount_many 700000 300000
    few=$(daemon_kib)
    listing busy "$mnt/d" 700000 300000
    [ "$(daemon_kib)" -lt 500000 ] || fail "the daemon holds $(daemon_kib) KiB of a million names"
    listing places "$mnt/d" 2000
    listing rounds "$mnt/d" 1000
    listing forget "$mnt"
    await_at_most $((few + 4095)) daemon_kib
}

main "$@"
