# shellcheck shell=bash
# shellcheck disable=SC2016 # what a container is to expand
# shellcheck disable=SC2034 # variables that cases use
# For tests with container engines: sourced by each file of cases/, whose functions are the tests. The prefix of a function's
# name says as whom it runs: root_X as root, user_X as an ordinary user with a range of ids, each_X as each of the two;
# slow_each_X too, where MICA_TEST_SLOW is set.
#
# run-engines starts every test as a process of its own, `bash FILE FUNCTION IDENTITY`, in a mount namespace of all tests. It
# finds
#
#   $T            a private directory of the identity's, removed at the end
#   podman, buildah, skopeo    run as the identity, on a storage of the tests' own whose mount program is micafs
#   other DRIVER CMD...        the same on the storage of another driver: fuse (fuse-overlayfs), kernel,
#                 before (kernel, where a mount program may come later)
#
# A storage has the image localhost/pyapp, and lives as long as run-engines: a test removes what it made. A test fails when a
# command of it fails (set -e), or by `fail TEXT`; and when something that it mounted or started is still there.
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

same() { # EXPECTED ACTUAL
    [ "$1" = "$2" ] || fail "expected \"$1\", got \"$2\""
}

# ---- storages

as() { # runs a command as the identity, on the storage $storage
    local -
    set +x
    local env=(HOME="$storage/home" XDG_RUNTIME_DIR="$storage/run" PATH="$PATH" LC_ALL=C.UTF-8 TMPDIR="$storage/tmp"
        CONTAINERS_CONF="$storage/containers.conf" CONTAINERS_STORAGE_CONF="$storage/storage.conf"
        MICA_RECORD="${MICA_RECORD-}")
    case $identity in
    root) env -i "${env[@]}" "$@" ;;
    user) setpriv --reuid="$test_user" --regid="$test_user" --init-groups env -i USER="$test_user" "${env[@]}" "$@" ;;
    esac
}

podman() {
    as podman "$@"
}

buildah() {
    as buildah "$@"
}

skopeo() {
    as skopeo "$@"
}

# Runs a command where the identity sees its mounts and all owners.
unshared() {
    case $identity in
    root) as "$@" ;;
    user) buildah unshare "$@" ;;
    esac
}

other() { # DRIVER COMMAND...
    local storage=$storages/$identity-$1
    shift
    [ -e "$storage/ready" ] || make_storage
    "$@"
}

# Engines say which mount program they were told; the kernel's own is used without one.
mount_program() {
    case $storage in
    *-micafs) echo "mount_program = \"$storages/bin/micafs\"" ;;
    *-recorder) echo "mount_program = \"$storages/bin/recorder\"" ;;
    *-fuse) echo "mount_program = \"$(command -v fuse-overlayfs)\"" ;;
    *-kernel | *-before) ;;
    esac
}

# How an engine is to keep a storage in a directory.
write_settings() { # DIRECTORY
    cat >"$1/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$1/graph"
rootless_storage_path = "$1/graph"
runroot = "$1/state"
[storage.options.overlay]
skip_mount_home = "true"
$(mount_program)
CONF
    cp "$root/tests/lib/containers.conf" "$1"
}

make_storage() {
    mkdir -p "$storage"/{home,run,tmp,graph,state}
    # podman 4.3 maps the ids of lower layers by the kernel where that can, and tells the mount program to map them once more:
    # with this note it finds that the kernel cannot.
    mkdir -m 700 "$storage/state/overlay"
    touch "$storage/state/overlay/idmapped-lower-dir-false"
    write_settings "$storage"
    [ "$identity" = root ] || chown -R "$test_user:$test_user" "$storage"
    chmod 700 "$storage/run"
    podman load -q -i "$images/pyapp.docker.tar" >&2
    podman tag pyapp localhost/pyapp
    podman untag docker.io/library/pyapp docker.io/library/pyapp
    touch "$storage/ready"
}

# ---- what is left behind

daemons() { # the process ids of this identity's mount programs
    local -
    set +x
    # Other processes come and go meanwhile: find complains of those.
    local owner=root
    [ "$identity" = root ] || owner=$test_user
    { find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -user "$owner" -lname "$storages/bin/micafs" -printf '%h\n' 2>/dev/null || true; } |
        sed 's|/proc/||'
}

no_mount() {
    local seen
    seen=$(unshared awk -v top="$storage/" 'index($5, top) == 1 && / fuse/' /proc/self/mountinfo)
    [ -z "$seen" ] || fail "still mounted: $seen"
    # Who unmounts does not wait for the daemon.
    for seen in $(daemons); do
        "$root/tests/mount/await" gone "$seen" || true
    done
    seen=$(daemons)
    [ -z "$seen" ] || fail "still running: $seen"
}

clean_up() {
    local status=$?
    trap - EXIT
    set +ex
    cd /
    if [ "$status" != 0 ]; then
        podman rm -fa -t 0 >/dev/null 2>&1
        buildah rm -a >/dev/null 2>&1
    fi
    rm -rf --one-file-system "$T"
    exit "$status"
}

run_test() { # FUNCTION IDENTITY
    identity=$2
    storage=$storages/$identity-${MICA_STORAGE:-micafs}
    T=$(mktemp -d "$storages/test.XXXXXX")
    trap clean_up EXIT
    trap 'exit 1' INT TERM
    chmod 755 "$T"
    [ "$identity" = root ] || chown "$test_user:$test_user" "$T"
    cd "$T"
    exec {BASH_XTRACEFD}>&2
    set -x
    [ -e "$storage/ready" ] || make_storage
    "$1"
    echo "$1 $2" >>"$storages/passed" # for matrix
}

# The functions of a file with the identities that they run as: `FUNCTION IDENTITY`.
list_tests() {
    local function
    for function in $(declare -F | awk '{ print $3 }'); do
        case $function in
        root_*) echo "$function root" ;;
        user_*) echo "$function user" ;;
        each_*) printf '%s\n' "$function root" "$function user" ;;
        slow_each_*) [ -z "${MICA_TEST_SLOW-}" ] || printf '%s\n' "$function root" "$function user" ;;
        esac
    done
}

# Called at the end of each file of cases/.
main() {
    if [ $# = 0 ]; then
        list_tests
    else
        storages=$MICA_STORAGES images=$MICA_STORAGES/images
        run_test "$@"
    fi
}
