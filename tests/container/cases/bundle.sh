# shellcheck shell=bash
# shellcheck disable=SC2119 # nothing_left without a word: no branches
# mica bundle, and roots for others' tools.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

# crun runs where cgroups of both versions are not seen at once.
apart() {
    unshare --mount sh -c '[ ! -d /sys/fs/cgroup/unified ] || umount -l /sys/fs/cgroup/unified; exec "$@"' - "$@"
}

root_bundle() {
    import zstd
    mica bundle -e A=1 pyapp "$me/b" sh -c 'echo "$A $(id -u) $(cat /etc/hostname)"; echo x >/new; exit 4'
    local name
    name=$(tr -d '\n' <b/hostname)
    says 4 "1 0 $name" runc --root "$T/state" run -b "$me/b" one
    says 4 "1 0 $name" apart crun --root "$T/state" --cgroup-manager=disabled run -b "$me/b" two
    same x "$(cat b/rootfs/new)"
    refuses 1 'is a bundle already' mica bundle pyapp "$me/b"
    mica bundle --rm "$me/b"
    [ ! -e b ] || fail "the bundle is still there"
    nothing_left
    mica bundle --branch work pyapp b sh -c 'echo kept >/file'
    says 0 "" runc --root "$T/state" run -b "$me/b" one
    mica bundle --rm b
    says 0 kept mica run --branch work pyapp cat /file
    refuses 1 'is no bundle' mica bundle --rm /etc
    refuses 1 'no user' mica bundle -u no-such pyapp "$me/c"
    [ ! -e c ] || fail "what failed is still there"
    nothing_left 1
}

user_bundle() {
    import zstd
    local mica
    for mica in mica alone; do
        "$mica" bundle pyapp "$me/b" sh -c 'id -u; stat -c %u /root /etc/motd; exit 4'
        says 4 $'0\n0\n0' as runc --root "$me/state" run -b "$me/b" one
        "$mica" bundle --rm "$me/b"
    done
    nothing_left
}

# The examples of the manual.
root_chroot_and_bwrap() {
    import zstd
    mica mount --rw=work pyapp "$mnt"
    same "hello from app" "$(chroot "$mnt" python3 /app/app.py)"
    bwrap --bind "$mnt" / --dev /dev --proc /proc --tmpfs /tmp --unshare-pid --die-with-parent --chdir / \
        sh -c 'python3 /app/app.py >/said'
    same "hello from app" "$(cat "$mnt/said")"
    mica umount "$mnt"
    says 0 "hello from app" mica run --branch work pyapp cat /said
    nothing_left 1
}

# shellcheck disable=SC2016
user_unshare() {
    import zstd
    as unshare -Urm --map-auto --fork --pid sh -c '
        set -e
        '"'$T/bin/mica' --store '$store'"' mount --rw=work pyapp "$1"
        mount --rbind /dev "$1/dev"
        mount -t proc proc "$1/proc"
        chroot "$1" sh -c "echo 1 >/f; chown 33:8 /f; stat -c %u:%g /f /root; python3 /app/app.py"
        '"'$T/bin/mica' --store '$store'"' umount --lazy "$1"' - "$mnt" >out
    same "33:8 0:0 hello from app" "$(xargs <out)"
    local pid
    for pid in $(daemons); do # they end when the namespace does
        await gone "$pid"
    done
}

main "$@"
