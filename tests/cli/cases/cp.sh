# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica cp: beside a mount, and on destinations that others have prepared.
# shellcheck disable=SC2154

# An image with all that cp -a has to keep: `trees:1`.
trees_image() {
    PYTHONPATH=$root/tests/lib PYTHONDONTWRITEBYTECODE=1 python3 - <<'END'
import struct
from made_image import Image, Tar
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in
    ((1, 6, 0xFFFFFFFF), (2, 4, 1234), (4, 4, 0xFFFFFFFF), (16, 6, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF)))
capability = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)
t = Tar().dir("d", mode=0o700, uid=3, gid=4).dir("d/closed", mode=0o555).file("d/closed/f", b"closed", mode=0o400, mtime=1)
t.file("first", b"several names").dir("links").link("links/second", "first").link("d/third", "first")
t.file("setuid", b"s", mode=0o6755, uid=1000, gid=1000).dir("sticky", mode=0o1777).dir("setgid", mode=0o2755, gid=7)
t.pax({b"SCHILY.xattr.user.a": b"v\0w", b"SCHILY.xattr.security.capability": capability}).file("attributes", b"x", mode=0o444)
t.pax({b"SCHILY.xattr.system.posix_acl_access": acl}).file("listed", b"x", mode=0o660)
t.symlink("d/up", "../first").symlink("absolute", "/etc/passwd", uid=5).symlink("loop", "loop")
t.header("char", kind=b"3", device=(1, 3), mode=0o666, uid=9).header("fifo", kind=b"6", mode=0o600).header("block", kind=b"4", device=(7, 200))
t.file("empty").file(b"odd\xff\n", b"odd").file("-dash", b"dash").dir("none")
t.file("zeros", b"a" * 4096 + bytes(1 << 20) + b"z")
top = Tar().file("first2", b"of the second layer").link("links/late", "setuid").file("d/.wh.nothing", b"")
with open("trees.tar", "wb") as file:
    file.write(Image([t.end(), top.end()], name="trees:1").oci_archive())
END
    expect 0 import -q --name trees:1 trees.tar
}

same() { # ARGUMENT of same_trees.py...
    python3 "$root/tests/cli/same_trees.py" "$@" >differences 2>&1 || {
        cat differences
        fail "not the same: $*"
    }
}

case_cp_file() {
    fill
    expect 0 cp app:1:/etc/motd copy
    is copy changed
    [ "$(stat -c %a:%u copy)" = "644:$(id -u)" ] || fail "mode or owner"
    [ $(($(date +%s) - $(stat -c %Y copy))) -lt 3600 ] || fail "not the present time"
    expect 0 cp app:1 /bin/tool .
    is tool "#!tool"
    [ "$(stat -c %a tool)" = 755 ] || fail "a set-id bit without -a"
    (umask 077 && expect 0 cp app:1:/bin/tool private)
    [ "$(stat -c %a private)" = 700 ] || fail umask
    mkdir dir
    expect 0 cp -a app:1:/usr/bin/tool dir/
    [ "$(stat -c %Y dir/tool)" = 1500000000 ] || fail "time with -a"
    expect 0 cp app:1:/srv/big dir/tool # takes the place of what is there
    [ "$(stat -c %s dir/tool)" = 300000 ] || fail size
    [ "$(ls -A dir)" = tool ] || fail "left behind: $(ls -A dir)"
    # What cp(1) refuses.
    expect 1 cp app:1:/etc copy2
    complains "app:1:/etc is a directory: mica cp -a"
    [ ! -e copy2 ] || fail "made all the same"
    expect 1 cp app:1:/dev/null copy2
    complains "of type char"
    expect 1 cp app:1:/nothing copy2
    complains "app:1:/nothing: No such file"
    expect 1 cp app:1:/etc/motd none/copy
    complains "none/copy: No such file"
    expect 1 cp app:1:/etc/motd copy3/
    complains "copy3/: not a directory"
    expect 1 cp app:1:/etc/motd copy/x
    complains "copy/x: Not a directory"
    mkdir dir/motd
    expect 1 cp app:1:/etc/motd dir
    complains "dir/motd: a directory, which no file replaces"
    expect 1 cp -a app:1:/etc copy
    complains "copy: not a directory, and none replaces it"
    is copy changed
    expect 2 cp app:1 x
    expect 2 cp app:1:/etc/motd
    expect 2 cp -r app:1:/etc x
    has err "mica cp -a"
}

