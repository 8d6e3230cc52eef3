# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031 # counts of what runs in the background come back in files
# Runs the functions of case files (lib.sh), each as a process of its own, and counts them: sourced by what runs a folder of
# cases. Logs of failed tests are printed.

seconds=1200 # that a test may take, which only one that hangs does
at_once=${MICA_TEST_JOBS:-2} # so many tests run beside each other
alone=       # set: of each identity's tests one at a time, since they share something
apart=()     # a mount namespace for each, so that none that makes one holds the mounts of others
[ "$(id -u)" != 0 ] || apart=(unshare --mount)

passed=0 failed=0 skipped=0
run_one() { # FILE FUNCTION IDENTITY
    local name="${1##*/} $2 $3" log start status
    if [ "$(id -u)" != 0 ] && [ "$3" = root ]; then
        echo "skipped $name: needs root"
        skipped=$((skipped + 1))
        return
    fi
    log=$results/$number.log
    start=$EPOCHREALTIME
    "${apart[@]}" timeout --kill-after=20 $seconds bash "$1" "$2" "$3" >"$log" 2>&1 </dev/null 9>&- &
    running=$!
    wait "$running"
    status=$?
    ! count_lines "${1##*/}" "$log" || return
    case $status in
    0)
        passed=$((passed + 1))
        printf 'ok %s (%.1f s)\n' "$name" "$(bc_less "$start")"
        ;;
    77)
        skipped=$((skipped + 1))
        echo "skipped $name: $(sed -n 's/^SKIPPED: //p' "$log")"
        ;;
    *)
        failed=$((failed + 1))
        echo "FAILED $name (status $status)"
        tail -n 60 "$log" | sed 's/^/    /'
        ;;
    esac
}

# A function may try many things and say of each: `ok NAME...` or `FAILED NAME...`, with why indented below.
count_lines() { # FILE LOG
    local good bad
    good=$(grep -c '^ok ' "$2")
    bad=$(grep -c '^FAILED [^:]* ' "$2")
    [ "$((good + bad))" -gt 0 ] || return 1
    passed=$((passed + good)) failed=$((failed + bad))
    sed -nE "s/^(ok|FAILED) /\\1 $1 /p; /^    /p" "$2"
}

bc_less() { # seconds since $1
    awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
}

# The same in the background, when there is room for it: what it prints comes whole, its counts go to a file.
start_one() { # NUMBER FILE FUNCTION IDENTITY
    local number=$1
    shift
    while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do
        wait -n
    done
    (
        trap - EXIT
        trap '[ -z "${running-}" ] || { kill "$running" && wait; }; exit 1' TERM # whoever stops the runner stops what it runs
        passed=0 failed=0 skipped=0
        [ -z "$alone" ] || { exec 9>"$results/$3.lock" && flock 9; }
        run_one "$@" >"$results/$number.out"
        echo "$passed $failed $skipped" >"$results/$number.counts"
        flock "$results" cat "$results/$number.out"
    ) &
}

# What all of them counted. One that was killed, and has counted nothing, has failed.
add_up() { # HOW-MANY
    local number p f s
    wait
    for ((number = 1; number <= $1; number++)); do
        p=0 f=1 s=0
        [ ! -e "$results/$number.counts" ] || read -r p f s <"$results/$number.counts"
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    done
    rm -rf "$results"
}

# Runs those functions whose "FILE FUNCTION IDENTITY" matches.
run_cases() { # PATTERN FILE...
    local pattern=$1 file function identity list results number=0
    shift
    results=$(mktemp -d)
    trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$results"; exit 1' TERM INT
    for file in "$@"; do
        if ! list=$(bash "$file") || [ -z "$list" ]; then
            failed=$((failed + 1))
            echo "FAILED ${file##*/}: tells no tests"
            continue
        fi
        while read -r function identity; do
            if [[ "${file##*/} $function $identity" =~ $pattern ]]; then
                start_one $((++number)) "$file" "$function" "$identity"
            fi
        done <<<"$list"
    done
    add_up $number
}

# The last line, and whether all is well.
sum_up() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}
