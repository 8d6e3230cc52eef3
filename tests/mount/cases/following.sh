#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How a daemon that follows the program that asks is scheduled.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

# Asks for names that are not there until its standard input ends.
begin_asking() {
    mkfifo "$T/go-on"
    exec 8<>"$T/go-on"
    as python3 -c '
import os, select, sys
number = 0
while not select.select([0], [], [], 0)[0]:
    for _ in range(100):
        number += 1
        os.path.exists("%s/absent-%d" % (sys.argv[1], number))
' "$mnt" <&8 8>&- &
    asking=$!
}

end_asking() {
    echo >&8
    exec 8>&-
    wait "$asking"
}

# SCHED_IDLE is 5 (sched(7)): field 41 of proc(5)'s stat.
idle_threads() {
    cat /proc/"$(daemon)"/task/*/stat | sed 's/.*) //' | awk '$39 == 5' | wc -l
}

not_idle_receiver() {
    sed 's/.*) //' /proc/"$(daemon)"/stat | awk '{ print $39 == 5 ? 0 : 1 }'
}

processors() {
    awk '/^Cpus_allowed:/ { print $2 }' /proc/"$1"/status
}

no_more_than() { # a number that falls: how many of 1 are missing
    echo $((1 - $("$@") ))
}

mount_following() {
    as mkdir -p "$me/l" "$me/u" "$me/w"
    micafs -o "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w,wakeup=follow" "$mnt"
}

may_leave_idle() {
    chrt --idle 0 sh -c 'chrt --other --pid 0 $$' 2>/dev/null
}

# Who may leave SCHED_IDLE: the receiver is under it while it is asked, and under the normal policy at rest.
root_works_idle_and_rests_normal() {
    may_leave_idle || { user_has_answers_written; return; }
    mount_following
    begin_asking
    await_at_most 0 not_idle_receiver
    end_asking
    await_at_most 0 idle_threads
    as ls "$mnt"
}

# Who may not has a thread under it for good that only writes answers; the receiver is never.
user_has_answers_written() {
    mount_following
    begin_asking
    await_at_most 0 no_more_than idle_threads
    same 1 "$(not_idle_receiver)"
    end_asking
    same 1 "$(not_idle_receiver)"
    as ls "$mnt"
}

# A table that threads share is made larger only after a grace period of the kernel's, for which a request would wait.
each_table_of_descriptors_does_not_grow() {
    local before
    mount_following
    before=$(awk '/^FDSize:/ { print $2 }' "/proc/$(daemon)/status")
    as sh -c 'cd "$1" && seq 1500 | xargs touch && cat * && seq 1500 | xargs rm' - "$mnt"
    same "$before" "$(awk '/^FDSize:/ { print $2 }' "/proc/$(daemon)/status")"
}

# A mount that looks needs none of it.
each_looks_with_one_thread() {
    as mkdir -p "$me/l" "$me/u" "$me/w"
    micafs -o "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w,wakeup=look" "$mnt"
    as sh -c 'cd "$1" && seq 300 | xargs touch' - "$mnt"
    same 0 "$(idle_threads)"
    same "$(processors self)" "$(processors "$(daemon)")"
}

main "$@"
