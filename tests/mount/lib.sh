# shellcheck shell=bash
# shellcheck disable=SC2034 # variables that cases use
# For test cases on real mounts: sourced by each file of cases/, whose functions are the tests. The prefix of a function's
# name says as whom it runs:
#
#   root_X   as root                          user_X   as an ordinary user (through fusermount3)
#   space_X  as the root of a user namespace  each_X   as each of the three
#   one_X    as the root of a user namespace that has no other id
#   slow_... any of these, where MICA_TEST_SLOW is set
#
# run-mount starts every test as a process of its own: `bash FILE FUNCTION IDENTITY`. It finds
#
#   $T      a private directory, removed at the end together with what was mounted in it and the daemons that run from it
#   $me     a directory in it that belongs to the identity; $store and $mnt are in there
#   $images the real images, $dumps what umoci made of them (tests/compare)
#   as CMD  runs a command as the identity; `mica` and `micafs` do so as well
#
# A test fails when a command of it fails (set -e), or by `fail TEXT`.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(readlink -f "$here/../..")
test_user=${MICA_TEST_USER:-mica-test}

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

skip() {
    echo "SKIPPED: $*" >&2
    exit 77
}

# ---- identities

as() {
    local -
    set +x
    case $identity in
    root) "$@" ;;
    user)
        if [ "$(id -u)" = 0 ]; then
            setpriv --reuid="$test_user" --regid="$test_user" --init-groups --reset-env env HOME="$me" PATH="$PATH" "$@"
        else
            "$@"
        fi
        ;;
    one)
        # Nobody else is there to become: who enters must be its owner already, and becomes its root.
        local command=(nsenter --user --mount --target "$holder" --wd="$PWD" --preserve-credentials -- env HOME="$me" "$@")
        [ "$(id -u)" != 0 ] || command=(setpriv --reuid="$test_user" --regid="$test_user" --init-groups -- "${command[@]}")
        "${command[@]}"
        ;;
    space) nsenter --user --mount --target "$holder" --wd="$PWD" --setuid 0 --setgid 0 -- env HOME="$me" "$@" ;;
    esac
}

mica() {
    as "$T/bin/mica" --store "$store" "$@"
}

micafs() {
    as "$T/bin/micafs" "$@"
}

# A user and mount namespace that lives as long as `holder`: with the user's own range of ids, so that every owner that an
# image can name is one, or with just one.
enter_space() {
    local command=(unshare --user --mount --map-root-user)
    [ "$identity" = one ] || command+=(--map-auto)
    command+=(sh -c 'echo ready; exec cat')
    mkfifo "$T/hold"
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$test_user" --regid="$test_user" --init-groups "${command[@]}" <"$T/hold" >"$T/held" 2>&1 &
    else
        "${command[@]}" <"$T/hold" >"$T/held" 2>&1 &
    fi
    holder=$!
    exec 8>"$T/hold"
    until grep -q ready "$T/held"; do
        kill -0 "$holder" 2>/dev/null || fail "no user namespace: $(cat "$T/held")"
    done
}

# ---- what a test may ask for

import() { # SOURCE-NAME...: of: oci zstd oci-archive docker-archive
    local source
    for source in "$@"; do
        case $source in
        oci) mica import --quiet "oci:$images/oci:pyapp" ;;
        worker) mica import --quiet "oci:$images/oci:worker" ;;
        zstd) mica import --quiet "oci:$images/zstd:pyapp" ;;
        zstd-worker) mica import --quiet "oci:$images/zstd:worker" ;;
        oci-archive) mica import --quiet "oci-archive:$images/pyapp.oci.tar" ;;
        docker-archive) mica import --quiet --name pyapp "docker-archive:$images/pyapp.docker.tar" ;;
        esac
    done
}

# Imports small images of tests/lib/made_image.py: the layers are Python expressions of a Tar, bottom first.
import_made() { # NAME LAYER...
    local name=$1
    shift
    PYTHONDONTWRITEBYTECODE=1 python3 - "$root/tests/lib" "$name" "$@" >"$me/$name.tar" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
from made_image import Image, Tar
sys.stdout.buffer.write(Image([eval("(%s)" % layer).end() for layer in sys.argv[3:]], name=sys.argv[2]).oci_archive())
PYTHON
    mica import --quiet "oci-archive:$me/$name.tar"
}

await() {
    local -
    set +x
    as "$T/bin/await" "$@" || fail "waited too long: $*"
}

# The same for what nothing announces: a command that says a number is asked until that is LIMIT or less.
await_at_most() { # LIMIT COMMAND...
    local - end=$((SECONDS + 240)) limit=$1 said=
    set +x
    shift
    until said=$("$@") && [ "$said" -le "$limit" ]; do
        [ $SECONDS -lt $end ] || fail "waited too long: $* says ${said:-nothing}, not $limit or less"
        sleep 0.1
    done
}

