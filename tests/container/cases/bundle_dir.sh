# shellcheck shell=bash
# The directory of a bundle: closed to others, made where nothing is, and taken away without what is not mica's.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

other() { # CMD...: somebody who has nothing to do with it; setpriv itself has capabilities yet where it looks CMD up
    local -
    set +x
    setpriv --reuid=nobody --regid=nogroup --clear-groups -- sh -c 'exec "$@"' - "$@"
}

denied() { # CMD...
    ! other "$@" >"$T/denied" 2>&1 || fail "another user may: $*: $(cat "$T/denied")"
    grep -q 'Permission denied' "$T/denied" || fail "$*: $(cat "$T/denied")"
}

# crun runs where cgroups of both versions are not seen at once.
apart() {
    unshare --mount sh -c '[ ! -d /sys/fs/cgroup/unified ] || umount -l /sys/fs/cgroup/unified; exec "$@"' - "$@"
}

# With a set-user-ID program that says who it is. (busybox gives its privileges up.)
armed() {
    printf '#include <stdio.h>\n#include <unistd.h>\nint main(void) { return printf("%%u\\n", geteuid()) < 0; }\n' |
        cc -static -o "$T/id" -x c -
    import_made armed 'Tar().file("id", open("'"$T/id"'", "rb").read(), mode=0o4755).file("busybox", open("/bin/busybox", "rb").read(), mode=0o755).dir("etc").header("null", b"3", mode=0o666, device=(1, 3))'
}

# An image's set-user-ID program is nobody's way to root but in the container: whether the directory is new, or was open to all
# and held open by somebody.
root_set_user_id_only_in_the_container() {
    local holder line
    armed
    mkdir -m 755 found
    coproc HELD { other sh -c 'cd "$1" && echo ready && read -r _ && exec rootfs/id' - "$me/found" 2>&1; }
    read -r line <&"${HELD[0]}"
    same ready "$line"
    mica bundle armed found /id
    same 700 "$(stat -c %a found)"
    echo >&"${HELD[1]}"
    read -r line <&"${HELD[0]}"
    [[ $line == *"Permission denied"* ]] || fail "who held it open says \"$line\""
    denied found/rootfs/id
    mica bundle --rm found
    same 755 "$(stat -c %a found)"
    mica bundle -u 1000 armed new /id
    same 700 "$(stat -c %a new)"
    denied new/rootfs/id
    denied ls new
    denied cat new/config.json
    [[ ,$(findmnt -n -o OPTIONS "$me/new/rootfs"), == *,nodev,* ]] || fail "devices of the image have their effect"
    # In there it has its effect, and its root no power over the machine.
    same user "$(jq -r '.linux.namespaces[] | select(.type == "user").type' new/config.json)"
    says 0 0 runc --root "$T/state" run -b "$me/new" one
    says 0 0 apart crun --root "$T/state" --cgroup-manager=disabled run -b "$me/new" two
    mica bundle --rm new
    nothing_left
}

# The container's root owns the machine's device nodes, with which a runtime provides it, and cannot change them.
root_devices_of_the_machine_stay_as_they_are() {
    local mode
    mode=$(stat -c '%a %u' /dev/null)
    armed
    mica bundle armed b /busybox sh -c 'echo x >/dev/null && echo written; /busybox chmod 600 /dev/null; /busybox chown 5 /dev/zero'
    runc --root "$T/state" run -b "$me/b" one >said 2>&1 || true
    grep -qx written said || fail "$(cat said)"
    same 2 "$(grep -c 'Read-only file system' said)"
    apart crun --root "$T/state" --cgroup-manager=disabled run -b "$me/b" two >said 2>&1 || true
    grep -qx written said || fail "$(cat said)"
    same 2 "$(grep -c 'Read-only file system' said)"
    same "$mode" "$(stat -c '%a %u' /dev/null)"
    mica bundle --rm b
}

# Whoever can rename the directory while the image is being mounted gets no set-user-ID program.
root_a_directory_that_is_exchanged() {
    armed
    mkdir -m 777 "$T/shared"
    mv "$T/bin/micafs" "$T/bin/real"
    cat >"$T/bin/micafs" <<SCRIPT
#!/bin/sh
mv $T/shared/b $T/shared/away
mkdir -m 755 -p $T/shared/b/rootfs
exec $T/bin/real "\$@"
SCRIPT
    chmod 755 "$T/bin/micafs"
    refuses 1 'was replaced' mica bundle armed "$T/shared/b" /id
    mv "$T/bin/real" "$T/bin/micafs"
    same "" "$(findmnt -rn -o TARGET | grep "$T/shared" || true)"
}