# Everything that a mount of the image shows, and cp -a of that would have made.
case_cp_tree() {
    can_mount
    [ "$(id -u)" = 0 ] || exit 77
    trees_image
    expect 0 cp -a trees:1:/ all
    empty err
    mkdir mnt
    expect 0 mount -o allow_dev,allow_suid trees:1 mnt
    same all mnt
    mkdir into
    expect 0 cp -a trees:1:/d into
    same into/d mnt/d
    expect 0 cp -a trees:1:/d/. plain
    same plain mnt/d
    expect 0 cp -a trees:1:/d/. into # merges: what else is there stays
    same into/d plain
    expect 0 cp -a trees:1:/ into
    rm -rf into/d/d into/closed into/third into/up
    same into mnt no-top
    expect 0 cp -a trees:1:/ all # once more, in the place of all that
    same all mnt
    for path in char fifo absolute loop attributes listed; do
        expect 0 cp -a "trees:1:/$path" "one-$path"
        mkdir -p "a-$path" "b-$path"
        mv "one-$path" "a-$path/x"
        cp -a "mnt/$path" "b-$path/x"
        same "a-$path" "b-$path" no-top
    done
    expect 0 umount mnt
    [ "$(stat -c %i all/first)" = "$(stat -c %i all/links/second)" ] || fail "hard links"
    [ "$(stat -c %i all/setuid)" = "$(stat -c %i all/links/late)" ] || fail "hard link of another layer"
    # Access lists that the destination hands down are not the image's.
    mkdir lists
    setfacl -d -m u:4321:rwx lists || exit 77
    expect 0 cp -a trees:1:/ lists/all
    same lists/all all
}

# Nothing outside the destination is touched, whatever is planted in it, and the rest is copied.
case_cp_planted() {
    trees_image
    mkdir -p to/none outside
    echo mine >victim
    ln -s ../outside to/d
    ln -s ../victim to/empty
    ln -s ../nowhere to/attributes
    mkdir to/first
    echo file >to/links
    expect 1 cp -a trees:1:/. to
    has err "mica: to/d: not a directory, and none replaces it"
    has err "mica: to/first: a directory, which no file replaces"
    has err "mica: to/links: not a directory, and none replaces it"
    [ -z "$(ls -A outside)" ] || fail "a link to outside was followed"
    is victim mine
    [ ! -e nowhere ] || fail "made by a dangling link"
    [[ -f to/empty && ! -L to/empty && ! -s to/empty ]] || fail "the link was not replaced"
    [[ -f to/attributes && ! -L to/attributes ]] || fail "the dangling link was not replaced"
    is to/links file
    [ "$(cat to/first2)" = "of the second layer" ] || fail "the rest"
    [ -z "$(ls -d to/.mica* 2>/dev/null)" ] || fail "left behind"
}

# An ordinary user gets everything but owners, devices and what only root may set, and is told so once.
case_cp_user() {
    can_mount
    [ "$(id -u)" = 0 ] || exit 77
    trees_image
    mkdir user mnt
    cp "$mica" user/mica
    cp -r "$MICA_STORE" user/store
    chown -R 65534:65534 user
    chmod 755 "$scratch" .
    local status=0
    (cd user && setpriv --reuid=65534 --regid=65534 --clear-groups env MICA_STORE=store ./mica cp -a trees:1:/ all) >out 2>err || status=$?
    [ "$status" = 1 ] || fail "status $status: devices are missing"
    [ "$(wc -l <err)" = 3 ] || fail "not one line for each kind"
    has err "owner or group of"
    has err "extended attributes of"
    has err "2 devices could not be created"
    expect 0 mount -o allow_dev,allow_suid trees:1 mnt
    same user/all mnt no-owners no-devices
    expect 0 umount mnt
    [ -z "$(find user/all -perm /6000)" ] || fail "set-id bits for another owner"
}

# A full disk ends it, and leaves no half file.
case_cp_full() {
    [ "$(id -u)" = 0 ] || exit 77
    fill
    mkdir mnt
    mount -t tmpfs -o size=100k tmpfs mnt || exit 77
    expect 1 cp -a app:1:/ mnt
    complains "No space left on device"
    [[ ! -e mnt/srv/big && -z $(ls -d mnt/.mica* 2>/dev/null) ]] || fail "left behind"
    umount mnt
}
