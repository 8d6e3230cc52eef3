# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica info.
# shellcheck disable=SC2154

# Everything that a trial could leave: files of the store, mounts, namespaces' children.
case_info() {
    fill
    find "$MICA_STORE" | sort >before
    cp /proc/self/mountinfo mounts.before
    expect 0 info
    empty err
    has out "$MICA_STORE"
    grep -qE '^images +2$' out || fail "images"
    grep -qE '^store writable +yes$' out || fail "writable"
    grep -qE '^kernel +Linux ' out || fail "kernel"
    expect 0 info --json
    json 'x["image_count"] == 2 and x["branch_count"] == 0 and x["store_error"] is None and x["store_format"] >= 1'
    json 'x["free"] <= x["capacity"] and x["filesystem"] and x["micafs"].endswith("/micafs")'
    json "x['kernel'] == '$(uname -r)' and x['euid'] == $(id -u)"
    find "$MICA_STORE" | sort | diff before - || fail "something is left in the store"
    diff mounts.before /proc/self/mountinfo || fail "something is left mounted"
    expect 2 info word
}

# A trial says the same as the system's own tools.
case_info_is_true() {
    fill
    expect 0 info --json
    touch "$MICA_STORE/a"
    told() { # MEMBER COMMAND...
        local wanted=False member=$1
        shift
        ! "$@" >/dev/null 2>&1 || wanted=True
        json "x['$member'] == $wanted"
    }
    told reflink cp --reflink=always "$MICA_STORE/a" "$MICA_STORE/b"
    told hard_links ln "$MICA_STORE/a" "$MICA_STORE/c"
    told whiteouts mknod "$MICA_STORE/d" c 0 0
    told user_xattrs setfattr -n user.x -v 1 "$MICA_STORE/a"
    told trusted_xattrs setfattr -n trusted.x -v 1 "$MICA_STORE/a"
    told user_namespaces unshare -Ur true
    json "x['filesystem'] == '$(findmnt -no FSTYPE -T "$MICA_STORE")'"
    json "('/crun' in ' '.join(x['runtimes'])) == $(command -v crun >/dev/null && echo True || echo False)"
}

# Where there is no store, it is damaged or another user's: says so, tells the rest, and makes none.
case_info_without_store() {
    expect 0 info
    has out "no store"
    has out "kernel"
    [ ! -e "$MICA_STORE" ] || fail "a store was made"
    expect 0 info --json
    json 'x["store_format"] is None and x["image_count"] is None and not x["store_writable"] and x["filesystem"]'
    fill
    echo "mica 77" >"$MICA_STORE/format"
    expect 0 info
    has out "format 77"
    echo "mica 1" >"$MICA_STORE/format"
    echo "{" >"$MICA_STORE/index.json"
    expect 0 info --json
    json 'x["store_error"] and x["image_count"] is None and x["branch_count"] == 0'
    chmod 0777 "$MICA_STORE"
    expect 0 info
    has out "could be written by others"
}

# An ordinary user, a store of root's that cannot be entered, and one that can only be read.
case_info_of_a_user() {
    [ "$(id -u)" = 0 ] || exit 77
    fill
    local path
    for path in "$PWD" "$(dirname "$PWD")"; do chmod a+x "$path"; done
    install -m 0755 "$mica" ./mica
    as_user() { setpriv --reuid 65533 --regid 65533 --clear-groups env HOME=/nonexistent "$PWD/mica" "$@" >out 2>err </dev/null || fail "status"; }
    as_user info
    has out "Permission denied"
    has out "kernel"
    find "$MICA_STORE" -type d -exec chmod a+rx {} +
    find "$MICA_STORE" -type f -exec chmod a+r {} +
    as_user info --json
    json 'x["image_count"] == 2 and not x["store_writable"] and x["hard_links"] is None and x["euid"] == 65533'
}
