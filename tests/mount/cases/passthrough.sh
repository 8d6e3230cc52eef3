# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# passthrough=on: what the kernel reads and writes by itself, what it does not, and that nobody sees a difference. Random calls do
# that at length (tests/union, side `straight`).

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

mount_straight() { # OPTION,...
    mount_telling "$1,passthrough=on"
}

# READ and WRITE requests so far. No pipe: it would make 0 of counters that are missing.
contents_asked() {
    counters >"$T/counters"
    awk -F= '/^(read|write)=/ { sum += $2 } END { print sum + 0 }' "$T/counters"
}

root_straight_branch() {
    mkdir -p "$me/l" "$me/u" "$me/w"
    head -c 3000000 /dev/urandom >"$me/l/lower"
    echo other >"$me/l/other"
    mount_straight "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w"
    # What is new is the branch's from the beginning.
    cp "$me/l/lower" "$mnt/new"
    dd if="$me/l/lower" of="$mnt/new" bs=1000 count=5 seek=7 conv=notrunc status=none
    echo end >>"$mnt/new"
    { head -c 7000 "$me/l/lower"; head -c 5000 "$me/l/lower"; tail -c +12001 "$me/l/lower"; echo end; } >"$me/wanted"
    cmp "$me/wanted" "$mnt/new"
    same 0 "$(contents_asked)"
    same "$(stat -c '%s %Y' "$me/u/new")" "$(stat -c '%s %Y' "$mnt/new")"
    # A layer's is not, and who has it open sees what comes after a copy-up.
    exec 8<"$mnt/other"
    echo changed >>"$mnt/other"
    same "other changed" "$(xargs <&8)"
    exec 8<&-
    [ "$(contents_asked)" -gt 0 ] || fail "a layer's file was read straight, and might have been copied up"
    # But the copy is, once nobody has it open as it was.
    cp "$mnt/other" "$me/read"
    local asked
    asked=$(contents_asked)
    echo more >>"$mnt/other"
    same "other changed more" "$(xargs <"$mnt/other")"
    same "$asked" "$(contents_asked)"
    umount "$mnt"
    cmp "$me/wanted" "$me/u/new"
    same "other changed more" "$(xargs <"$me/u/other")"
    same other "$(cat "$me/l/other")"
}

root_straight_layers() {
    mkdir -p "$me/l"
    head -c 3000000 /dev/urandom >"$me/l/large"
    cp "$(command -v busybox)" "$me/l/busybox"
    mount_straight "lowerdir=$me/l"
    cmp "$me/l/large" "$mnt/large"
    same text "$("$mnt/busybox" echo text)"
    same 0 "$(contents_asked)"
    if echo x 2>"$T/said" >>"$mnt/large"; then
        fail "written to what is read-only"
    fi
    umount "$mnt"
}

# Files of an image: a small one is one of several in a file, a large one is a file of its own.
root_straight_image() {
    import_made made 'Tar().file("small", b"text").file("large", b"0123456789" * 1000000)'
    mica mount -o passthrough=on made "$mnt"
    same text "$(cat "$mnt/small")"
    same "$(yes 0123456789 | head -n 1000000 | tr -d '\n' | sha256sum)" "$(sha256sum <"$mnt/large")"
    mica umount "$mnt"
    mica mount --rw -o passthrough=on made "$mnt"
    echo more >>"$mnt/small"
    same textmore "$(cat "$mnt/small")"
    same textmore "$(cat "$mnt/small")"
    mica umount "$mnt"
}

# The kernel takes a file's privileges away when it writes by itself, as it asks the daemon to otherwise.
root_straight_privileges() {
    mkdir -p "$me/l" "$me/u" "$me/w"
    mount_straight "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w,allow_other"
    chmod 755 "$me/u"
    echo text >"$mnt/f"
    chmod 6777 "$mnt/f"
    setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "echo more >>'$mnt/f'"
    same 777 "$(stat -c %a "$mnt/f")"
    same 777 "$(stat -c %a "$me/u/f")"
    chmod 4777 "$mnt/f"
    setpriv --reuid=65534 --regid=65534 --clear-groups truncate -s 3 "$mnt/f"
    same 777 "$(stat -c %a "$mnt/f")"
    cp "$(command -v busybox)" "$mnt/busybox"
    chmod 777 "$mnt/busybox"
    setcap cap_net_raw+ep "$mnt/busybox"
    setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "echo >>'$mnt/busybox'"
    same "" "$(getcap "$mnt/busybox")"
    umount "$mnt"
}

