#!/bin/bash
# What stat(2), readdir(3) and the xattr calls tell, of made-up images with something of everything.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

each_everything() {
    import_made odd 'Tar().dir("d", 0o1777, uid=7, gid=8, mtime=9).pax({"mtime": "1.000000001"}).file("d/f", b"x" * 5000, mode=0o4755)
        .link("d/hard", "d/f").symlink("s", "d/f").header("fifo", kind=b"6")
        .header("null", kind=b"3", device=(1, 3), mode=0o666).file(b"\xff\n" + b"n" * 253, b"", mode=0)' \
        'Tar().link("third", "d/hard").pax({"SCHILY.xattr.user.k": "value"}).file("x")'
    mica mount odd "$mnt"
    same "43ff 7 8 9" "$(as stat -c '%f %u %g %Y' "$mnt/d")"
    same "89ed 3 5000 1.000000001" "$(as stat -c '%f %h %s %.9Y' "$mnt/d/f")" # the link count is right at the first stat
    same "$(as stat -c %i "$mnt/d/hard")" "$(as stat -c %i "$mnt/third")"
    same "d/f 3" "$(as stat -c '%N %s' "$mnt/s" | sed "s/.*-> '\(.*\)'/\1/")"
    same "fifo" "$(as stat -c %F "$mnt/fifo")"
    same "1:3" "$(as stat -c '%t:%T' "$mnt/null")"
    same "value" "$(as getfattr --only-values -n user.k "$mnt/x")"
    refuses 1 "No such attribute" as getfattr -n user.none "$mnt/x"
    same 7 "$(as find "$mnt" -mindepth 1 -maxdepth 1 -printf x | wc -c)"
    mica umount "$mnt"
}

# The user who mounts may read everything in the image, whoever owns it and whatever its mode.
user_reads_everything() {
    import_made closed 'Tar().file("none", b"secret", mode=0).dir("d", 0).file("d/f", b"deep", mode=0o400, uid=5)'
    mica mount closed "$mnt"
    same secret "$(as cat "$mnt/none")"
    same deep "$(as cat "$mnt/d/f")"
    # And nobody else, not even root.
    if [ "$(id -u)" = 0 ]; then
        refuses 2 "Permission denied" ls "$mnt"
    fi
    mica umount "$mnt"
}

# Root's mount is for everybody, within the permissions of the image's files.
root_mount_is_for_all() {
    import_made mixed 'Tar().file("open", b"open", mode=0o644).file("closed", b"closed", mode=0o600).dir("own", 0o700)'
    mica mount mixed "$mnt"
    identity=user
    same open "$(as cat "$mnt/open")"
    refuses 1 "Permission denied" as cat "$mnt/closed"
    refuses 2 "Permission denied" as ls "$mnt/own"
    identity=root
    same closed "$(cat "$mnt/closed")"
    mica umount "$mnt"
}

# What an image brings cannot be used against the machine: no devices and no setuid programs from a user's mount.
user_no_suid_no_dev() {
    import_made armed 'Tar().file("su", b"", mode=0o4755).header("kmem", kind=b"3", device=(1, 2), mode=0o666)'
    mica mount armed "$mnt"
    grep -qE " $mnt [^ ]*nosuid" /proc/self/mountinfo
    grep -qE " $mnt [^ ]*nodev" /proc/self/mountinfo
    refuses 1 "Permission denied" as cat "$mnt/kmem"
    mica umount "$mnt"
}

each_readonly() {
    local command
    import_made ro 'Tar().dir("d").file("f", b"text").symlink("s", "f")'
    mica mount ro "$mnt"
    for command in "touch new" "mkdir new" "rm -f f" "rmdir d" "chmod 600 f" "chown 0 f" "touch -d @1 f" "ln f new" \
        "ln -s x new" "mv f new" "mknod new p" "truncate -s 0 f" "setfattr -n user.k -v v f" "tee f" "tee -a f"; do
        # shellcheck disable=SC2086 # words of the command
        refuses 1 "Read-only file system" as env -C "$mnt" LC_ALL=C $command
    done
    same text "$(as cat "$mnt/f")"
    mica umount "$mnt"
}

