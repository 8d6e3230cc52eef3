# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Stores that can only be read, beneath one's own: --also, MICA_ALSO, mica.conf, mica store share.
# shellcheck disable=SC2154

# base:1 in the store `other`, whose modes are those of one that can be read alone.
other_store() {
    expect 0 --store "$PWD/other" import "$images/base.tar"
    find other -type f | sort | xargs sha256sum >other.before
    export MICA_ALSO=$PWD/other
}

other_is_untouched() {
    find other -type f | sort | xargs sha256sum | diff other.before - || fail "the other store was changed"
}

case_also() {
    other_store
    unset MICA_ALSO
    expect 0 images --json --also "$PWD/other"
    json '[(i["name"], i["store"]) for i in x] == [("base:1", "'"$PWD/other"'")]'
    expect 0 --also other --also other images --quiet
    is out base:1
    expect 0 cat --also other base:1:/etc/motd
    is out hello
    expect 0 ls --also other base:1
    expect 0 layers --also other base:1
    expect 0 which --also other base:1 /etc/motd
    expect 0 inspect --also other base:1
    json 'x["names"] == ["base:1"]'
    expect 1 images --also "$PWD/nowhere"
    complains "no store $PWD/nowhere"
    expect 2 images --also "$PWD/a:b"
    complains "has no colon"
    expect 0 info --also other
    has out "$PWD/other"
    expect 0 complete -- cat --also "$PWD/other" ""
    other_is_untouched
}

# What is missing is imported into one's own store, and what the other has is not read again.
case_also_import() {
    other_store
    expect 0 import "$images/app.tar"
    has out "(3 layers, 1 already here)"
    [ "$(find store/layers -mindepth 1 -maxdepth 1 | wc -l)" = 2 ] || fail "layers"
    expect 0 images --json
    json '[(i["name"], i["store"]) for i in x] == [("app:1", "'"$PWD/store"'"), ("base:1", "'"$PWD/other"'")]'
    expect 0 cat app:1:/etc/motd
    is out changed
    expect 0 cat app:1:/usr/bin/tool
    is out "#!tool"
    expect 0 verify
    expect 0 verify app:1
    expect 0 export app:1 oci:layout:app
    expect 0 --store fresh import oci:layout:app
    # The image of the other store, whole: one's own catalog lists it, and it has its own manifest and config.
    expect 0 import "$images/base.tar"
    has out "(1 layer, 1 already here)"
    [ "$(find store/layers -mindepth 1 -maxdepth 1 | wc -l)" = 2 ] || fail "layers"
    expect 0 images --json
    json '[i["store"] for i in x] == ["'"$PWD/store"'"] * 2'
    # One's own name comes first.
    expect 0 import "$images/also.tar"
    unset MICA_ALSO
    expect 0 --also other images --quiet
    [ "$(head -2 out | tr '\n' ' ')" = "app:1 base:1 " ] || fail "names"
    # A layer that the other store has can be damaged or gone there.
    mv other gone
    expect 1 cat app:1:/usr/bin/tool
    complains "is not in"
    expect 3 verify
    has out "missing: layers/"
    mv gone other
    other_is_untouched
}

# Names and room are those of one's own store.
case_also_names() {
    other_store
    local words
    for words in "rm base:1" "tag base:1 new:1" "rename base:1 new:1" "df base:1"; do
        # shellcheck disable=SC2086 # words
        expect 1 $words
        complains "is in $PWD/other, which is read-only; mica import oci:$PWD/other:base:1 imports it"
    done
    expect 0 import "oci:$PWD/other:base:1"
    has out "(1 layer, 1 already here)"
    expect 0 tag base:1 new:1
    expect 0 gc
    expect 0 cat new:1:/etc/motd
    is out hello
    expect 0 rm base:1 new:1
    expect 0 images --quiet
    is out base:1
    expect 0 gc
    expect 0 verify
    other_is_untouched
}

case_also_mount() {
    can_mount
    other_store
    expect 0 import -q "$images/app.tar"
    mkdir mnt
    expect 0 mount base:1 mnt
    has err "base:1 is in $PWD/other, which is read-only: a mount cannot keep it there"
    [ "$(cat mnt/etc/motd)" = hello ] || fail "content"
    expect 0 mounts
    has out base:1
    expect 0 umount mnt
    expect 0 mount app:1 mnt
    empty err
    [ "$(cat mnt/usr/bin/tool)" = '#!tool' ] || fail "content of a layer of the other store"
    [ "$(cat mnt/etc/motd)" = changed ] || fail "content"
    expect 0 umount mnt
    expect 0 mount --rw=work base:1 mnt
    echo new >mnt/etc/motd
    expect 0 umount mnt
    expect 0 commit work new:1
    expect 0 cat new:1:/etc/motd
    is out new
    expect 0 verify
    other_is_untouched
}

# The daemon of a container, whose monitor has no variables of the caller's, looks in the same stores.
case_also_run() {
    can_mount
    command -v crun >/dev/null || command -v runc >/dev/null || exit 77
    local machine
    machine=$(command -v busybox) || exit 77
    other_store
    unset MICA_ALSO
    expect 0 --also other mount --rw=filled base:1 "$(mkdir mnt && echo mnt)"
    mkdir -p mnt/sbin && cp "$machine" mnt/sbin/busybox
    expect 0 umount mnt
    expect 0 commit --also other filled filled:1
    printf 'also = %s\n' "$PWD/other" >mica.conf
    MICA_CONF=$PWD/mica.conf expect 0 run --rm filled:1 /sbin/busybox cat /etc/motd
    is out hello
    expect 0 --also other run --rm filled:1 /sbin/busybox env
    has_not out MICA
    expect 1 cat filled:1:/etc/motd
}

