# shellcheck shell=bash
# For test cases on containers: what mount/lib.sh has, and this.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../mount/lib.sh"

# Runs a command whose exit status and whole output must be these.
says() { # STATUS OUTPUT COMMAND...
    local status=$1 output=$2 got=0
    shift 2
    "$@" >"$T/out" 2>"$T/err" </dev/null || got=$?
    [ "$got" = "$status" ] || fail "exit status $got, not $status: $* ($(cat "$T/out" "$T/err"))"
    same "$output" "$(cat "$T/out")"
}

# A user's mica without newuidmap: PATH has the runtimes and what unmounts, and nothing else.
alone() {
    local program
    if [ ! -d "$T/alone" ]; then
        mkdir "$T/alone"
        for program in crun runc fusermount3; do
            ln -s "$(command -v "$program")" "$T/alone"
        done
    fi
    as env PATH="$T/alone" "$T/bin/mica" --store "$store" "$@"
}

# Processes of mica itself that run from $T, parents first.
micas() {
    { find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -lname "$T/bin/mica" -printf '%h\n' 2>/dev/null || true; } |
        sed 's|/proc/||' | sort -n
}

# All that a container could leave.
# shellcheck disable=SC2120
nothing_left() { # [BRANCHES]: how many there are
    no_mount
    same "" "$(micas)"
    same "" "$(mica mounts --json | grep -F "$T/" || true)"
    same "" "$(as find "$store/run" "$store/leases" "$store/tmp" -mindepth 1)"
    same "${1:-0}" "$(mica branches --quiet | wc -l)"
}

# Names in a branch's upper directory.
upper_of() { # BRANCH
    as find "$store/branches/$1/upper" -mindepth 1 -printf '%P\n' | sort
}