# Every name is listed once, whatever its number; a listing can go on from any place.
each_many_names() {
    import_made many 'Tar().raw(b"".join(bytes(Tar().file("d/%05d" % i).bytes) for i in range(20000)))'
    mica mount many "$mnt"
    same 20000 "$(as ls -U "$mnt/d" | sort -u | wc -l)"
    same 20000 "$(as ls -U "$mnt/d" | wc -l)"
    as python3 - "$mnt/d" <<'PYTHON'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.opendir.restype = libc.readdir.restype = ctypes.c_void_p
libc.readdir.argtypes = libc.telldir.argtypes = [ctypes.c_void_p]
libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
libc.telldir.restype = ctypes.c_long
directory = libc.opendir(os.fsencode(sys.argv[1]))
def name():
    entry = libc.readdir(directory)
    return ctypes.string_at(entry + 19) if entry else None
places = []
while True:
    place = libc.telldir(directory)
    found = name()
    if found is None:
        break
    places.append((place, found))
assert len(places) == 20002, len(places)
for place, found in places[::-997]:
    libc.seekdir(directory, place)
    assert name() == found, found
PYTHON
    mica umount "$mnt"
}

# Attributes that are called as marks are: a layer's, escaped as kernel overlayfs leaves them; an image's, as they are; kept when
# they are copied up, told by diff, and in the image that is made of the branch.
each_attributes_called_like_marks() {
    local name=user
    [ "$identity" != root ] || name=trusted
    as mkdir -p "$me/low/d/e" "$me/u" "$me/w"
    as setfattr -n $name.overlay.overlay.opaque -v own "$me/low/d"
    as setfattr -n $name.overlay.origin -v mark "$me/low/d"
    as setfattr -n user.overlay.overlay.overlay.x -v twice "$me/low/d"
    listed() { as getfattr -hd -m '(user|trusted).overlay' --absolute-names "$1" | sed 1d | xargs; }
    micafs -o "lowerdir=$me/low" "$mnt"
    local escapes=overlay.overlay
    [ "$identity" != root ] || escapes=overlay.overlay.overlay
    local seen="user.$escapes.x=twice"
    [ "$identity" != root ] && seen="user.overlay.opaque=own $seen" || seen="trusted.overlay.opaque=own $seen"
    same "$seen" "$(listed "$mnt/d")"
    same own "$(as getfattr --only-values -n $name.overlay.opaque --absolute-names "$mnt/d")"
    refuses 1 "No such attribute" as getfattr --only-values -n $name.overlay.origin --absolute-names "$mnt/d"
    same e "$(as ls "$mnt/d")"
    umount_now
    micafs -o "lowerdir=$me/low,upperdir=$me/u,workdir=$me/w" "$mnt"
    as touch "$mnt/d/new"
    same "$seen" "$(listed "$mnt/d")"
    same "e new" "$(as ls "$mnt/d" | xargs)"
    same own "$(as getfattr --only-values -n $name.overlay.overlay.opaque --absolute-names "$me/u/d")"
    umount_now
    # As a layer the upper shows what the mount has shown.
    micafs -o "lowerdir=$me/u:$me/low" "$mnt"
    same "$seen" "$(listed "$mnt/d")"
    umount_now
    import_made app "Tar().pax({'SCHILY.xattr.user.overlay.opaque': 'y'}).dir('d').file('d/f', b'1').file('g', b'2')"
    mica mount --rw=work app "$mnt"
    same "user.overlay.opaque=y f" "$(listed "$mnt/d") $(as ls "$mnt/d")"
    as touch "$mnt/d/new"
    as setfattr -n user.overlay.redirect -v /d "$mnt/g"
    same "user.overlay.opaque=y f new" "$(listed "$mnt/d") $(as ls "$mnt/d" | xargs)"
    mica umount "$mnt"
    same "C /d A /d/new C /g" "$(mica diff work | xargs)"
    mica commit --quiet work app:2
    mica mount app:2 "$mnt"
    same "user.overlay.redirect=/d 2" "$(listed "$mnt/g") $(as cat "$mnt/g")"
    same "user.overlay.opaque=y f new" "$(listed "$mnt/d") $(as ls "$mnt/d" | xargs)"
    mica umount "$mnt"
}

umount_now() {
    local pid
    pid=$(daemon)
    as fusermount3 -u "$mnt"
    await gone "$pid"
}

main "$@"
