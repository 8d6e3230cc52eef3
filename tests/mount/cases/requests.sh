# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the kernel asks a writable mount for, and how often: round trips are what the time goes to. And what it must be told.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

# A mount that tells its counters; nothing changes behind it, as with an image. No other test makes the kernel drop its caches
# meanwhile (union/rounds.py).
mount_counted() { # [OPTION,...]
    as mkdir -p "$me/l/d" "$me/u" "$me/w"
    as sh -c "for i in \$(seq 100); do echo \$i >'$me/l/d/f'\$i; done"
    exec 6<"$root/tests/lib"
    flock --shared 6
    drops >"$T/drops"
    mount_telling "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w,timeout=1000000000,${1-}"
}

# How often somebody made the kernel drop its caches.
drops() {
    grep -E '^drop_(pagecache|slab) ' /proc/vmstat
}

# A command adds this to the counters: NAME=N, sorted, on one line; what does not matter here is left out. A kernel that
# somebody else has made drop its caches since the mount was made has to ask for more.
asks() { # EXPECTED COMMAND...
    local - expected=$1 got left_out="statfs|forget|read-waited|open|followed|answer-late"
    shift
    set +x
    # Over directories an ordinary user's daemon is asked whether it may open what is there.
    [ "$identity" != user ] || left_out+="|opendir|access"
    counters >"$T/before"
    as "$@" >"$T/asks.out"
    counters >"$T/after"
    got=$(awk -F= -v left_out="^($left_out)\$" 'NR == FNR { before[$1] = $2; next }
        $1 !~ left_out && $2 != before[$1] { print $1 "=" $2 - before[$1] }' \
        "$T/before" "$T/after" | sort | xargs)
    if [ "$got" != "$expected" ] && [ "$(drops)" != "$(cat "$T/drops")" ]; then
        echo "$got, after caches were dropped: $*" >&2
        return
    fi
    same "$expected" "$got"
}

# Where the kernel checks permissions it asks for the directory's attributes again once a name has come or gone.
parent() { # COUNT
    [ "$identity" = user ] || echo "getattr=$1 "
}

each_what_files_cost() {
    mount_counted
    as sh -c "echo first >'$mnt/first'; rm '$mnt/first'; stat -f '$mnt'" >"$T/stat"
    # LOOKUP, MKNOD, whether there are capabilities that a write takes, WRITE; and no OPEN, RELEASE or FLUSH.
    asks "$(parent 50)getxattr=50 lookup=50 mknod=50 write=50" \
        sh -c "for i in \$(seq 50); do echo \$i >'$mnt/new'\$i; done"
    as sh -c "stat '$mnt' '$mnt'/*" >"$T/stat"
    asks "$(parent 49)unlink=50" sh -c "cd '$mnt' && seq -f new%.0f 50 | xargs rm"
}

each_what_a_change_has_told_is_not_asked() {
    mount_counted
    as sh -c "echo text >'$mnt/f'"
    as stat "$mnt" "$mnt/f" >"$T/stat"
    asks "setattr=1" chmod 600 "$mnt/f"
    asks "getxattr=1 setattr=1" truncate -s 3 "$mnt/f"
    asks "setattr=1" touch -d @1 "$mnt/f"
    asks "" stat "$mnt/f"
    same "600 1 3" "$(as stat -c '%a %Y %s' "$mnt/f")"
}

# The kernel takes the time of access for changed when it has read a file, and asks once.
each_a_walk_after_reading_asks_once() {
    mount_counted
    as find "$mnt" -size 1M
    as find "$mnt" -size 1M
    asks "" find "$mnt" -size 1M
    asks "read=100" sh -c "cat '$mnt'/d/*"
    asks "getattr=100" find "$mnt" -size 1M
    asks "" find "$mnt" -size 1M
}

# 256 KiB each: larger ones may leave the processor's cache between being received and being written.
each_large_writes_are_few() {
    mount_counted
    as touch "$mnt/f"
    as stat "$mnt" "$mnt/f" >"$T/stat"
    asks "getxattr=1 write=40" dd if=/dev/zero "of=$mnt/f" bs=1M count=10 conv=notrunc status=none
}

# A program that somebody else has written into does not run as its owner, even for the kernel that remembers it so.
root_set_user_id_goes_with_a_write() {
    mount_counted
    local before after
    cp /usr/bin/id "$mnt/id"
    chmod 6777 "$mnt/id"
    before=$(setpriv --reuid=65534 --regid=65534 --clear-groups "$mnt/id" -u)
    same 0 "$before"
    after=$(setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "printf '\177' 1<>'$mnt/id'; '$mnt/id' -u")
    same 65534 "$after"
    same 777 "$(stat -c %a "$mnt/id")"
    chmod 6777 "$mnt/id"
    setpriv --reuid=65534 --regid=65534 --clear-groups truncate -s 100 "$mnt/id"
    same 777 "$(stat -c %a "$mnt/id")"
    chmod 6777 "$mnt/id"
    setpriv --reuid=65534 --regid=65534 --clear-groups fallocate -l 200 "$mnt/id"
    same 777 "$(stat -c %a "$mnt/id")"
    # Without the group's right to execute it is no privilege, and stays where the writer is of the group.
    chmod 6767 "$mnt/id"
    setpriv --reuid=65534 --regid=0 --clear-groups sh -c "echo >>'$mnt/id'"
    same 2767 "$(stat -c %a "$mnt/id")"
    setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "echo >>'$mnt/id'"
    same 767 "$(stat -c %a "$mnt/id")"
    chmod 6777 "$mnt/id"
    echo >>"$mnt/id"
    same 6777 "$(stat -c %a "$mnt/id")"
}

root_set_group_id_goes_with_an_access_list() {
    mount_counted
    install -o 65534 -g 5 -m 2775 /dev/null "$mnt/f"
    setpriv --reuid=65534 --regid=65534 --clear-groups setfacl -m u:1:r "$mnt/f"
    same 775 "$(stat -c %a "$mnt/f")"
    chmod g+s "$mnt/f"
    setfacl -m u:2:r "$mnt/f"
    same 2775 "$(stat -c %a "$mnt/f")"
    same "user:daemon:r--" "$(getfacl -cp "$mnt/f" | grep daemon)"
}

each_files_without_names() {
    mount_counted
    as python3 - "$mnt" <<'PYTHON'
import ctypes, os, sys
top = sys.argv[1]
os.umask(0o027)
fd = os.open(top, os.O_TMPFILE | os.O_RDWR, 0o666)
st = os.fstat(fd)
assert (st.st_nlink, st.st_mode & 0o7777, st.st_size) == (0, 0o640, 0), st
assert os.pwrite(fd, b"text", 3) == 4
os.ftruncate(fd, 5)
assert os.pread(fd, 9, 0) == b"\0\0\0te"
assert os.listdir(top) == ["d"], os.listdir(top)
link = ctypes.CDLL(None, use_errno=True).linkat
assert link(-100, b"/proc/self/fd/%d" % fd, -100, os.fsencode(top + "/named"), 0x400) == 0, os.strerror(ctypes.get_errno())
assert os.stat(top + "/named").st_ino == st.st_ino and os.fstat(fd).st_nlink == 1
os.close(fd)
assert open(top + "/named", "rb").read() == b"\0\0\0te"
PYTHON
}

# Copying between files, holes, allocation: the daemon does what the upper's file system can.
each_ranges() {
    mount_counted
    as python3 - "$mnt" <<'PYTHON'
import errno, os, sys
top = sys.argv[1]
a = os.open(top + "/a", os.O_RDWR | os.O_CREAT)
os.write(a, bytes(range(256)) * 8192)
b = os.open(top + "/b", os.O_RDWR | os.O_CREAT)
done = 0
while done < 1 << 20:
    done += os.copy_file_range(a, b, (1 << 20) - done, 77 + done, 13 + done)
assert os.pread(b, 1 << 20, 13) == os.pread(a, 1 << 20, 77) and os.fstat(b).st_size == 13 + (1 << 20)
assert os.copy_file_range(a, b, 100, 8192 * 256, 0) == 0
lower = os.open(top + "/d/f7", os.O_RDWR)
assert os.copy_file_range(lower, b, 100, 0, 0) == 2 and os.pread(b, 3, 0) == b"7\n\0"
assert os.copy_file_range(b, lower, 5, 13, 0) == 5 and os.pread(lower, 9, 0) == os.pread(a, 5, 77)
os.posix_fallocate(a, 0, 3 << 20)
assert os.fstat(a).st_size == 3 << 20
os.ftruncate(a, 64 << 20)
assert os.lseek(a, 4 << 20, os.SEEK_HOLE) == 4 << 20 and os.fstat(a).st_blocks < 16 << 11
try:
    os.lseek(a, 32 << 20, os.SEEK_DATA)
    raise SystemExit("data in a hole")
except OSError as e:
    assert e.errno == errno.ENXIO
os.fsync(a), os.fdatasync(b)
d = os.open(top, os.O_RDONLY)
os.fsync(d)
PYTHON
}

# Where nothing is to be made durable, the kernel asks once and never again; else each time.
each_volatile_branches_are_not_synced() {
    mount_counted volatile
    as sh -c ">'$mnt/f'; sync '$mnt/f' '$mnt'; ls '$mnt/d'" >/dev/null
    same "fsync=1 fsyncdir=1" "$(counters | grep fsync | xargs)"
    asks "" sync "$mnt/f" "$mnt" "$mnt/d" "$mnt/f"
}

each_branches_are_synced() {
    mount_counted
    as sh -c ">'$mnt/f'; ls '$mnt/d'" >/dev/null
    asks "change-waited=4 fsync=2 fsyncdir=2" sync "$mnt/f" "$mnt" "$mnt/d" "$mnt/f"
}

# While one file is copied up others are served, and the writes of several to it all arrive.
each_writers_at_once() {
    as mkdir -p "$me/l"
    as sh -c "head -c 60000000 /dev/urandom >'$me/l/big'; cp '$me/l/big' '$me/expected'"
    mount_counted
    as python3 - "$mnt/big" "$me/expected" <<'PYTHON'
import os, sys, threading
def write(path):
    def run(n):
        fd = os.open(path, os.O_WRONLY)
        for i in range(200):
            os.pwrite(fd, b"%d" % n * 1000, (i * 8 + n) * 5000)
        os.close(fd)
    return run
for path in sys.argv[1:]:
    threads = [threading.Thread(target=write(path), args=(n,)) for n in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
PYTHON
    as cmp "$mnt/big" "$me/expected"
    counters | grep -q '^change-waited=' || fail "no write went to another thread"
}

main "$@"