# A store that is all there is, and cannot be written to: mounted without a lease.
case_read_only_store() {
    can_mount
    [ "$(id -u)" = 0 ] || exit 77
    fill
    mkdir mnt mnt-store
    mount --bind store mnt-store
    mount -o remount,bind,ro mnt-store
    export MICA_STORE=$PWD/mnt-store
    expect 0 images --quiet
    expect 0 verify
    expect 0 info --json
    json 'not x["store_writable"] and x["image_count"] == 2'
    expect 0 mount app:1 mnt
    has err "which is read-only: a mount cannot keep it there"
    [ "$(cat mnt/etc/motd)" = changed ] || fail "content"
    expect 0 umount mnt
    expect 1 import "$images/app.tar"
    expect 1 mount --rw=work app:1 mnt
    # A store that lacks its leases is damaged, and not one that is only read.
    mv store/leases gone
    expect 1 mount app:1 mnt
    mv gone store/leases
    export MICA_STORE=$PWD/own MICA_ALSO=$PWD/mnt-store
    expect 0 mount --rw=work app:1 mnt
    expect 0 umount mnt
    umount mnt-store
}

case_config() {
    other_store
    unset MICA_ALSO MICA_STORE
    export HOME=$PWD XDG_CONFIG_HOME=$PWD/config
    mkdir -p config/mica
    printf '# stores\n\n  store = %s\nalso =\t%s  \nalso = %s\n' "$PWD/mine" "$PWD/other" "$PWD/not-mounted" >config/mica/mica.conf
    expect 0 images --quiet
    is out base:1
    expect 0 info --json
    json 'x["store"] == "'"$PWD/mine"'" and x["also"] == ["'"$PWD/other"'"]'
    expect 0 --store elsewhere images --quiet
    is out base:1
    MICA_STORE=$PWD/third expect 0 info --json
    json 'x["store"] == "'"$PWD/third"'"'
    local line
    for line in 'nonsense' 'alsO = /x' 'also = relative' 'also =' '= /x' "$(printf 'store = /a\nstore = /b')"; do
        printf '#\n%s\n' "$line" >bad.conf
        MICA_CONF=bad.conf expect 1 images
        grep -qE 'bad.conf:[23]: ' err || fail "no line: $line"
    done
    MICA_CONF=none.conf expect 1 images
    complains none.conf
    chmod go+w config/mica/mica.conf
    expect 1 images
    complains "could be written by others"
    expect 0 info
    has out "could be written by others"
    if [ "$(id -u)" = 0 ]; then
        chmod go-w config/mica/mica.conf
        chown 65533 config/mica/mica.conf
        expect 1 images
        complains "belongs to another user"
    fi
}

# A store of others, or that others could write to.
case_also_of_others() {
    other_store
    chmod g+w other
    expect 1 images
    complains "could be written by others"
    chmod g-w other
    [ "$(id -u)" = 0 ] || return 0
    chown 65533 other
    expect 1 images
    complains "belongs to another user"
}

# Root's store, read by a user who has none yet.
case_store_share() {
    [ "$(id -u)" = 0 ] || exit 77
    fill
    local path mica_of_all=$PWD/mica
    for path in "$PWD" "$(dirname "$PWD")"; do chmod a+x "$path"; done
    install -m 0755 "$mica" ./mica
    install -d -o 65533 -g 65533 home
    as_user() { # STATUS ARGUMENT...
        local status=0 wanted=$1
        shift
        (cd home && MICA_STORE='' exec setpriv --reuid 65533 --regid 65533 --clear-groups env HOME="$PWD" MICA_ALSO="$MICA_STORE_OF_ROOT" \
            "$mica_of_all" "$@") >out 2>err </dev/null || status=$?
        [ "$status" = "$wanted" ] || fail "as a user, mica $*: $status"
    }
    MICA_STORE_OF_ROOT=$MICA_STORE
    as_user 1 images
    complains "Permission denied"
    expect 0 store share
    empty err
    chmod a-x "$PWD"
    expect 0 store share
    complains "other users cannot reach the store: $PWD is closed to them"
    chmod a+x "$PWD"
    as_user 0 images --quiet
    is out app:1 base:1
    as_user 0 cat app:1:/etc/motd
    is out changed
    as_user 0 verify app:1
    [ "$(find home -user 65533 -name lock)" ] || fail "the user has no store"
    # What comes later, too.
    expect 0 import --name later "$images/also.tar"
    as_user 0 cat later:/etc/motd
    expect 0 import -q --platform linux/vax "$images/far.tar"
    as_user 0 images --quiet
    as_user 0 verify
    ! find store/branches store/leases store/tmp -perm /077 | grep . || fail "more than the objects"
    expect 0 store share --undo
    as_user 1 images
    complains "Permission denied"
    ! find store -perm /077 ! -type l | grep . || fail "something is left open"
    expect 0 verify
    expect 2 store
    expect 2 store nonsense
}
