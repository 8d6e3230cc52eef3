# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Where an upper and a work directory may lie: on file systems that lack something, and in other unions. Either the mount is
# refused with the reason, or every change works: the same is done in a plain directory, and all must be alike.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

make_lower() { # DIRECTORY
    as mkdir -p "$1"/{d/sub,e,full,gone/x,o,moves/sub,empty}
    as sh -c "cd '$1' && for f in a b c x over keep d/f d/sub/g full/f gone/f o/f moves/f; do echo \$f >\$f; done; ln b twin"
    # For a file of somebody else's the kernel asks for the access list.
    [ "$identity" != root ] || install -m 640 -o 1 "$1/a" "$1/theirs"
}

# What is changed: each kind of change that takes more of a file system than a file's name and content.
change() { # DIRECTORY
    as env -C "$1" sh -euc '
        if [ -e theirs ]; then echo more >>theirs; fi
        echo more >>a; chmod 600 c; truncate -s 2 d/f
        rm x; rm -r gone full; mkdir full; echo new >gone; ln c second; ln -s a link; mkfifo fifo
        mv b moved; mv twin x; mv keep over; echo 1 >fresh; mv d/sub/g fresh
        rm o/f; echo again >o/f; mv o/f o/f2; rm -r o; mkdir o; mv o o2; mkdir o
        rm -r e; mkdir e n; echo n >n/f; rmdir e; mv n e; mkdir n2; mv n2 empty 2>/dev/null || true
        mkdir t; mv -T t o; rm -r moves/sub; mkdir moves/sub; mv moves/sub moves/sub2; mkdir moves/sub
        rm -r d/sub; rmdir o; mv o2 o'
    as python3 - "$1" "$root/tests/union" <<'PYTHON'
import ctypes, os, sys
os.chdir(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def exchange(a, b):
    assert libc.renameat2(-100, a, -100, b, 2) == 0, os.strerror(ctypes.get_errno())
exchange(b"a", b"c")
exchange(b"gone", b"moved")
assert libc.renameat2(-100, b"a", -100, b"c", 1) == -1 and ctypes.get_errno() == 17
PYTHON
}

shown() { # DIRECTORY: what find and cat say of it; link counts of directories are not told by a union
    as env -C "$1" sh -c 'find . -mindepth 1 ! -type d -printf "%P %y %m %n %s %l\n" | sort; find . -type d -printf "%P %m\n" | sort; find . -type f | sort | xargs grep -H .'
}

finish() {
    local pid
    pid=$(daemon)
    as fusermount3 -u "$mnt"
    await gone "$pid"
}

# The changes on a mount with these directories, whose layer is $me/low, beside the same in $me/plain.
works() { # UPPER WORK [VARIABLE=VALUE...]
    local branch="lowerdir=$me/low,upperdir=$1,workdir=$2"
    shift 2
    as env "$@" "$T/bin/micafs" -o "$branch" "$mnt"
    change "$mnt"
    same "$expected" "$(shown "$mnt")"
    finish
    # Nothing is lost with the daemon, and the next one reads it without what was lacking.
    micafs -o "$branch" "$mnt"
    same "$expected" "$(shown "$mnt")"
    finish
}

prepare() {
    make_lower "$me/low"
    make_lower "$me/plain"
    change "$me/plain"
    expected=$(shown "$me/plain")
}

# One capability at a time, and all that there are other ways for at once.
lacking() { # MARKS
    local lack
    prepare
    cp "$MICA_BUILD/tests/fault/lacks.so" "$T/bin"
    for lack in noreplace whiteout device tmpfile "noreplace,whiteout,device,tmpfile" "$1" "$1,device" "$1,whiteout" \
        "$1,noreplace,whiteout,device,tmpfile"; do
        as mkdir "$me/u" "$me/w"
        works "$me/u" "$me/w" LD_PRELOAD="$T/bin/lacks.so" MICA_LACKS="$lack"
        # As a layer it says the same.
        micafs -o "lowerdir=$me/u:$me/low" "$mnt"
        same "$(as find "$me/plain" -mindepth 1 -printf '%P %y\n' | sort)" "$(as find "$mnt" -mindepth 1 -printf '%P %y\n' | sort)"
        finish
        as rm -r "$me/u" "$me/w"
    done
    as mkdir "$me/u" "$me/w"
    refused() {
        refuses 1 "$2" as env LD_PRELOAD="$T/bin/lacks.so" MICA_LACKS="$1" \
            "$T/bin/micafs" -o "lowerdir=$me/low,upperdir=$me/u,workdir=$me/w" "$mnt"
        same "" "$(find "$me/u" "$me/w/work" -mindepth 1 ! -name mica-names)"
    }
    refused exchange "upperdir and workdir cannot let two names change places .*another one"
    refused link "upperdir and workdir has no hard links"
    no_mount
}

root_one_thing_lacks() {
    lacking trusted
}

space_one_thing_lacks() {
    lacking user
}

user_one_thing_lacks() {
    lacking user
}

without_attributes() { # COMMAND...: whose daemon has none for marks, nor devices
    as env LD_PRELOAD="$T/bin/lacks.so" MICA_LACKS=marks,device "$@"
}

# Marks are names there (union/name_marks.h): what they are on disk, and what else is called so.
root_marks_are_names() {
    local o=lowerdir=$me/low,upperdir=$me/u,workdir=$me/w name
    cp "$MICA_BUILD/tests/fault/lacks.so" "$T/bin"
    mkdir -p "$me"/{low/d/sub,low/e,u,w}
    for name in f g d/f d/g e/f notes; do echo low >"$me/low/$name"; done
    # What fuse-overlayfs has left, and what somebody has put there.
    install -m 700 /dev/null "$me/u/.wh.g"
    install -m 700 -D /dev/null "$me/u/e/.wh..wh..opq"
    echo mine >"$me/u/.wh.notes"
    without_attributes "$T/bin/micafs" -o "$o" "$mnt"
    same ".wh.notes d e f notes" "$(cd "$mnt" && echo .wh* *)"
    same "" "$(ls -A "$mnt/e")"
    same "mine low" "$(cat "$mnt/.wh.notes" "$mnt/notes" | xargs)"
    rm "$mnt/f"
    rm -r "$mnt/d"
    mkdir "$mnt/d"
    echo up >"$mnt/d/g"
    same 1 "$(rm "$mnt/notes" 2>"$T/said" || echo $?)" # its whiteout's name is taken
    grep -q "File exists" "$T/said"
    for name in "touch $mnt/.wh.x" "mkdir $mnt/.wh.x" "ln -s a $mnt/.wh.x" "ln $mnt/notes $mnt/.wh.x" "mv $mnt/notes $mnt/.wh.x"; do
        $name 2>"$T/said" && fail "$name is done"
        grep -q "Operation not permitted" "$T/said"
    done
    mv "$mnt/.wh.notes" "$mnt/found"
    finish
    same ".wh..wh.mica .wh.f .wh.g d d/.wh..wh..opq d/g e e/.wh..wh..opq found" \
        "$(cd "$me/u" && find . -mindepth 1 -printf '%P\n' | sort | xargs)"
    same "700 0 regular empty file" "$(stat -c '%a %s %F' "$me/u/.wh.f")"
    # It stays so on a file system that has attributes, and what comes then is beside.
    micafs -o "$o" "$mnt"
    same "d d/g e found notes" "$(cd "$mnt" && find . -mindepth 1 -printf '%P\n' | sort | xargs)"
    echo again >"$mnt/f"
    rm "$mnt/notes"
    finish
    same ".wh..wh.mica .wh.g d d/.wh..wh..opq d/g e e/.wh..wh..opq f found notes" \
        "$(cd "$me/u" && find . -mindepth 1 -printf '%P\n' | sort | xargs)"
    same "character special file" "$(stat -c %F "$me/u/notes")"
    # fuse-overlayfs can have it back.
    fuse-overlayfs -o "$o" "$mnt"
    same "d d/g e f found" "$(cd "$mnt" && find . -mindepth 1 -printf '%P\n' | sort | xargs)"
    umount "$mnt"
    refuses 1 "option redirect_dir=on: the file system of upperdir has no attributes" micafs -o "$o,redirect_dir=on" "$mnt"
}

# Marks that are there and cannot be read would be lost.
root_marks_that_cannot_be_read() {
    local o=lowerdir=$me/low,upperdir=$me/u,workdir=$me/w
    cp "$MICA_BUILD/tests/fault/lacks.so" "$T/bin"
    mkdir -p "$me"/{low/d,u,w}
    micafs -o "$o" "$mnt"
    rmdir "$mnt/d"
    finish
    refuses 1 "was mounted with marks in attributes" without_attributes "$T/bin/micafs" -o "$o" "$mnt"
    same "d" "$(ls -A "$me/u")"
}

# A branch of the store, whose changes become an image.
root_a_branch_without_attributes() {
    cp "$MICA_BUILD/tests/fault/lacks.so" "$T/bin"
    import_made app "Tar().dir('d').file('d/f', b'1').file('g', b'2').dir('o').file('o/f', b'3')"
    without_attributes "$T/bin/mica" --store "$store" mount --rw=work app "$mnt"
    rm "$mnt/g"
    rm -r "$mnt/o"
    mkdir "$mnt/o"
    echo more >>"$mnt/d/f"
    mica umount "$mnt"
    same "C / C /d/f D /g C /o D /o/f" "$(mica diff work | xargs)"
    mica commit work made
    same "/d /d/f /o" "$(mica ls -R made | xargs)"
}

# The same beneath a branch of the store.
root_a_store_where_something_lacks() {
    cp "$MICA_BUILD/tests/fault/lacks.so" "$T/bin"
    import_made app "Tar().dir('d').file('d/f', b'1')"
    refuses 1 "cannot let two names change places" env LD_PRELOAD="$T/bin/lacks.so" MICA_LACKS=exchange \
        "$T/bin/mica" --store "$store" mount --rw=work app "$mnt"
    same "" "$(mica branches --quiet)"
}

root_two_mounts_of_one_file_system() {
    mkdir -p "$me"/{l,fs/u,fs/w,bu,bw}
    mount --bind "$me/fs/u" "$me/bu"
    mount --bind "$me/fs/w" "$me/bw"
    refuses 1 "upperdir $me/bu and workdir $me/bw are in two mounts of a file system" \
        micafs -o "lowerdir=$me/l,upperdir=$me/bu,workdir=$me/bw" "$mnt"
    refuses 1 "in two mounts" micafs -o "lowerdir=$me/l,upperdir=$me/fs/u,workdir=$me/bw" "$mnt"
    same "" "$(find "$me/fs" -mindepth 2)"
}

disk() { # NAME COMMAND...: a file system of that name, made by the command on a file, mounted
    local name=$1
    shift
    truncate -s 320M "$me/disk"
    "$@" "$me/disk" >"$T/mkfs" 2>&1
    mkdir -p "$me/fs"
    mount -t "${name%%-*}" -o loop "$me/disk" "$me/fs"
}

# File systems: a mount that is refused says why, one that is not works.
root_file_systems() {
    local kind
    prepare
    mkdir "$me/fs" "$me/back"
    for kind in ext4 ext4-plain xfs btrfs btrfs-noacl tmpfs ramfs fuse2fs bindfs mergerfs overlay micafs; do
        case $kind in
        ext4) disk ext4 mkfs.ext4 -q ;;
        ext4-plain) disk ext4 mkfs.ext4 -q -O ^has_journal,^dir_index,^extent,^64bit,^metadata_csum,^filetype,^ext_attr -I 128 ;;
        xfs) disk xfs mkfs.xfs -q ;;
        btrfs) disk btrfs mkfs.btrfs -q ;;
        btrfs-noacl)
            disk btrfs mkfs.btrfs -q
            mount -o remount,noacl "$me/fs"
            ;;
        tmpfs | ramfs) mount -t $kind none "$me/fs" ;;
        fuse2fs)
            truncate -s 16M "$me/disk"
            mkfs.ext4 -q "$me/disk"
            fuse2fs "$me/disk" "$me/fs"
            ;;
        bindfs | mergerfs) $kind "$me/back" "$me/fs" ;;
        overlay)
            mkdir -p "$me/outer"/{l,u,w}
            mount -t overlay none -o "lowerdir=$me/outer/l,upperdir=$me/outer/u,workdir=$me/outer/w" "$me/fs"
            ;;
        micafs)
            mkdir -p "$me/outer"/{l,u,w}
            cp "$T/bin/micafs" "$T/outer"
            "$T/outer" -o "lowerdir=$me/outer/l,upperdir=$me/outer/u,workdir=$me/outer/w" "$me/fs"
            ;;
        esac
        mkdir "$me/fs/u" "$me/fs/w"
        case $kind in
        fuse2fs | bindfs | mergerfs) refuses 1 "change places" micafs -o "lowerdir=$me/low,upperdir=$me/fs/u,workdir=$me/fs/w" "$mnt" ;;
        *) works "$me/fs/u" "$me/fs/w" ;;
        esac
        umount "$me/fs"
        rm -rf "$me/disk" "$me/outer" "$me/back"/*
    done
}

# A file that is removed while it is open is only renamed there, again and again: removing ends, and says so.
root_what_is_removed_stays() {
    mkdir "$me/back" "$me/fs"
    store=$me/back/store
    import_made app "Tar().file('f', b'1')"
    mica mount --rw=left app "$mnt"
    mkdir -p "$mnt/d/e"
    touch "$mnt/d/e/"{1..70}
    mica umount "$mnt"
    bindfs "$me/back" "$me/fs"
    store=$me/fs/store
    refuses 1 "change places" mica mount --rw=work app "$mnt"
    same left "$(mica branches --quiet)"
    exec 6<"$store/branches/left/upper/d/e/1"
    refuses 1 "branch left is removed, but its files remain in" timeout 30 "$T/bin/mica" --store "$store" branches rm left
    same "" "$(mica branches --quiet)"
    exec 6<&-
    # Whoever comes next removes the rest.
    import_made other "Tar().file('f', b'2')"
    same "" "$(ls "$store/tmp")"
}

main "$@"
