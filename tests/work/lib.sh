# shellcheck shell=bash
# shellcheck disable=SC2034,SC2119,SC2120 # variables that cases use; options that most cases do not need
# For test cases of programs at work: sourced by each file of cases/ and long/, which are as those of tests/mount (lib.sh there
# says what there is). Everything happens twice, at the same path, $here: first in a plain directory, then in a mount.
#
#   twice PREPARE WORK    PREPARE makes what is there at the beginning in $here: what becomes the lower layer. WORK does the
#                         work in $here, and prints what is to be compared; it may call `again`
#   same_trees [OPTION...]   compares what the two left behind; options of `compare diff`
#
# Both functions run in this shell, not as the identity: they say `as COMMAND`.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../mount/lib.sh"

work_folder=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# Options of the mount besides its directories: everything on, since programs are to meet all of it.
mount_options=redirect_dir=on,metacopy=on,suid,dev

mount_here() {
    local options=$mount_options
    # Only root's mounts may have these; in a namespace they mean nothing, since the namespace's root has no more.
    [ "$identity" = root ] || options=${options%,suid,dev}
    micafs -o "lowerdir=$me/lower,upperdir=$me/upper,workdir=$me/work,$options" "$here"
}

unmount_here() {
    local pid
    pid=$(daemon)
    as umount "$here" 2>/dev/null || as fusermount3 -u "$here"
    await gone "$pid"
}

# What was done up to here must be there after a new mount.
again() {
    [ "$side" = mount ] || return 0
    cd "$me"
    unmount_here
    mount_here
}

# A test that ends early says how far it came.
tell_and_clean_up() {
    local status=$?
    set +e
    [ "$status" = 0 ] || tail -n 10 "$T"/*.said >&2
    (exit "$status")
    clean_up
}

twice() { # PREPARE WORK
    trap tell_and_clean_up EXIT
    here=$me/here
    as mkdir "$here"
    side=plain
    "$1"
    as cp -a "$here" "$me/lower"
    # What is done is traced into the log, not into what is compared.
    "$2" >"$T/plain.said"
    cd "$me"
    as mv "$here" "$me/plain"
    side=mount
    as mkdir "$here" "$me/upper" "$me/work"
    mount_here
    "$2" >"$T/mount.said"
    cd "$me"
    diff "$T/plain.said" "$T/mount.said" >&2 || fail "says something else in the mount"
}

same_trees() { # [OPTION...]
    as python3 "$compare" scan "$me/plain" >"$T/plain.dump"
    as python3 "$compare" scan --mount "$here" >"$T/mount.dump"
    "$compare" diff "$@" "$T/plain.dump" "$T/mount.dump"
    unmount_here
    mount_here
    as python3 "$compare" scan --mount "$here" >"$T/again.dump"
    "$compare" diff "$T/mount.dump" "$T/again.dump" || fail "a new mount shows something else"
}