# Mappings, opens of both kinds at once, and files without a name.
root_straight_mappings() {
    mkdir -p "$me/l" "$me/u" "$me/w"
    printf '%04096d' 0 >"$me/l/lower"
    mount_straight "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w"
    python3 - "$mnt" <<'PYTHON'
import mmap, os, sys
os.chdir(sys.argv[1])

# Of a layer: opened before its copy-up and after, it is one file.
first = os.open("lower", os.O_RDWR)
area = mmap.mmap(first, 4096, mmap.MAP_SHARED)
os.pwrite(first, b"one", 0)
second = os.open("lower", os.O_RDWR)
assert area[:3] == b"one" and os.pread(second, 3, 0) == b"one"
area[1:4] = b"two"
area.flush()
assert os.pread(second, 4, 0) == b"otwo"
area.close()
os.close(first)
os.close(second)

# Of the branch: written through a mapping, by name, without a name.
third = os.open("lower", os.O_RDWR)
area = mmap.mmap(third, 4096, mmap.MAP_SHARED)
assert area[:4] == b"otwo"
os.pwrite(third, b"four", 0)
assert area[:4] == b"four"
area[0:4] = b"five"
assert os.pread(third, 4, 0) == b"five"
before = os.stat("lower").st_mtime_ns
os.utime("lower", ns=(1, 1))
area[0:4] = b"six6"
area.flush()
os.fsync(third)
assert os.stat("lower").st_size == 4096
os.unlink("lower")
area[0:4] = b"7777"
assert os.pread(third, 4, 0) == b"7777"
os.ftruncate(third, 10000)
assert os.fstat(third).st_size == 10000 and os.fstat(third).st_nlink == 0
os.pwrite(third, b"end", 20000)
assert os.fstat(third).st_size == 20003
area.close()
os.close(third)

nameless = os.open(".", os.O_RDWR | os.O_TMPFILE, 0o600)
os.write(nameless, b"text")
os.link("/proc/self/fd/%d" % nameless, "named", dst_dir_fd=os.open(".", os.O_PATH), follow_symlinks=True)
again = os.open("named", os.O_RDWR)
os.pwrite(again, b"T", 0)
assert os.pread(nameless, 4, 0) == b"Text"
os.close(nameless)
os.close(again)
with open("named", "ab") as file:
    file.write(b" more")
with open("named", "rb") as file:
    assert file.read() == b"Text more"

# Many at once, and none is left.
files = [os.open("f%d" % number, os.O_RDWR | os.O_CREAT) for number in range(500)]
for number, fd in enumerate(files):
    os.write(fd, b"%d" % number)
for number, fd in enumerate(files):
    assert os.pread(fd, 9, 0) == b"%d" % number
PYTHON
    umount "$mnt"
    same "Text more" "$(cat "$me/u/named")"
    same 499 "$(cat "$me/u/f499")"
}

# Only the machine's root may, and a word that means nothing is refused.
root_straight_words() {
    mkdir -p "$me/l"
    refuses 2 "passthrough.*on or off" micafs -o "lowerdir=$me/l,passthrough=perhaps" "$mnt"
    refuses 1 "passthrough=on.*root" unshare --user --map-root-user --mount "$T/bin/micafs" -o "lowerdir=$me/l,passthrough=on" "$mnt"
    micafs -o "lowerdir=$me/l,passthrough=off" "$mnt"
    umount "$mnt"
}

user_straight_refused() {
    as mkdir -p "$me/l"
    refuses 1 "passthrough=on.*root" micafs -o "lowerdir=$me/l,passthrough=on" "$mnt"
}

main "$@"
