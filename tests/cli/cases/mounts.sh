# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica mount, umount, mounts.
# shellcheck disable=SC2154

case_mount() {
    can_mount
    fill
    expect 0 mounts
    has_not out "$PWD"
    expect 1 mount app:1 "$PWD/mnt"
    complains "does not exist; mkdir -p"
    mkdir mnt
    expect 1 mount app:1 err
    complains "err is not a directory"
    expect 1 mount nosuch mnt
    complains 'no image "nosuch"'
    expect 0 mount app:1 mnt
    empty out
    empty err
    [ "$(cat mnt/etc/motd)" = changed ] || fail content
    expect 1 mount app:1 mnt
    complains "app:1 is already mounted"
    MICA_STORE=$PWD/second expect 0 import -q "$images/base.tar"
    MICA_STORE=$PWD/second expect 1 mount base:1 mnt # of another store
    complains "app:1 is already mounted"
    expect 0 mounts
    has out "$PWD/mnt"
    expect 0 mounts --json
    json "[(m['image'], m['state']) for m in x if m['mountpoint'] == '$PWD/mnt'] == [('app:1', 'mounted')]"
    expect 0 mount
    has out "$PWD/mnt"
    exec 8<mnt
    expect 1 umount mnt
    complains "in use"
    has err "--lazy"
    expect 0 umount --lazy mnt
    expect 0 mounts --json
    json "[m['state'] for m in x if m['mountpoint'] == '$PWD/mnt'] == ['ending']"
    exec 8<&-
    gone() { "$mica" mounts --json >out 2>err && ! grep -qF "\"$PWD/mnt\"" out; }
    for _ in {1..500}; do ! gone || break; done
    gone || fail "what has ended is listed"
    expect 0 mount app:1 mnt
    expect 0 umount mnt
    empty out
    empty err
    ! mountpoint -q mnt || fail "still mounted"
    [ -z "$(ls -A "$MICA_STORE/leases")" ] || fail "a lease is left"
    expect 1 umount mnt
    complains "mnt is not mounted"
    expect 1 umount /proc
    complains "of type proc"
    expect 2 umount
    expect 2 mount app:1
    complains "needs IMAGE DIR"
}

case_mount_more() {
    can_mount
    fill
    mkdir mnt "mnt a,b\\c" mnt2
    ln -s mnt link
    expect 2 mount -o timeout=never app:1 mnt
    has err timeout
    ! mountpoint -q mnt || fail "mounted all the same"
    expect 0 mount -o noexec -o nodev "$images/base.tar" link
    grep -qE " $PWD/mnt .*noexec.* fuse.micafs" /proc/self/mountinfo || fail "noexec is not there"
    expect 0 mount app:1 "mnt a,b\\c"
    expect 0 mount app:1 mnt2
    expect 0 mounts --json
    json 'len([m for m in x if m["state"] == "mounted"]) == 3'
    expect 0 umount link "mnt a,b\\c"
    exec 8<mnt2
    expect 0 umount --lazy mnt2
    exec 8<&-
    expect 0 mount app:1 mnt
    expect 0 mount base:1 mnt2
    expect 0 unmount --all
    ! mountpoint -q mnt || fail "still mounted"
    ! mountpoint -q mnt2 || fail "still mounted"
}

# A daemon that was killed leaves a dead mount, which can be ended.
case_mount_killed() {
    can_mount
    fill
    mkdir mnt
    expect 0 mount app:1 mnt
    local pid
    pid=$(daemon_of "$PWD/mnt")
    kill -KILL "$pid"
    tail --pid="$pid" -s 0.05 -f /dev/null
    expect 1 mount app:1 mnt
    complains "has died; first: mica umount"
    expect 0 mounts
    grep -qE "$PWD/mnt .*no lease" out || fail "the dead mount is not listed"
    expect 0 umount mnt
    ! mountpoint -q mnt || fail "still mounted"
}

daemon_of() { # MOUNTPOINT
    expect 0 mounts --json
    python3 - "$1" <<'P'
import json, sys
print([m["pid"] for m in json.load(open("out")) if m["mountpoint"] == sys.argv[1]][0])
P
}

# umount returns when the daemon has ended, not before.
case_umount_waits() {
    can_mount
    fill
    mkdir mnt
    expect 0 mount app:1 mnt
    local daemon pid
    daemon=$(daemon_of "$PWD/mnt")
    kill -STOP "$daemon"
    "$mica" umount mnt >out 2>err &
    pid=$!
    while grep -qF " $PWD/mnt " /proc/self/mountinfo; do # mountpoint(1) would ask the daemon
        kill -0 "$pid" || fail "it has given up"
    done
    timeout 0.3 tail --pid="$pid" -s 0.01 -f /dev/null && fail "it has not waited"
    kill -CONT "$daemon"
    wait "$pid" || fail "status $?"
    # One that init has not yet buried has no command line any more.
    [ -z "$(tr -d '\0' <"/proc/$daemon/cmdline" 2>/dev/null)" ] || fail "the daemon lives"
}