# Into a new or an empty directory, and nothing else; what is there stays as it is, and nothing waits.
each_only_where_nothing_is() {
    local name kind
    armed
    for name in config.json hosts hostname resolv.conf rootfs notes .hidden; do
        for kind in file fifo link dangling directory; do
            as mkdir d
            case $kind in
            file) as sh -c 'echo mine >"d/$1"' - $name ;;
            fifo) as mkfifo d/$name ;;
            link) as ln -s "$T/bin/await" d/$name ;;
            dangling) as ln -s nowhere d/$name ;;
            directory) as mkdir d/$name ;;
            esac
            as find d -printf '%p %y %i %s %m %T@\n' >before
            refuses 1 "d contains $name: a bundle needs a new or an empty directory" mica bundle armed d /id
            refuses 1 'is no bundle' mica bundle --rm d
            as find d -printf '%p %y %i %s %m %T@\n' | diff before -
            as rm -rf d
        done
    done
    # In the place of the directory.
    as touch file
    as mkfifo fifo
    as mkdir empty closed
    as ln -s empty link
    as ln -s nowhere dangling
    refuses 1 'file: Not a directory' mica bundle armed file
    refuses 1 'fifo: Not a directory' mica bundle armed fifo
    refuses 1 'link is a symbolic link' mica bundle armed link
    refuses 1 'dangling is a symbolic link' mica bundle armed dangling
    refuses 1 'none/d: No such file' mica bundle armed none/d
    refuses 1 'No such file' mica bundle --rm none
    same "" "$(as find empty -mindepth 1)"
    [ ! -e nowhere ] || fail "something was made where a link leads"
    if [ "$identity" = root ]; then
        mkdir theirs
        chown "$test_user" theirs
        refuses 1 'theirs belongs to user' mica bundle armed theirs
    fi
    nothing_left
}

# On a full disk, whatever it is that finds no room, nothing is left, and the message names it.
full() { # OPTION-OF-TMPFS VALUE...
    local option=$1 value status done=
    shift
    as mkdir -p small
    for value in "$@"; do
        mount -t tmpfs -o "$option=$value,mode=1777" tmpfs small
        status=0
        mica bundle armed small/b /id 2>said || status=$?
        if [ $status = 0 ]; then
            done=1
            mica bundle --rm small/b
        else
            same "1 1" "$status $(wc -l <said)"
            grep -qE "^mica: .*small/b[^ ]*: No space left on device$" said || fail "$option=$value: $(cat said)"
        fi
        same "" "$(find small -mindepth 1)"
        umount small
    done
    [ -n "$done" ] || fail "no bundle was made"
    nothing_left
}

root_a_full_disk() {
    armed
    full size 4k 8k 12k 16k 20k 24k 64k
    full nr_inodes 1 2 3 4 5 6 7 8 9
}

user_a_full_disk() {
    armed
    full size 4k 8k 12k 16k 20k 24k 64k
    full nr_inodes 1 2 3 4 5 6 7 8 9
}

# What mica has made goes; what the user has added, or put in the place of a file of its own, stays and is named.
each_what_is_not_micas_stays() {
    armed
    mica bundle armed b /id
    as sh -c 'echo mine >b/notes; rm b/hosts; echo mine >b/hosts; echo " " >>b/config.json'
    same "mica: b stays: it contains hosts and others, which mica did not make" "$(mica bundle --rm b 2>&1 | sed 's/contains notes/contains hosts/')"
    same "b/hosts b/notes" "$(echo b/*)"
    same "mine mine" "$(as cat b/hosts b/notes | xargs)"
    refuses 1 'is no bundle' mica bundle --rm b
    as rm -r b
    # A directory that was there stays, and is as it was.
    as mkdir -m 750 found
    mica bundle armed found /id
    mica bundle --rm found
    same 750 "$(stat -c %a found)"
    same "" "$(as find found -mindepth 1)"
    nothing_left
}

# After rm -rf of a bundle, which cannot remove what is mounted.
each_what_is_left_after_rm() {
    armed
    mica bundle --read-only armed b /id
    as rm -rf b 2>/dev/null || true
    same rootfs "$(as ls b)"
    mica bundle --rm b
    [ ! -e b ] || fail "the bundle is still there"
    nothing_left
    # A daemon that was killed, and one unmounted by hand.
    mica bundle armed b /id
    kill -KILL "$(daemon)"
    mica bundle --rm b
    [ ! -e b ] || fail "the bundle is still there"
    nothing_left
    mica bundle armed b /id
    mica umount b/rootfs
    mica bundle --rm b
    [ ! -e b ] || fail "the bundle is still there"
    nothing_left
}

# A record that somebody else has written names nothing beyond a bundle's own files.
each_a_record_is_not_believed() {
    local ino
    armed
    as mkdir b
    as sh -c 'echo mine >keep; echo mine >b/notes'
    ino=$(stat -c '%i %.W' keep)
    as sh -c 'printf "mica bundle 1\ndirectory made 755\nfile ../keep %s %s\nfile notes 1 1 1\nfile /etc/passwd 1 1 1\nfile hosts x y z\nfile %%s%%s 1 1 1\n" $1 0 >b/.mica-bundle' - "$ino"
    same "mica: b stays: it contains notes, which mica did not make" "$(mica bundle --rm b 2>&1)"
    same "mine mine" "$(as cat keep b/notes | xargs)"
}

main "$@"
