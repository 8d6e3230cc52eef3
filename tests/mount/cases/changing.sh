#!/bin/bash
# Live directories that change while they are mounted: listings and lookups follow (changing.py).
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

changing() { # VERB [ARGUMENT...]
    as python3 "$T/changing.py" "$1" "$me" "${@:2}"
}

prepare() {
    cp "$here/changing.py" "$T"
    chmod 755 "$T/changing.py"
    as mkdir -p "$me/kernel" "$me/up" "$me/work"
    changing prepare
}

# Kernel overlayfs shows the same of the same directories, where it can be mounted.
kernel_agrees() { # LOWERS
    [ "$identity" != user ] || return 0
    as mount -t overlay none -o "ro,userxattr,lowerdir=$1" "$me/kernel"
    changing shown "$me/kernel"
    as umount "$me/kernel"
}

each_change_below_a_read_only_mount() {
    prepare
    micafs -o "timeout=0,lowerdir=$me/top:$me/bottom" "$mnt"
    changing rows "$mnt"
    kernel_agrees "$me/top:$me/bottom"
}

each_change_below_a_branch() {
    prepare
    micafs -o "timeout=0,userxattr,lowerdir=$me/top:$me/bottom,upperdir=$me/up,workdir=$me/work" "$mnt"
    changing branch "$mnt"
    as umount "$mnt" 2>/dev/null || as fusermount3 -u "$mnt"
    kernel_agrees "$me/up:$me/top:$me/bottom"
}

each_change_while_it_is_listed() {
    prepare
    as mkdir -p "$me/top/steady" "$me/bottom/steady"
    micafs -o "timeout=0,lowerdir=$me/top:$me/bottom" "$mnt"
    changing steady "$mnt"
}

each_change_while_a_branch_is_listed() {
    prepare
    as mkdir -p "$me/top/steady" "$me/bottom/steady"
    micafs -o "timeout=0,userxattr,lowerdir=$me/top:$me/bottom,upperdir=$me/up,workdir=$me/work" "$mnt"
    changing steady "$mnt"
}

# With the default, too, a listing is looked at again when it begins.
each_change_is_listed_by_default() {
    as mkdir -p "$me/top/d" "$me/bottom/d"
    as touch "$me/bottom/d/a" "$me/bottom/d/b"
    as touch -d @1 "$me/top/d" "$me/bottom/d"
    micafs -o "lowerdir=$me/top:$me/bottom" "$mnt"
    same "a b" "$(as ls "$mnt/d" | paste -sd' ')"
    as mv "$me/bottom/d/a" "$me/top/d/c"
    same "b c" "$(as ls "$mnt/d" | paste -sd' ')"
}

# A branch keeps names and attributes for good by default, listings only for as long as the layers are as they were.
each_change_below_a_branch_is_listed_by_default() {
    prepare
    micafs -o "userxattr,lowerdir=$me/top:$me/bottom,upperdir=$me/up,workdir=$me/work" "$mnt"
    changing listed "$mnt"
}

each_change_while_a_branch_is_listed_by_default() {
    prepare
    as mkdir -p "$me/top/steady" "$me/bottom/steady"
    micafs -o "userxattr,lowerdir=$me/top:$me/bottom,upperdir=$me/up,workdir=$me/work" "$mnt"
    changing steady "$mnt" reopen
}

# A directory that has not changed for a moment is not read again.
each_listing_is_kept_while_nothing_changes() {
    local pid before now=
    as mkdir -p "$me/low/d" "$me/up" "$me/work"
    as touch "$me/low/d/a" "$me/low/d/b"
    mkfifo "$T/said"
    micafs -f -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt" 2>"$T/said" &
    pid=$!
    exec 7<"$T/said"
    await mounted "$mnt"
    for _ in {1..50}; do
        same "a b" "$(as ls "$mnt/d" | paste -sd' ')"
        before=$now
        now=$(counters | grep '^readdirplus=')
        [ "$before" != "$now" ] || break
    done
    same "$before" "$now"
    as fusermount3 -u "$mnt"
    wait "$pid"
}

root_change_takes_no_memory() {
    prepare
    micafs -o "timeout=0,lowerdir=$me/top:$me/bottom" "$mnt"
    changing memory "$mnt" "$(daemon)"
}

main "$@"