case_mount_foreground() {
    can_mount
    fill
    mkdir mnt
    "$mica" mount --foreground app:1 mnt >out 2>err &
    local pid=$!
    # Ready when the mount can be seen: mountinfo tells of changes by poll(2), which findmnt waits for.
    timeout 30 findmnt --poll=mount --first-only --mountpoint "$PWD/mnt" >/dev/null &
    local waiter=$!
    mountpoint -q mnt || wait "$waiter" || mountpoint -q mnt || fail "not mounted"
    [ "$(cat mnt/etc/motd)" = changed ] || fail content
    expect 0 umount mnt
    wait "$pid" || fail "the daemon's status is $?"
    kill "$waiter" 2>/dev/null || true
}

# As an ordinary user, through fusermount3.
case_mount_user() {
    can_mount
    [ "$(id -u)" = 0 ] || exit 77 # every other mount case is of an ordinary user then
    [ "$(stat -c %a /dev/fuse)" = 666 ] || exit 77
    command -v setpriv >/dev/null || exit 77
    mkdir user
    cp "$mica" "$build/fuse/micafs" user/
    cp "$images/app.tar" user/
    mkdir user/mnt
    chown -R 65534:65534 user
    chmod 755 "$scratch" . user
    cat >script <<'S'
set -eu
cd "$1/user"
export MICA_STORE=$PWD/store
./mica import -q app.tar
./mica mount app:1 mnt
test "$(cat mnt/etc/motd)" = changed
test "$(stat -c %u mnt/usr/bin/tool)" = 1234
exec 8<mnt
if ./mica umount mnt 2>err; then exit 3; fi
grep -q 'in use' err
exec 8<&-
./mica umount mnt
! mountpoint -q mnt
S
    setpriv --reuid=65534 --regid=65534 --clear-groups env PATH="$PATH" HOME="$PWD/user" bash script "$PWD" >out 2>err ||
        fail "as an ordinary user: $?"
}

# What is at a path that was given to mica: it is used, or refused by name; and it is there afterwards as it was before.
case_things_in_the_way() {
    can_mount
    fill
    local before where
    mkdir full deep
    echo mine >full/f
    echo mine >file
    mkfifo fifo
    ln -s full link
    ln -s nowhere dangling
    ln -s file file_link
    ln -s circle circle
    before=$(things)
    while read -r where said; do
        expect 1 mount app:1 "$where"
        complains "$said"
        expect 1 mount --rw --rm app:1 "$where"
        complains "$said"
        [ "$(things)" = "$before" ] || fail "$where is not as it was"
    done <<'END'
file file is not a directory
fifo fifo is not a directory
dangling dangling does not exist; mkdir -p
file_link file_link is not a directory
file/below file/below is not a directory
circle circle: Too many levels
nowhere/below nowhere/below does not exist
END
    expect 1 mount app:1 ""
    complains "DIR is empty"
    # A mount covers what is there, and gives it back: a link's directory is where it leads.
    for where in full link; do
        expect 0 mount app:1 "$where"
        [ "$(cat full/etc/motd)" = changed ] || fail "$where is not mounted on full"
        expect 0 umount "$where"
        [ "$(things)" = "$before" ] || fail "$where is not as it was"
    done
    [ ! -e nowhere ] || fail "something was made where a link leads"
}

# Of what is here: name, type, number, size, mode and time.
things() {
    find . -path ./store -prune -o ! -name out ! -name err ! -name . -printf '%p %y %i %s %m %T@ %l\n' | sort
}

# The same for a store: whatever a verb does, it makes nothing and changes nothing where no store is or can be.
case_things_in_the_way_of_a_store() {
    local store verb said before
    fill
    mkdir foreign
    echo mine >foreign/mine
    echo mine >file
    mkfifo fifo
    ln -s foreign link
    ln -s nowhere dangling
    before=$(things)
    while read -r store said; do
        for verb in "import -q $images/base.tar" "images" "ls base:1" "branches rm x" "mount base:1 foreign" "export base:1 oci:out"; do
            # shellcheck disable=SC2086
            expect 1 --store "$store" $verb
            complains "$said"
            [ "$(things)" = "$before" ] || fail "$store is not as it was after $verb"
        done
    done <<'END'
foreign foreign is no
link foreign is no
file file: Not a directory
fifo fifo: Not a directory
file/below file/below: Not a directory
dangling dangling is a broken symbolic link
END
    # A link to a store is that store.
    ln -s store own
    expect 0 --store own ls base:1
    expect 0 --store own import -q --name second "$images/base.tar"
    expect 0 ls second
}

# Only --rw says where changes go, and a mount that was asked for otherwise is not made.
case_mount_rw_option() {
    fill
    mkdir mnt
    expect 2 mount -o rw app:1 mnt
    complains "-o rw: to mount an image writable use --rw"
    expect 2 mount -o noexec,rw -o nodev app:1 mnt
    complains "-o rw"
    ! mountpoint -q mnt || fail "mounted all the same"
    expect 0 branches --quiet
    empty out
}
