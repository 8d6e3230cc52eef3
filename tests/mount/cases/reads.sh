# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Large reads, which are answered through a pipe: the right bytes, whatever becomes of the file, the pipe or the descriptors.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

# Reads of just these sizes at just these places: what is opened with O_DIRECT is asked for as the program says.
reads() { # FILE EXPECTED...
    as python3 - "$@" <<'PYTHON'
import mmap, os, sys
marks = [1 << 12, 32 << 10, 64 << 10, 256 << 10]
around = sorted({0} | {m + d for m in marks for d in (-1, 0, 1)})
for path, expected in zip(sys.argv[1::2], sys.argv[2::2]):
    want = open(expected, "rb").read()
    places = sorted(set(around + [len(want) - n for n in around if n <= len(want)]))
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    room = mmap.mmap(-1, 1 << 20)
    for at in places:
        for size in around[1:] + [300000, 1 << 20]:
            view = memoryview(room)[:size]
            n = os.preadv(fd, [view], at)
            got = want[at:at + size]
            assert n == len(got) and view[:n] == got, (path, at, size, n, len(got))
    assert open(path, "rb").read() == want, path
PYTHON
}

# Random content; each with a length of its own, so that in a layer they begin anywhere.
make_files() { # DIRECTORY
    as python3 - "$1" <<'PYTHON'
import os, sys
os.makedirs(sys.argv[1], exist_ok=True)
for size in 32767, 32768, 40001, 262143, 262145, 1234567:
    with open(sys.argv[1] + "/%d" % size, "wb") as f:
        f.write(os.urandom(size))
with open(sys.argv[1] + "/sparse", "wb") as f:
    for at in 0, 300001, 1 << 20:
        f.seek(at), f.write(os.urandom(50000))
    f.truncate(2 << 20)
PYTHON
}

read_files() { # MOUNTED EXPECTED
    local name pairs=()
    for name in "$2"/*; do
        cat "$name" >/dev/null # so that it is in memory
        pairs+=("$1/${name##*/}" "$name")
    done
    reads "${pairs[@]}"
}

end_mount() {
    local pid
    pid=$(daemon)
    as fusermount3 -u "$mnt" 2>/dev/null || as umount "$mnt"
    await gone "$pid"
}

pipes() { # of the daemon
    find "/proc/$(daemon)/fd" -lname 'pipe:*' | wc -l
}

import_files() {
    make_files "$me/l"
    import_made files "$(printf 'Tar()'; for name in "$me/l"/*; do
        printf '.file("%s", open("%s", "rb").read())' "${name##*/}" "$name"
    done)"
}

each_large_reads_of_an_image() {
    import_files
    mica mount files "$mnt"
    read_files "$mnt" "$me/l"
    mica umount "$mnt"
}

each_large_reads_of_directories() {
    local options
    make_files "$me/l"
    for options in timeout=1 timeout=100000000 threaded=1,timeout=1; do
        micafs -o "lowerdir=$me/l,$options" "$mnt"
        read_files "$mnt" "$me/l"
        end_mount
    done
    micafs -d -o "lowerdir=$me/l" "$mnt" 2>"$me/said" &
    await mounted "$mnt"
    read_files "$mnt" "$me/l"
    [ "$(grep -c 'success, outsize: 262160' "$me/said")" -gt 10 ] || fail "the library does not tell of all answers"
    end_mount
}

# A pipe counts for what the user's may hold in all: a daemon that is at rest has none.
root_no_pipe_is_kept() {
    make_files "$me/l"
    micafs -o "lowerdir=$me/l" "$mnt"
    read_files "$mnt" "$me/l"
    same 2 "$(pipes)"
    await_at_most 0 pipes
    read_files "$mnt" "$me/l"
    end_mount
}

