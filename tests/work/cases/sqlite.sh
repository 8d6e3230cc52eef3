# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Databases whose writers, or whose file system, are killed in the midst of work (sqlite_writers).

# shellcheck source=tests/work/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

# A long run has seeds of its own, and more of each.
long=${MICA_WORK_SECONDS:-0}
seed=$((long > 0 ? RANDOM : 1))
rounds=$((2 + long / 60))
modes=(wal delete truncate persist)

writers() { # VERB ARGUMENT...
    [ -e "$T/bin/sqlite_writers" ] || cp "$work_folder/sqlite_writers" "$T/bin"
    as python3 "$T/bin/sqlite_writers" "$@"
}

databases() {
    local mode
    for mode in "${modes[@]}"; do
        writers make "$here/$mode" "$mode"
    done
}

kill_writers() {
    local mode
    for mode in "${modes[@]}"; do
        writers work "$here/$mode" "$seed" "$rounds"
        again
        writers check "$here/$mode"
        writers work "$here/$mode" "$((seed + 1))" "$rounds"
    done
}

killed_writers() {
    twice databases kill_writers
    unmount_here
    mount_here
    writers check "${modes[@]/#/$here/}"
}

root_writers_are_killed() {
    killed_writers
}

user_writers_are_killed_where_many_requests_are_answered_at_once() {
    modes=(wal persist)
    mount_options=threaded=1,$mount_options
    killed_writers
}

# What was committed is there when the daemon has died: with synchronous=FULL, nothing depends on what it had not written.
killed_daemon() {
    local round mode pid
    trap tell_and_clean_up EXIT
    modes=(wal delete)
    here=$me/here side=mount
    as mkdir "$here" "$me/upper" "$me/work"
    databases
    as mv "$here" "$me/lower"
    as mkdir "$here"
    for ((round = 1; round <= rounds || SECONDS < long; round++)); do
        for mode in "${modes[@]}"; do
            mount_here
            pid=$(daemon)
            writers lose "$here/$mode" "$((seed + round))" "$pid" "$me/kept"
            await gone "$pid"
            as umount -l "$here" 2>/dev/null || as fusermount3 -u -z "$here"
            mount_here
            writers check --kept "$me/kept" "$here/$mode"
            unmount_here
        done
    done
}

root_the_daemon_is_killed() {
    killed_daemon
}

space_the_daemon_is_killed() {
    killed_daemon
}

main "$@"
