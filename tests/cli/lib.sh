# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What cases use. run-cli sets $mica, $build, $root, $images, $scratch; a case runs in a directory of its own.
# shellcheck disable=SC2154

fail() {
    echo "FAILED: $*"
    echo "-- out"
    cat out
    echo "-- err"
    cat err
    exit 1
}

# Runs `mica ARGUMENT...`, which must end with STATUS; leaves its output in ./out and ./err.
expect() { # STATUS ARGUMENT...
    local status=0 wanted=$1
    shift
    timeout 240 "$mica" "$@" >out 2>err </dev/null || status=$?
    [ "$status" = "$wanted" ] || fail "mica $*: status $status, not $wanted"
}

has() { # FILE TEXT
    grep -qF -- "$2" "$1" || fail "$1 lacks \"$2\""
}

has_not() { # FILE TEXT
    ! grep -qF -- "$2" "$1" || fail "$1 has \"$2\""
}

is() { # FILE TEXT...: these are its lines
    local file=$1
    shift
    printf '%s\n' "$@" | diff - "$file" || fail "$file is not: $*"
}

empty() { # FILE
    [ ! -s "$1" ] || fail "$1 is not empty"
}

# One complaint: a line of "mica: ...", with the text.
complains() { # TEXT
    [ "$(grep -c '^mica: ' err)" = 1 ] || fail "not one complaint"
    has err "$1"
}

# Checks ./out as JSON: an expression over `x` that must be true.
json() { # EXPRESSION
    python3 -c 'import json, sys; x = json.load(open("out")); sys.exit(not eval(sys.argv[1]))' "$1" || fail "not so: $1"
}

fill() { # imports base:1 and app:1
    expect 0 import "$images/base.tar" "$images/app.tar"
}

nothing_left() { # of transactions
    [ -z "$(ls -A "$MICA_STORE/tmp" 2>/dev/null)" ] || fail "left in tmp: $(ls -A "$MICA_STORE/tmp")"
}

can_mount() {
    [ -w /dev/fuse ] || exit 77
    { command -v fusermount3 && [ -x "$build/fuse/micafs" ]; } >/dev/null || exit 77
}

# Runs mica as on a terminal of 80 columns; what it shows is in ./out.
on_terminal() { # ARGUMENT...
    command -v script >/dev/null || exit 77
    local command="stty cols 80; exec ${*@Q}"
    SHELL=/bin/bash script -qec "$command" /dev/null >out 2>err </dev/null || fail "script: $*"
}
