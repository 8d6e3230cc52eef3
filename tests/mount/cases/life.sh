#!/bin/bash
# How a mount begins, is kept, and ends.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

small() {
    import_made small 'Tar().file("f", b"text").dir("d")'
}

leases() {
    find "$store/leases" -type f | wc -l
}

each_mount_is_usable_at_once() {
    small
    mica mount small "$mnt"
    same text "$(as cat "$mnt/f")"
    same 1 "$(leases)"
    mica mounts | grep -q "$mnt"
    mica mounts --json | python3 -c 'import json, sys
found = [m for m in json.load(sys.stdin) if m["mountpoint"] == sys.argv[1]]
assert len(found) == 1 and found[0]["image"] == "small", found' "$mnt"
    mica umount "$mnt"
    no_mount
    same 0 "$(leases)"
    same "" "$(mica mounts | grep "$mnt" || true)"
}

# The daemon holds nothing of its starter's: a pipe that reads its output ends, a lock that the starter has is free.
each_daemon_holds_nothing() {
    small
    same "" "$(mica mount small "$mnt" 2>&1)"
    as flock "$me/lock" "$T/bin/mica" --store "$store" umount "$mnt"
    as flock "$me/lock" "$T/bin/mica" --store "$store" mount small "$mnt"
    as flock --nonblock "$me/lock" true
    mica umount "$mnt"
}

# Nor does it show what is in its starter's environment to whoever may look at it.
each_daemon_forgets_the_environment() {
    small
    as env SECRET=hidden "$T/bin/mica" --store "$store" mount small "$mnt"
    ! tr '\0' '\n' <"/proc/$(daemon)/environ" | grep -e SECRET -e hidden || fail "it keeps them"
    mica umount "$mnt"
}

# Limits of who mounts are not those of everybody who uses the mount, as far as they can be raised: root can always.
each_limits_of_who_mounts() {
    local kind=-S name soft hard
    [ "$identity" != root ] || ! bash -c 'ulimit -c 0 && ulimit -c 1' || kind=-H
    small
    as mkdir low up work
    # shellcheck disable=SC2016 # the shell's own
    as bash -c 'for limit in -f -v -d -t; do ulimit "$1" "$limit" 600000; done; ulimit "$1" -f 1; exec "${@:2}"' - $kind \
        "$T/bin/micafs" -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    for name in "file size" "address space" "data size" "cpu time"; do
        read -r soft hard < <(sed -n "s/^Max $name *//p" "/proc/$(daemon)/limits")
        same "${hard%% *}" "$soft"
        [ $kind = -S ] || same unlimited "$soft"
    done
    as dd if=/dev/zero of="$mnt/large" bs=64k count=16 status=none
    same 1048576 "$(stat -c %s up/large)"
    mica umount "$mnt"
}

each_foreground() {
    local pid status=0
    small
    mica mount --foreground small "$mnt" &
    pid=$!
    await mounted "$mnt"
    same text "$(as cat "$mnt/f")"
    mica umount "$mnt"
    wait "$pid" || status=$?
    same 0 "$status"
    no_mount
}

each_sigterm() {
    local pid signal
    small
    for signal in TERM INT HUP; do
        mica mount small "$mnt"
        pid=$(daemon)
        kill -"$signal" "$pid"
        await gone "$pid"
        no_mount
        same 0 "$(leases)"
    done
}

root_umount8() {
    local pid
    small
    mica mount small "$mnt"
    pid=$(daemon)
    umount "$mnt"
    await gone "$pid"
    same 0 "$(leases)"
}

user_fusermount() {
    local pid
    small
    mica mount small "$mnt"
    pid=$(daemon)
    as fusermount3 -u "$mnt"
    await gone "$pid"
    same 0 "$(leases)"
}

# While somebody is in it, only a lazy end is possible: then the name is free at once, and the daemon ends with its last user.
each_busy() {
    local line user end pid
    small
    mica mount small "$mnt"
    coproc USER_IN_IT { as env -C "$mnt" sh -c 'echo in; exec cat'; }
    user=$USER_IN_IT_PID end=${USER_IN_IT[1]}
    read -r line <&"${USER_IN_IT[0]}"
    same in "$line"
    refuses 1 "in use" mica umount "$mnt"
    same text "$(as cat "$mnt/f")"
    pid=$(daemon)
    mica umount --lazy "$mnt"
    refuses 1 "No such file" as env LC_ALL=C cat "$mnt/f"
    kill -0 "$pid"
    exec {end}>&-
    wait "$user"
    await gone "$pid"
    no_mount
}

# A daemon that was killed leaves a mount that answers with an error, which can be taken away, and no lease that counts.
each_killed_daemon() {
    local pid
    small
    mica mount small "$mnt"
    pid=$(daemon)
    kill -KILL "$pid"
    await gone "$pid"
    refuses 1 "not connected" as env LC_ALL=C stat "$mnt/f"
    mica umount "$mnt"
    mica mount small "$mnt"
    same text "$(as cat "$mnt/f")"
    mica umount "$mnt"
    no_mount
    same 0 "$(leases)"
}

