#!/bin/bash
# What a daemon may still do once its mount is there: no more than serving and unmounting take.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# CAP_DAC_READ_SEARCH to read what belongs to others, CAP_SYS_ADMIN to unmount and for trusted.* attributes; to write as, and
# for, others CAP_CHOWN, _DAC_OVERRIDE, _FOWNER, _FSETID, _SETGID, _SETUID, _MKNOD and _SETFCAP too.
to_read=0000000000200004
to_write=00000000882000df
# With CAP_SYS_NICE, which one thread that follows programs needs to leave SCHED_IDLE.
to_read_and_follow=0000000000a00004
to_write_and_follow=0000000088a000df

layers() {
    as mkdir "$me/low" "$me/up" "$me/work"
    as sh -c 'for i in 1 2 3 4 5 6 7 8; do echo "$i" >"$1/$i"; done' - "$me/low"
}

# Of each thread; all say the same.
status() { # NAME
    local said
    said=$(cat "/proc/$(daemon)"/task/*/status | awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' | sort -u)
    [ "$(wc -l <<<"$said")" = 1 ] || fail "threads with different $1: $said"
    echo "$said"
}

# Makes the daemon start threads, by many who read and write at once.
busy() {
    local i pids=()
    for i in 1 2 3 4 5 6 7 8; do
        as sh -c 'cat "$1" >/dev/null; if [ -w "$1" ]; then cat "$1" "$1" >"$1.new"; chmod 600 "$1"; fi' - "$mnt/$i" &
        pids+=($!)
    done
    wait "${pids[@]}"
}

holds() { # CAPABILITIES NO-NEW-PRIVILEGES
    local pid
    pid=$(daemon)
    same "$1" "$(status CapEff)"
    same "$1" "$(status CapPrm)"
    same 0000000000000000 "$(status CapInh)"
    same 0000000000000000 "$(status CapAmb)"
    same "$2" "$(status NoNewPrivs)"
    same / "$(readlink "/proc/$pid/cwd")"
    same "$pid $pid" "$(ps -o pgid=,sid= "$pid" | awk '{ print $1, $2 }')"
    same "/dev/null /dev/null /dev/null" "$(readlink "/proc/$pid/fd/0" "/proc/$pid/fd/1" "/proc/$pid/fd/2" | paste -sd ' ')"
}

unmounted() {
    local pid
    pid=$(daemon)
    kill "$pid"
    await gone "$pid"
    no_mount
}

root_has_no_more_than_it_needs() {
    layers
    micafs -o "lowerdir=$me/low,threaded=1" "$mnt"
    busy
    holds $to_read 1
    unmounted
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work,threaded=1" "$mnt"
    busy
    holds $to_write 1
    unmounted
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work,wakeup=look" "$mnt"
    busy
    holds $to_write 1
    unmounted
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    busy
    holds $to_write_and_follow 1
    unmounted
}

# In a user namespace: as root has there.
space_has_no_more_than_it_needs() {
    layers
    micafs -o "lowerdir=$me/low" "$mnt"
    holds $to_read_and_follow 1
    unmounted
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    busy
    holds $to_write_and_follow 1
    unmounted
}

# fusermount3, by which it unmounts, must be able to become root.
user_has_nothing() {
    layers
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    busy
    holds 0000000000000000 0
    unmounted
}

# Groups of who started it are none of its own, nor are capabilities that a service was given.
root_leaves_groups() {
    layers
    setpriv --groups 4,24,27 --inh-caps +net_admin,+sys_admin --ambient-caps +net_admin,+sys_admin \
        "$T/bin/micafs" -o "lowerdir=$me/low" "$mnt"
    same "" "$(status Groups)"
    holds $to_read_and_follow 1
    unmounted
}

user_leaves_capabilities() {
    [ "$(id -u)" = 0 ] || skip "only root can give capabilities"
    layers
    setpriv --reuid="$test_user" --regid="$test_user" --init-groups --inh-caps +net_admin,+sys_admin \
        --ambient-caps +net_admin,+sys_admin "$T/bin/micafs" -o "lowerdir=$me/low" "$mnt"
    holds 0000000000200000 0
    unmounted
}

main "$@"
