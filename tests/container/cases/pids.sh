# shellcheck shell=bash
# shellcheck disable=SC2119 # nothing_left without a word: no branches
# How many processes a container has: a fork bomb, itself bounded in number and time.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

# Forks up to 300 times, as a user of its own where that is said, and tells how many processes there are with itself.
bomb='
import os, signal, sys
signal.alarm(30)
if len(sys.argv) > 1:
    os.setgid(int(sys.argv[1]))
    os.setuid(int(sys.argv[1]))
n = 1
try:
    while n < 300:
        if os.fork() == 0:
            signal.alarm(30)
            signal.pause()
        n += 1
except BlockingIOError:
    pass
print(n)'

# The monitor, micafs and the init of an ordinary user are counted with his container, so a few less may do.
about() { # N COMMAND...
    local n=$1 got
    shift
    got=$("$@")
    if [ "$got" -gt "$n" ] || [ "$got" -lt $((n - 10)) ]; then
        fail "$got processes, not about $n"
    fi
}

# Processes that are forked while the runtime has not ended yet may be so many more.
about_or_more() { # N COMMAND...
    local n=$1 got
    shift
    got=$("$@")
    if [ "$got" -lt "$n" ] || [ "$got" -gt $((n + 64)) ]; then
        fail "$got processes, not about $n"
    fi
}

# Groups are named for the process that made them: none of those is gone.
no_group() {
    local group pid
    while read -r group; do
        pid=${group#mica-}
        [ -e "/proc/${pid%%-*}" ] || fail "the control group $group is still there"
    done < <(find /sys/fs/cgroup -type d -name 'mica-[0-9]*-*' -printf '%f\n')
}

# Has each pid namespace numbers of its own (Linux 6.14)? An older kernel's are the machine's.
numbers() {
    [ "$(printf '%s\n' 6.14 "$(uname -r)" | sort -V | head -n 1)" = 6.14 ]
}

root_pids() {
    local numbers
    numbers=$(cat /proc/sys/kernel/pid_max)
    import zstd
    about_or_more 60 mica run --rm --pids-limit 60 pyapp python3 -c "$bomb"
    about_or_more 60 mica run --rm --pids-limit 60 pyapp python3 -c "$bomb" 1000
    about_or_more 60 mica run --rm --runtime runc --pids-limit 60 pyapp python3 -c "$bomb"
    about_or_more 1 mica run --rm --pids-limit 1 pyapp python3 -c "$bomb"
    same 300 "$(mica run --rm pyapp python3 -c "$bomb")"
    same 300 "$(mica run --rm --pids-limit 0 pyapp python3 -c "$bomb")"
    # Without control groups the numbers of the container's pid namespace are limited, on kernels that can do it; else root's
    # processes are not, and what is asked for is not promised.
    mount -t tmpfs tmpfs /sys/fs/cgroup
    if numbers; then
        about_or_more 60 mica run --rm --pids-limit 60 pyapp python3 -c "$bomb"
        about_or_more 60 mica run --rm --pids-limit 60 pyapp python3 -c "$bomb" 1000
        about_or_more 1 mica run --rm --pids-limit 1 pyapp python3 -c "$bomb"
        same 300 "$(mica run --rm --pids-limit 0 pyapp python3 -c "$bomb")"
        about_or_more 2048 mica run --rm pyapp python3 -c "${bomb//300/3000}"
        same "$(cat /proc/sys/kernel/pid_max)" "$numbers"
    else
        refuses 125 'pids-limit: no cgroup' mica run --rm --pids-limit 60 pyapp true
    fi
    same 2048 "$(mica run --rm pyapp bash -c 'ulimit -u')"
    umount /sys/fs/cgroup
    mica bundle pyapp "$me/b"
    grep -A1 '"pids"' b/config.json | grep -q '"limit": 2048'
    mica bundle --rm b
    mica bundle --pids-limit 60 pyapp "$me/b" python3 -c "$bomb"
    says 0 60 runc --root "$T/state" run -b "$me/b" one
    mica bundle --rm b
    nothing_left
    no_group
}

# The cgroup of a killed monitor is removed with the next container.
root_a_killed_monitor() {
    import zstd
    local monitor up container
    coproc CONTAINER { exec 2>&1; mica run --rm pyapp sh -c 'echo up; exec sleep 1000'; }
    container=$CONTAINER_PID
    read -r up <&"${CONTAINER[0]}"
    same up "$up"
    monitor=$(micas | sed -n 2p)
    [ -n "$(find /sys/fs/cgroup -type d -name "mica-$monitor-*")" ] || fail "the container has no control group"
    kill -KILL "$monitor"
    wait "$container" 2>/dev/null || true
    "$T/bin/await" gone "$monitor"
    mica run --rm pyapp true
    same "" "$(find /sys/fs/cgroup -type d -name "mica-$monitor-*")"
    nothing_left
}

user_pids() {
    import zstd
    about 60 mica run --rm --pids-limit 60 pyapp python3 -c "$bomb"
    about 60 mica run --rm --pids-limit 60 pyapp python3 -c "$bomb" 1000
    same 300 "$(mica run --rm pyapp python3 -c "$bomb")"
    same 2048 "$(mica run --rm pyapp bash -c 'ulimit -u')"
    same "$(as bash -c 'ulimit -u')" "$(mica run --rm --pids-limit -1 pyapp bash -c 'ulimit -u')"
    mica bundle --pids-limit 60 pyapp "$me/b" bash -c 'ulimit -u'
    says 0 60 as runc --root "$me/state" run -b "$me/b" one
    mica bundle --rm "$me/b"
    nothing_left
}

space_pids() {
    import zstd
    about 60 mica run --rm --pids-limit 60 pyapp python3 -c "$bomb"
    same 2048 "$(mica run --rm pyapp bash -c 'ulimit -u')"
    nothing_left
}

main "$@"
