# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Flags of files (chattr): immutable and append-only files of layers, and what is kept of flags in a branch; as root beside kernel
# overlayfs.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

# What is immutable cannot be removed at the end.
release_at_the_end() {
    trap 'status=$?; set +e; chattr -R -f -ia "$me"; (exit $status); clean_up' EXIT
}

make_layer() { # DIRECTORY
    local f
    mkdir -p "$1/d" "$1/di" "$1/da" "$1/empty-di"
    for f in i a n s none d/i d/none di/f da/f; do
        echo "$f" >"$1/$f"
    done
    : >"$1/empty"
    chattr +i "$1/i" "$1/di" "$1/empty-di" 2>/dev/null || skip "the file system has no flags"
    chattr +a "$1/a" "$1/da"
    chattr +A "$1/n" "$1/empty" "$1/d"
    chattr +S "$1/s"
}

# A line for each: did it work, or why not?
steps() {
    local step
    while read -r step; do
        if (eval "$step") >/dev/null 2>"$T/why"; then
            echo "done: $step"
        else
            echo "$(sed -n '$ s/.*: //p' "$T/why"): $step"
        fi
    done <<'STEPS'
echo x >i
echo x >>i
echo x >>a
echo x >a
rm -f i
rm -f a
mv i j
mv none i
mv none a
mv i d/
python3 -c 'import os; os.replace("none", "a")'
ln i k
ln a k
chmod 600 i
chmod 600 a
chown 1 i
touch i
touch a
touch -d @1 a
setfattr -n user.x -v 1 i
setfattr -n user.x -v 1 a
setfacl -m u:1:r i
truncate -s 0 a
truncate -s 0 i
fallocate -l 100 i
fallocate -p -l 1 a
touch di/new
mkdir di/new
mkfifo di/new
ln -s x di/new
ln none di/new
mv none di/
mv di/f f
rm -f di/f
echo y >di/f
chmod 600 di/f
rmdir empty-di
mv empty-di other
chmod 700 di
touch da/new
rm -f da/f
mv da/f f
mv da/f da/g
mv none da/
chmod 600 n
chmod 600 s
chmod 700 d
chmod 600 empty
chattr +i s
echo x >s
lsattr s
chattr -i i
echo x >i
rm i
echo new >i
chattr +A i
chattr +i d
touch d/new
rm -f d/i
chattr -i d
touch d/new
rm d/i
chattr +d new
echo 1 >new
chattr +ia new
rm -f new
chattr -i new
echo 2 >>new
echo 2 >new
chattr -a new
chattr +u new
python3 -c 'import fcntl; fcntl.ioctl(open("new"), 0x801c581f, bytearray(28))'
python3 -c 'import fcntl; fcntl.ioctl(open("new"), 0x12345678, bytearray(28))'
rm new
STEPS
}

flags_of_all() {
    find . -type f -printf '%P\n' -o -type d -printf '%P/.\n' | sort | xargs -d '\n' lsattr -d
}

try_in() { # DIRECTORY
    (
        cd "$1" || exit 1
        flags_of_all
        steps
        flags_of_all
    )
}

root_flags_are_as_with_kernel_overlayfs() {
    local pid
    release_at_the_end
    make_layer "$me/l"
    mkdir "$me/u" "$me/w" "$me/ku" "$me/kw"
    mount -t overlay overlay -o "lowerdir=$me/l,upperdir=$me/ku,workdir=$me/kw" "$mnt"
    try_in "$mnt" >"$T/kernel"
    umount "$mnt"
    micafs -o "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w" "$mnt"
    try_in "$mnt" >"$T/micafs"
    diff "$T/kernel" "$T/micafs"
    (cd "$mnt" && flags_of_all) >"$T/before"
    pid=$(daemon)
    umount "$mnt"
    await gone "$pid"
    # What is kept of them is kept as the kernel does it, and found again.
    diff <(cd "$me/ku" && lsattr -R) <(cd "$me/u" && lsattr -R)
    diff <(getfattr -hRm overlay.protattr -d "$me/ku" --absolute-names | sed 's|/ku/|/u/|' | sort) <(getfattr -hRm overlay.protattr -d "$me/u" --absolute-names | sort)
    micafs -o "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w" "$mnt"
    diff "$T/before" <(cd "$mnt" && flags_of_all)
    pid=$(daemon)
    umount "$mnt"
    await gone "$pid"
    mount -t overlay overlay -o "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w,index=off,xino=off" "$mnt"
    diff "$T/before" <(cd "$mnt" && flags_of_all)
}

# Whether only metadata are copied up makes no difference.
root_flags_with_metacopy() {
    release_at_the_end
    make_layer "$me/l"
    mkdir "$me/u" "$me/w"
    micafs -o "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w,metacopy=on,redirect_dir=on" "$mnt"
    chmod 600 "$mnt/n" "$mnt/s"
    mv "$mnt/d" "$mnt/e"
    echo more >>"$mnt/a"
    echo more >>"$mnt/s"
    grep -q more "$mnt/a"
    same "-----a- --S---- -------A -------A" "$(lsattr -d "$mnt/a" "$mnt/s" "$mnt/n" "$mnt/e" | awk '{ print substr($1, 1, NR > 2 ? 8 : 7) }' | xargs)"
    # Cut to nothing, a file gets none of its content, and once lost its flags for that.
    : >"$mnt/n"
    same "-------A" "$(lsattr "$mnt/n" "$me/u/n" | cut -c 1-8 | uniq)"
}

fails() { # COMMAND...
    ! "$@" 2>/dev/null || fail "works: $*"
}

# Files of an image have none; what is set is kept in the branch.
root_flags_over_an_image() {
    release_at_the_end
    import_made tools 'Tar().dir("d").file("d/f", b"1").file("g", b"1")'
    mica mount tools "$mnt"
    same "" "$(lsattr -d "$mnt/d" "$mnt/d/f" | awk '{ print $1 }' | tr -d '\n-')"
    fails chattr +i "$mnt/g"
    mica umount "$mnt"
    mica mount --rw=work tools "$mnt"
    chattr +i "$mnt/g" "$mnt/d"
    fails rm -f "$mnt/g"
    fails touch "$mnt/d/new"
    mica umount "$mnt"
    mica mount --rw=work tools "$mnt"
    fails rm -f "$mnt/g"
    fails rm -f "$mnt/d/f"
    echo 2 >"$mnt/d/f"
    chattr -i "$mnt/g"
    rm "$mnt/g"
}

# An ordinary user, and root of a user namespace, set what they may, and change nothing that is immutable.
may_not() {
    ! as "$@" 2>"$T/why" || fail "works: $*"
    grep -q "not permitted" "$T/why" || fail "$(cat "$T/why"): $*"
}

others() {
    [ "$(id -u)" = 0 ] || skip "makes files immutable: takes root"
    release_at_the_end
    make_layer "$me/l"
    as mkdir "$me/u" "$me/w"
    micafs -o "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w" "$mnt"
    may_not rm -f "$mnt/i"
    may_not mv "$mnt/i" "$mnt/j"
    may_not chmod 600 "$mnt/a"
    may_not touch "$mnt/di/new"
    as sh -c "echo more >>'$mnt/a' && echo mine >'$mnt/new'"
    may_not chattr +i "$mnt/new"
    as chattr +A "$mnt/new"
    as lsattr "$mnt/new" | grep -q A
}

user_flags() { others; }
space_flags() { others; }

main "$@"