each_many_mounts() {
    local i
    small
    for i in 1 2 3 4 5; do
        as mkdir "$me/m$i"
        mica mount small "$me/m$i"
    done
    same 5 "$(leases)"
    mica umount --all
    no_mount
}

each_errors() {
    small
    as touch "$me/file"
    refuses 1 'no image "nothing".*small' mica mount nothing "$mnt"
    refuses 1 "does not exist" mica mount small "$me/nowhere"
    refuses 1 "directory" mica mount small "$me/file"
    refuses 1 "is not mounted" mica umount "$mnt"
    refuses 1 "no store|No such file" as "$T/bin/mica" --store "$me/nostore" mount small "$mnt"
    local status=0
    mica mount small || status=$?
    same 2 "$status"
    no_mount
    same 0 "$(leases)"
}

user_allow_other_needs_leave() {
    small
    if grep -q '^user_allow_other' /etc/fuse.conf 2>/dev/null; then
        mica mount -o allow_other small "$mnt"
        mica umount "$mnt"
    else
        refuses 1 "allow_other" mica mount -o allow_other small "$mnt"
    fi
    no_mount
}

# An image can be mounted straight from a source.
each_source_instead_of_image() {
    small
    store=$me/other
    mica mount "oci-archive:$me/small.tar" "$mnt"
    same text "$(as cat "$mnt/f")"
    mica umount "$mnt"
}

each_micafs_alone() {
    local pid
    as mkdir "$me/a" "$me/a:b" "$me/a/both" "$me/a:b/both"
    echo top | as tee "$me/a/both/x"
    echo low | as tee "$me/a:b/both/x" "$me/a:b/both/y"
    micafs -o "lowerdir=$me/a:$me/a\\:b" "$mnt"
    same "top low" "$(as cat "$mnt/both/x" "$mnt/both/y" | tr '\n' ' ' | sed 's/ $//')"
    refuses 1 "Read-only" as env LC_ALL=C touch "$mnt/new"
    pid=$(daemon)
    if [ "$identity" = user ]; then as fusermount3 -u "$mnt"; else as umount "$mnt"; fi
    await gone "$pid"
    refuses 2 "lowerdir" micafs -o lowerdir= "$mnt"
    refuses 1 "nowhere" micafs -o "lowerdir=$me/nowhere" "$mnt"
    no_mount
}

# In a mount namespace whose /proc is of a pid namespace that the process is not in, as nsenter -m leads to, files cannot be opened
# by their descriptors: a line at once, and no mount whose files give errors.
root_proc_of_another_pid_namespace() {
    local pid
    mkdir low
    mkfifo hold up
    unshare --mount --pid --fork --mount-proc --kill-child sh -c 'echo up >up; exec cat hold' &
    pid=$!
    read -r _ <up
    exec 9>hold
    pid=$(pgrep -P "$pid")
    refuses 1 '/proc does not show this process' nsenter --mount --target "$pid" "$T/bin/micafs" -o "lowerdir=$me/low" "$mnt"
    refuses 1 'no image "x"|no store' nsenter --mount --target "$pid" "$T/bin/mica" --store "$store" mount x "$mnt"
    nsenter --mount --pid --target "$pid" "$T/bin/micafs" -o "lowerdir=$me/low" "$mnt"
    exec 9>&-
}

# A daemon that is alone in a mount namespace goes with it, and frees the upper; one that is not, or whose namespace is held, stays.
root_a_namespace_that_nobody_sees() {
    local pid
    mkdir low up work
    unshare --mount "$T/bin/micafs" -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    pid=$(daemon)
    await gone "$pid"
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    pid=$(daemon)
    umount "$mnt"
    await gone "$pid"
    # Somebody is there, and looks only later.
    mkfifo hold
    unshare --mount sh -c '"$1" -o "$2" "$3"; cat hold; touch "$3/new"; ls "$3"' - "$T/bin/micafs" \
        "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt" >seen &
    exec 9>hold
    pid=$(daemon)
    sleep 6 # longer than it takes to the first look
    kill -0 "$pid"
    exec 9>&-
    wait $!
    same new "$(cat seen)"
    await gone "$pid"
    # A descriptor of the namespace keeps it, whoever is in it.
    unshare --mount sh -c '"$1" -o "$2" "$3"; cat hold' - "$T/bin/micafs" \
        "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt" &
    exec 9>hold
    pid=$(daemon)
    exec 8<"/proc/$!/ns/mnt" 9>&-
    wait $!
    sleep 6 # longer than it takes to the first look
    same new "$(nsenter --mount=/proc/self/fd/8 ls "$mnt")"
    exec 8<&-
    await gone "$pid"
}

main "$@"
