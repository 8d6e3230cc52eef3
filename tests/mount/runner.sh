# shellcheck shell=bash
# Runs the functions of case files (lib.sh), each as a process of its own, and counts them: sourced by what runs a folder of
# cases. Logs of failed tests are printed.

seconds=1200 # that a test may take

passed=0 failed=0 skipped=0
run_one() { # FILE FUNCTION IDENTITY
    local name="${1##*/} $2 $3" log start status
    if [ "$(id -u)" != 0 ] && [ "$3" = root ]; then
        echo "skipped $name: needs root"
        skipped=$((skipped + 1))
        return
    fi
    log=$(mktemp)
    start=$EPOCHREALTIME
    timeout --kill-after=20 $seconds bash "$1" "$2" "$3" >"$log" 2>&1 </dev/null
    status=$?
    if count_lines "${1##*/}" "$log"; then
        rm -f "$log"
        return
    fi
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
    rm -f "$log"
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

# Runs those functions whose "FILE FUNCTION IDENTITY" matches.
run_cases() { # PATTERN FILE...
    local pattern=$1 file function identity list
    shift
    for file in "$@"; do
        if ! list=$(bash "$file") || [ -z "$list" ]; then
            failed=$((failed + 1))
            echo "FAILED ${file##*/}: tells no tests"
            continue
        fi
        while read -r function identity; do
            if [[ "${file##*/} $function $identity" =~ $pattern ]]; then
                run_one "$file" "$function" "$identity"
            fi
        done <<<"$list"
    done
}

# The last line, and whether all is well.
sum_up() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}