# Runs a command that must fail with STATUS and say one line that matches PATTERN.
refuses() { # STATUS PATTERN COMMAND...
    local status=$1 pattern=$2 got=0
    shift 2
    "$@" >"$T/refused.out" 2>"$T/refused.err" || got=$?
    [ "$got" = "$status" ] || fail "exit status $got, not $status: $* ($(cat "$T/refused.err"))"
    grep -qE -- "$pattern" "$T/refused.err" || fail "says \"$(cat "$T/refused.err")\", not $pattern: $*"
    [ "$(wc -l <"$T/refused.err")" = 1 ] || fail "says more than a line: $(cat "$T/refused.err")"
}

same() { # EXPECTED ACTUAL
    [ "$1" = "$2" ] || fail "expected \"$1\", got \"$2\""
}

daemons() { # the process ids of micafs that run from $T
    local -
    set +x
    # Other processes come and go meanwhile: find complains of those.
    { find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -lname "$T/bin/micafs" -printf '%h\n' 2>/dev/null || true; } |
        sed 's|/proc/||'
}

# The one daemon that is there.
daemon() {
    local found
    found=$(daemons)
    [[ $found =~ ^[0-9]+$ ]] || fail "one daemon was to run, found: ${found:-none}"
    echo "$found"
}

# A mount whose daemon stays in the foreground and says to descriptor 7 what it counts. It has answered already: what comes with
# every mount is not counted from here on.
mount_telling() { # OPTION,...
    as mkfifo "$me/said"
    exec 7<>"$me/said"
    micafs -f -o "$1" "$mnt" 2>"$me/said" &
    await mounted "$mnt"
    as stat "$mnt" >"$T/stat"
}

# How often the daemon whose standard error is descriptor 7 was asked for what, so far: NAME=VALUE, one a line.
counters() {
    local line
    kill -USR1 "$(daemon)"
    read -r -t 120 line <&7 || fail "the daemon says nothing"
    [[ $line = "micafs: $mnt: "* ]] || fail "the daemon says \"$line\", not what it counts"
    tr ' ' '\n' <<<"${line#"micafs: $mnt: "}"
}

mount_points() { # those in $T, the last mounted first
    awk -v top="$T/" 'index($5, top) == 1 { print $5 }' /proc/self/mountinfo | tac
}

no_mount() {
    local seen
    seen=$(as awk -v top="$T/" 'index($5, top) == 1' /proc/self/mountinfo)
    [ -z "$seen" ] || fail "still mounted: $seen"
    seen=$(daemons)
    [ -z "$seen" ] || fail "still running: $seen"
}

# ---- start and end of a test

clean_up() {
    local status=$? point pid
    trap - EXIT
    set +ex
    cd /
    mount_points | while read -r point; do
        umount -l "$point" 2>/dev/null || fusermount3 -u -z "$point"
    done
    for pid in $(daemons) ${holder:+"$holder"}; do
        kill -KILL "$pid" 2>/dev/null
    done
    jobs -p | xargs -r kill -KILL 2>/dev/null
    rm -rf --one-file-system "$T"
    exit "$status"
}

run_test() { # FUNCTION IDENTITY
    identity=$2
    T=$(mktemp -d "${TMPDIR:-/tmp}/mica-mount.XXXXXX")
    trap clean_up EXIT
    trap 'exit 1' INT TERM
    chmod 755 "$T"
    me=$T/me store=$T/me/store mnt=$T/me/mnt
    images=${MICA_SHARED_IMAGES-} dumps=${MICA_SHARED_IMAGES-}
    mkdir -p "$T/bin" "$mnt"
    # An ordinary user may not be able to reach the build directory, nor this one.
    cp "$MICA_BUILD/cli/mica" "$MICA_BUILD/fuse/micafs" "$here/await" "$root/tests/compare/compare" "$T/bin"
    compare=$T/bin/compare
    [ "$identity" = root ] || [ "$(id -u)" != 0 ] || chown -R "$test_user:$test_user" "$me"
    case $identity in space | one) enter_space ;; esac
    cd "$me"
    # What is done goes to the log, not into what commands say.
    exec {BASH_XTRACEFD}>&2
    set -x
    "$1"
}

# The functions of a file with the identities that they run as: `FUNCTION IDENTITY`.
list_tests() {
    local function
    for function in $(declare -F | awk '{ print $3 }'); do
        [ -z "${MICA_TEST_SLOW-}" ] && [ "$function" != "${function#slow_}" ] && continue
        case ${function#slow_} in
        root_*) echo "$function root" ;;
        user_*) echo "$function user" ;;
        space_*) echo "$function space" ;;
        one_*) echo "$function one" ;;
        each_*) printf '%s\n' "$function root" "$function user" "$function space" ;;
        esac
    done
}

# Called at the end of each file of cases/.
main() {
    if [ $# = 0 ]; then
        list_tests
    else
        run_test "$@"
    fi
}