# Somebody cuts the file and makes it longer again: what lies before the cut is right, and every read ends.
each_reads_of_what_is_cut_and_grows() {
    local options
    as mkdir "$me/l"
    for options in timeout=0 timeout=100000000; do
        as sh -c ">'$me/l/f'"
        micafs -o "lowerdir=$me/l,$options" "$mnt"
        as timeout 120 python3 - "$me/l/f" "$mnt/f" <<'PYTHON'
import mmap, os, random, sys, threading, time
SIZE, KEPT = 1 << 20, 100001
want = b"".join(b"%07d\n" % i for i in range(SIZE // 8))
lower = os.open(sys.argv[1], os.O_RDWR)
os.pwrite(lower, want, 0)
seed = random.randrange(1 << 32)
print("seed", seed)
rng = random.Random(seed)
end = time.monotonic() + 3
def change():
    while time.monotonic() < end:
        os.ftruncate(lower, rng.randrange(KEPT, SIZE))
        os.pwrite(lower, want[KEPT:], KEPT)
changer = threading.Thread(target=change)
changer.start()
os.stat(sys.argv[2])
cached, direct = (os.open(sys.argv[2], os.O_RDONLY | flags) for flags in (0, os.O_DIRECT))
room = mmap.mmap(-1, SIZE)
while time.monotonic() < end:
    at, size = random.randrange(KEPT), random.randrange(1, 400000)
    view = memoryview(room)[:size]
    n = os.preadv(direct, [view], at)
    sure = min(size, KEPT - at)
    assert n >= sure and view[:sure] == want[at:at + sure], (at, size, n)
    # What came with the cut is the file's, or zeros where the cut met what was being read.
    for i in range(sure, n):
        if view[i] != want[at + i]:
            assert not any(view[i:(i // 4096 + 1) * 4096 if i < n else n].tobytes()[:8]), (at, size, n, i)
            break
    os.posix_fadvise(cached, 0, 0, os.POSIX_FADV_DONTNEED)
    got = os.pread(cached, KEPT, 0)
    assert got == want[:len(got)], len(got)
changer.join()
PYTHON
        end_mount
    done
}

# Without a descriptor for a pipe they are answered as well.
each_large_reads_without_descriptors() {
    local pid
    import_files
    mica mount files "$mnt"
    as sh -c "head -qc 100 '$mnt'/*" >/dev/null # the files of the layer are open
    pid=$(daemon)
    as prlimit --pid "$pid" --nofile="$(find "/proc/$pid/fd" -printf '%f\n' | awk '/^[0-9]/ && $1 >= n { n = $1 + 1 } END { print n }')"
    read_files "$mnt" "$me/l"
    same 0 "$(pipes)"
    mica umount "$mnt"
}

# Nor where the user's other pipes hold all that they may. Other tests are of the same user, and their pipes go meanwhile, which
# leaves room: then it is tried again. A daemon that keeps pipes without room does so each time.
user_large_reads_without_room_for_a_pipe() {
    local try
    import_files
    for try in 1 2 3 4 5; do
        pipes_without_room
        [ "$kept" != 0 ] || return 0
    done
    fail "$kept pipes are kept, $try times"
}

pipes_without_room() { # sets `kept`
    local held
    rm -f "$me/hold" "$T/held"
    mkfifo "$me/hold" "$T/held"
    as python3 -c '
import fcntl, os, sys
pipes = []
try:
    while len(pipes) < 400:
        pipes.append(os.pipe())
        fcntl.fcntl(pipes[-1][0], 1031, 1 << 20)  # F_SETPIPE_SZ
    print("no limit", flush=True)
except PermissionError:
    print("full", flush=True)
sys.stdin.read()
' <"$me/hold" >"$T/held" &
    exec 7>"$me/hold"
    read -r -t 120 held <"$T/held" || fail "nobody holds pipes"
    [ "$held" = full ] || skip "the pipes of a user have no limit here"
    mica mount files "$mnt" 7>&-
    read_files "$mnt" "$me/l"
    kept=$(pipes)
    mica umount "$mnt"
    exec 7>&-
    wait $!
}

# A page that cannot be read, between others that are in memory: an error, as the file itself gives, and no shorter file.
root_an_unreadable_page_is_an_error() {
    local device
    truncate -s 16M "$me/disk"
    mkfs.ext4 -q -b 4096 -O ^extent,^has_journal,^metadata_csum,^64bit,^resize_inode "$me/disk"
    mkdir "$me/fs"
    mount -o loop "$me/disk" "$me/fs"
    mkdir "$me/fs/l"
    head -c 48K /dev/urandom >"$me/fs/l/f"
    umount "$me/fs"
    # The seventh block is one near the end of the disk, and the disk becomes shorter while it is mounted.
    debugfs -w -R 'sif /l/f block[6] 4000' "$me/disk"
    mount -o loop "$me/disk" "$me/fs"
    device=$(findmnt -no SOURCE "$me/fs")
    truncate -s 15M "$me/disk"
    losetup -c "$device"
    python3 - "$me/fs/l/f" <<'PYTHON'
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
for page in [*range(6), *range(7, 12)]:
    assert len(os.pread(fd, 4096, page << 12)) == 4096
PYTHON
    micafs -o "lowerdir=$me/fs/l" "$mnt"
    refuses 1 "Input/output error" dd if="$mnt/f" of="$me/got" bs=64K status=none
    same 49152 "$(stat -c %s "$mnt/f")"
    end_mount
    umount "$me/fs"
}

main "$@"
