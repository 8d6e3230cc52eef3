#!/bin/bash
# By mount(8) and fstab(5): with the helper, without it, by the user whom a line of fstab lets do it, and by systemd.
#
# Every test has a mount namespace of its own, in which /etc/fstab, /run/mount and the directory of helpers are its own.
if [ $# -gt 0 ] && [ "$(id -u)" = 0 ] && [ -z "${MICA_TEST_OWN_MOUNTS-}" ]; then
    MICA_TEST_OWN_MOUNTS=1 exec unshare --mount bash "$0" "$@"
fi
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

small() {
    import_made small 'Tar().file("f", b"text").file("tool", b"#!/bin/sh\necho runs\n", mode=0o4755).dir("d")'
}

# Installs into the namespace what ./dev install would: micafs, and in /usr/sbin what is there anyway and these helpers.
installed() { # HELPER...
    local name
    [ "$(id -u)" = 0 ] || skip "fstab is root's"
    mkdir -p "$T/sbin" /run/mount
    mount -t tmpfs none /run/mount
    mkdir /run/mount/sbin
    mount --bind /usr/sbin /run/mount/sbin
    ln -s /run/mount/sbin/* "$T/sbin"
    for name in "$@"; do
        ln -s "$T/bin/micafs" "$T/sbin/$name"
    done
    mount --bind "$T/sbin" /usr/sbin
    mount --bind "$T/bin" /usr/local/bin
    touch "$T/fstab"
    mount --bind "$T/fstab" /etc/fstab
}

fstab() { # LINE...
    printf '%s\n' "$@" >"$T/fstab"
}

shown() { # MOUNTPOINT: source, type and options
    findmnt -n -o SOURCE,FSTYPE,OPTIONS "$1" | tr -s ' '
}

ended() {
    local pid
    for pid in $(daemons); do
        await gone "$pid"
    done
    no_mount
}

# Of an image and of directories, under both types; and where only micafs is there, through mount.fuse.
root_mount8() {
    local type
    small
    mkdir "$me/layer"
    echo live >"$me/layer/x"
    installed mount.micafs mount.fuse.micafs
    for type in micafs fuse.micafs without; do
        if [ $type = without ]; then
            rm "$T/sbin"/mount.*micafs
            type=fuse.micafs
        fi
        mount -t $type small "$mnt" -o "store=$store,nodev,nosuid"
        [[ $(shown "$mnt") == "small fuse.micafs ro,nosuid,nodev,"* ]]
        same text "$(cat "$mnt/f")"
        umount "$mnt"
        ended
        mount -t $type none "$mnt" -o "lowerdir=$me/layer"
        same live "$(cat "$mnt/x")"
        umount "$mnt"
        ended
    done
    no_mount
}

# Of setuid bits and devices mount(8) passes on only that they are forbidden. What is not, is allowed for directories, as
# everywhere in fstab; but an image is not a disk: there it takes words that mount(8) does not know.
root_mount8_forbids() {
    local type
    small
    mkdir "$me/layer"
    installed mount.micafs mount.fuse.micafs
    for type in micafs fuse.micafs without; do
        if [ $type = without ]; then
            rm "$T/sbin"/mount.*micafs
            type=fuse.micafs
        fi
        mount -t $type -o "suid,dev,store=$store" small "$mnt"
        [[ $(shown "$mnt") == "small fuse.micafs ro,nosuid,nodev,relatime,"* ]]
        umount "$mnt"
        ended
        mount -t $type -o "allow_suid,allow_dev,store=$store" small "$mnt"
        [[ $(shown "$mnt") == "small fuse.micafs ro,relatime,"* ]]
        umount "$mnt"
        ended
        mount -t $type -o "lowerdir=$me/layer" none "$mnt"
        [[ $(shown "$mnt") == "none fuse.micafs ro,relatime,"* ]]
        umount "$mnt"
        ended
        mount -t $type -o "store=$store,nodev,nosuid,noexec" small "$mnt"
        [[ $(shown "$mnt") == "small fuse.micafs ro,nosuid,nodev,noexec,relatime,"* ]]
        umount "$mnt"
        ended
    done
}

# What mount(8) and fstab(5) say among themselves is nothing to a mount.
root_fstab() {
    small
    installed mount.micafs
    fstab "small $mnt micafs defaults,auto,rw,nofail,_netdev,comment=x,x-systemd.automount,x-systemd.idle-timeout=9,store=$store 0 0" \
        "none $me/other micafs lowerdir=$me/a:$me/b,upperdir=$me/u,workdir=$me/w,X-mount.mkdir,noauto 0 0" \
        "none $me/kept micafs branch=work,store=$store,X-mount.mkdir,noauto 0 0"
    mount -a
    same text "$(cat "$mnt/f")"
    mount -a # it is there
    same 1 "$(daemons | wc -l)"
    umount "$mnt"
    ended
    mkdir "$me/a" "$me/b" "$me/u" "$me/w"
    echo live >"$me/b/x"
    same "" "$(mount "$me/other" 2>&1)"
    same live "$(cat "$me/other/x")"
    echo new >"$me/other/y"
    umount "$me/other"
    same new "$(cat "$me/u/y")"
    ended
    mica mount --rw=work small "$mnt"
    echo changed >"$mnt/f"
    mica umount "$mnt"
    mount "$me/kept"
    same changed "$(cat "$me/kept/f")"
    umount "$me/kept"
    ended
    no_mount
}

# A user mounts and unmounts, as the user: it is the user's daemon, and nobody else can take it away.
user_fstab() {
    local end
    small
    installed mount.micafs mount.fuse.micafs
    for end in "umount" "fusermount3 -u" "umount -l" "fusermount3 -u -z"; do
        fstab "small $mnt ${type:=micafs} noauto,user,store=$store 0 0"
        as mount "$mnt"
        [[ $(shown "$mnt") == "small fuse.micafs ro,nosuid,nodev,noexec,relatime,user_id=$(id -u "$test_user"),"* ]]
        same text "$(as cat "$mnt/f")"
        same "$(id -u "$test_user")" "$(stat -c %u "/proc/$(daemon)")"
        ! setpriv --reuid=nobody --regid=nogroup --clear-groups umount "$mnt" || fail "nobody has unmounted it"
        # shellcheck disable=SC2086 # a command and its options
        as $end "$mnt"
        ended
        type=fuse.micafs
    done
    # The store is the user's own where nothing else is said, although mount(8) hides HOME.
    fstab "small $mnt micafs noauto,user,exec 0 0"
    refuses 32 "no store|no image" as mount "$mnt"
    # Without fstab, mount(8) gives up being root.
    fstab ""
    as mount -t micafs -o "store=$store" small "$mnt"
    [[ $(shown "$mnt") == "small fuse.micafs ro,nosuid,nodev,relatime,user_id=$(id -u "$test_user"),"* ]]
    as umount "$mnt"
    ended
}

# Exit statuses as mount(8) tells them, and one line.
root_mount8_errors() {
    small
    installed mount.micafs
    refuses 32 'micafs: no image "nothing"' mount -t micafs -o "store=$store" nothing "$mnt"
    refuses 32 "lowerdir=A:B:C" mount -t micafs none "$mnt"
    refuses 32 "no mount of micafs" "$T/sbin/mount.micafs" small "$mnt" -o remount,ro
    refuses 1 "timeout" mount -t micafs -o "timeout=x,store=$store" small "$mnt"
    refuses 1 "unknown option -Z" "$T/sbin/mount.micafs" -Z small "$mnt"
    refuses 1 "usage" "$T/sbin/mount.micafs" "$mnt" -o ro one two
    no_mount
}

# mount -o remount: the kernel changes the mount, under the same daemon. What is not said of setuid bits and devices stays.
root_mount8_remount() {
    local type pid file status=32
    small
    mkdir "$me/low" "$me/up" "$me/work"
    installed mount.micafs mount.fuse.micafs
    for type in micafs without; do
        if [ $type = without ]; then # then mount.fuse3 passes it on, and its status as well
            rm "$T/sbin"/mount.*micafs
            status=1
        fi
        "$T/bin/micafs" -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
        pid=$(daemon)
        mount -o remount,ro "$mnt"
        [[ $(shown "$mnt") == "micafs fuse.micafs ro,nodev,relatime,"* ]]
        refuses 1 'Read-only' touch "$mnt/x"
        mount -o remount,rw,nosuid,noexec,noatime "$mnt"
        [[ $(shown "$mnt") == "micafs fuse.micafs rw,nosuid,nodev,noexec,noatime,"* ]]
        echo new >"$mnt/x"
        same new "$(cat "$me/up/x")"
        mount -o remount,exec,suid,dev "$mnt"
        [[ $(shown "$mnt") == "micafs fuse.micafs rw,nosuid,nodev,noatime,"* ]]
        mount -o remount,suid,allow_suid,dev,allow_dev,atime "$mnt"
        [[ $(shown "$mnt") == "micafs fuse.micafs rw,noatime,"* ]] # the kernel keeps it
        exec {file}>"$mnt/open"
        refuses $status 'open for writing' mount -o remount,ro "$mnt"
        exec {file}>&-
        mount -o remount,ro "$mnt"
        mount -N $$ -o remount,rw "$mnt"
        same "$pid" "$(daemon)"
        umount "$mnt"
        ended
        # What has no branch stays read-only, an image's mount as well; and of fstab all may be said again.
        mount -t fuse.micafs -o "store=$store" small "$mnt"
        refuses $status 'has no branch: unmount it' mount -o remount,rw "$mnt"
        [[ $(shown "$mnt") == "small fuse.micafs ro,nosuid,nodev,relatime,"* ]]
        fstab "small $mnt fuse.micafs noauto,noexec,store=$store 0 0"
        mount -o remount,ro "$mnt"
        [[ $(shown "$mnt") == "small fuse.micafs ro,nosuid,nodev,noexec,relatime,"* ]]
        umount "$mnt"
        ended
        fstab ""
        # A branch that is shown only.
        "$T/bin/micafs" -o "ro,lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
        refuses $status 'has no branch: unmount it' mount -o remount,rw "$mnt"
        umount "$mnt"
        ended
    done
    refuses 1 'no mount of micafs' "$T/bin/micafs" -o remount,ro "$mnt"
    refuses 1 'no mount of micafs' "$T/bin/micafs" -o remount,ro /proc
    mount -t tmpfs none "$mnt"
    refuses 1 'no mount of micafs' "$T/bin/micafs" -o remount,ro "$mnt"
    [[ $(shown "$mnt") == "none tmpfs rw,"* ]]
}

root_mount8_words() {
    small
    installed mount.micafs
    mount -f -t micafs -o "store=$store" small "$mnt" # as if
    no_mount
    refuses 32 "nothing to mount" mount -f -t micafs none "$mnt"
    same "micafs: unknown option ignored: nonsense" "$(mount -t micafs -o "nonsense,store=$store" small "$mnt" 2>&1)"
    umount "$mnt"
    ended
    same "" "$(mount -s -n -t micafs -o "nonsense,store=$store" small "$mnt" 2>&1)"
    umount "$mnt"
    ended
}

# mount -N: in another mount namespace, and not in this one.
root_mount8_in_a_namespace() {
    local holder line
    small
    installed mount.micafs
    coproc APART { exec unshare --mount sh -c 'echo ready; exec cat'; }
    holder=$APART_PID
    read -r line <&"${APART[0]}"
    same ready "$line"
    mount -N "$holder" -t micafs -o "store=$store" small "$mnt"
    same "" "$(ls "$mnt")"
    same text "$(nsenter --mount --target "$holder" cat "$mnt/f")"
    nsenter --mount --target "$holder" umount "$mnt"
    ended
    refuses 32 "mount namespace /nowhere: No such file" "$T/sbin/mount.micafs" small "$mnt" -N /nowhere -o "store=$store"
}

main "$@"
