# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Upper and work directories: which are taken, which are refused, and why. What is done with them is another matter.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

prepare() {
    as mkdir -p "$me/l/sub" "$me/l2" "$me/u/sub" "$me/u2" "$me/w" "$me/w2" "$me/mnt2"
    as sh -c "echo lower >'$me/l/f'"
}

branch() { # LOWER UPPER WORK [OPTION,...]: the options for these directories
    echo "lowerdir=$me/$1,upperdir=$me/$2,workdir=$me/$3${4:+,$4}"
}

# Unmounts, and returns when the daemon has ended, and its locks with it.
unmount() {
    local pid
    pid=$(daemon)
    as umount "$mnt" 2>/dev/null || as fusermount3 -u "$mnt"
    await gone "$pid"
}

each_what_is_written_stays() {
    prepare
    micafs -o "$(branch l u w)" "$mnt"
    as sh -c "echo upper >'$mnt/f'; echo new >'$mnt/new'"
    unmount
    same lower "$(as cat "$me/l/f")"
    same upper "$(as cat "$me/u/f")"
    micafs -o "$(branch l u w)" "$mnt"
    same "upper new" "$(as cat "$mnt/f" "$mnt/new" | xargs)"
    refuses 1 "upperdir $me/u is in use by another mount" micafs -o "$(branch l2 u w2)" "$me/mnt2"
    refuses 1 "workdir $me/w is in use by another mount" micafs -o "$(branch l2 u2 w)" "$me/mnt2"
    refuses 1 "upperdir $me/u is in use by another mount" micafs -o "$(branch l2 u w2 ro)" "$me/mnt2"
}

each_a_lock_dies_with_its_daemon() {
    prepare
    local pid
    micafs -o "$(branch l u w)" "$mnt"
    pid=$(daemon)
    kill -KILL "$pid"
    await gone "$pid"
    as umount -l "$mnt" 2>/dev/null || as fusermount3 -u -z "$mnt"
    micafs -o "$(branch l u w)" "$mnt"
    as touch "$mnt/new"
}

each_directories_must_be_apart() {
    prepare
    refuses 1 "lowerdir $me/l/sub lies within upperdir $me/l" micafs -o "$(branch l/sub l w)" "$mnt"
    refuses 1 "same directory" micafs -o "$(branch l l w)" "$mnt"
    refuses 1 "upperdir $me/u and workdir $me/u are the same" micafs -o "$(branch l u u)" "$mnt"
    refuses 1 "workdir $me/u/sub lies within upperdir $me/u" micafs -o "$(branch l u u/sub)" "$mnt"
    refuses 1 "upperdir $me/u/sub lies within workdir $me/u" micafs -o "$(branch l u/sub u)" "$mnt"
    refuses 1 "lowerdir $me/l and lowerdir $me/l are the same" \
        micafs -o "lowerdir=$me/l:$me/l,upperdir=$me/u,workdir=$me/w" "$mnt"
    refuses 1 "upperdir $me/none: No such file" micafs -o "$(branch l none w)" "$mnt"
    refuses 1 "workdir $me/l/f: Not a directory" micafs -o "$(branch l u l/f)" "$mnt"
    as ln -s u/sub "$me/link"
    refuses 1 "lies within upperdir" micafs -o "$(branch link u w)" "$mnt"
    no_mount
}

# As in kernel overlayfs; whoever walks over the mount meets neither them nor the mount itself.
each_upper_and_work_may_lie_in_a_layer() {
    prepare
    as mkdir -p "$me/l/var/"{u,w,m,kept}
    # (What is mounted in a layer is an empty directory to whoever may have a mount of the layer without it.)
    [ "$identity" = user ] || mnt=$me/l/var/m
    micafs -o "$(branch l l/var/u l/var/w)" "$mnt"
    same "kept m" "$(as ls "$mnt/var" | xargs)"
    refuses 1 "No such file" as stat "$mnt/var/u/f"
    as sh -c "echo upper >>'$mnt/f'; cp -r '$mnt' '$me/copy'"
    same "lower upper" "$(as cat "$mnt/f" | xargs)"
    same "lower" "$(as cat "$me/l/f")"
    same "f sub var var/kept var/m" "$(as find "$me/copy" -mindepth 1 -printf '%P\n' | sort | xargs)"
    # The names are free.
    as mkdir "$mnt/var/u"
    as touch "$mnt/var/u/x"
    same "kept m u x" "$(as ls "$mnt/var" "$mnt/var/u" | grep -v -e : -e '^$' | xargs)"
    as rm -r "$mnt/var"
    unmount
    micafs -o "$(branch l l/var/u l/var/w)" "$mnt"
    same "f sub" "$(as ls "$mnt" | xargs)"
    unmount
    mnt=$me/mnt
    micafs -o "lowerdir=/,upperdir=$me/u,workdir=$me/w" "$mnt"
    as touch "$mnt/$me/new"
    refuses 1 "No such file" as stat "$mnt/$me/u"
    refuses 1 "No such file" as stat "$mnt/$me/w"
    same "" "$(as ls "$mnt/$me/mnt" | xargs)"
    as test -e "$me/u/$me/new"
    # A sandbox of the whole system: what a program changes there is in the upper alone.
    if [ "$identity" = root ]; then
        bwrap --bind "$mnt" / --dev /dev --proc /proc --unshare-pid sh -c 'rm "$1" && echo sandbox >"$1.new" && ! ls "$1"' sh "$me/l/f" 2>"$T/said"
        same "lower sandbox" "$(cat "$me/l/f" "$me/u/$me/l/f.new" | xargs)"
        refuses 1 "No such file" stat "$me/l/f.new"
    fi
    unmount
}

root_directories_are_on_one_file_system() {
    prepare
    mount -t tmpfs none "$me/w"
    refuses 1 "are on different file systems" micafs -o "$(branch l u w)" "$mnt"
}

# What only reads it, as kernel overlayfs does: shown as the topmost layer, and not once more in the one that it lies in.
each_read_only_with_an_upper_inside_a_layer() {
    prepare
    as mkdir -p "$me/l/up/d" "$me/l/d"
    as sh -c 'echo upper >"$1/l/up/f"; echo lower >"$1/l/f"; echo x >"$1/l/d/low"; echo y >"$1/l/up/d/high"' sh "$me"
    micafs -o "$(branch l l/up w ro)" "$mnt"
    same upper "$(as cat "$mnt/f")"
    same "high low" "$(as ls "$mnt/d" | xargs)"
    as test ! -e "$mnt/up"
    as ls "$mnt" >"$T/names"
    ! grep -qx up "$T/names" || fail "the upper directory is in the listing"
}

each_options_must_fit() {
    prepare
    refuses 1 "upperdir= needs workdir=" micafs -o "lowerdir=$me/l,upperdir=$me/u" "$mnt"
    refuses 1 "where is to be written" micafs -o "lowerdir=$me/l,workdir=$me/w" "$mnt"
    refuses 1 "nothing to mount" micafs -o "upperdir=$me/u,workdir=$me/w" "$mnt"
    refuses 1 "metacopy=on needs redirect_dir=on" micafs -o "$(branch l u w metacopy=on,redirect_dir=off)" "$mnt"
    refuses 1 "nfs_export=on needs an image" micafs -o "$(branch l u w nfs_export=on)" "$mnt"
    micafs -o "$(branch l u w index=off,xino=auto,nfs_export=off,static_nlink,noacl,rw,redirect_dir=follow)" "$mnt"
    as touch "$mnt/new"
}

each_read_only_shows_the_upper() {
    prepare
    as sh -c "echo upper >'$me/u/f'"
    micafs -o "$(branch l u w ro)" "$mnt"
    same upper "$(as cat "$mnt/f")"
    refuses 1 "Read-only file system" as touch "$mnt/new"
    micafs -o "$(branch l u w ro)" "$me/mnt2" # which any number of mounts may
    refuses 1 "in use by another mount" micafs -o "$(branch l u w2)" "$me/mnt2"
    same "" "$(as ls "$me/w")"
}

# What is removed costs names and no inodes; nothing of it stays in the work directory.
each_whiteouts_are_links_of_one() {
    prepare
    as mkdir "$me/l/many" "$me/l/more"
    as touch "$me/l/many/"{1..50} "$me/l/more/"{1..50}
    micafs -o "$(branch l u w)" "$mnt"
    as rm "$mnt/many/"{1..50} "$mnt/more/"{1..49}
    as mv "$mnt/more/50" "$mnt/more/moved"
    same "" "$(as ls "$mnt/many")"
    same moved "$(as ls "$mnt/more")"
    unmount
    same 100 "$(find "$me/u" -type c | wc -l)"
    same 1 "$(find "$me/u/many" "$me/u/more" -type c ! -name 50 -printf '%i %n\n' | sort -u | wc -l)"
    [ -d "$me/w/work" ]
    same "" "$(find "$me/w/work" -mindepth 1 ! -name mica-names)"
    micafs -o "$(branch l u w)" "$mnt"
    same moved "$(as ls "$mnt/many" "$mnt/more" | grep -v -e : -e '^$')"
    as touch "$mnt/many/7"
    refuses 1 "not empty" as rmdir "$mnt/many"
    as rm -r "$mnt/many"
    same "f more" "$(as ls "$mnt" | grep -x -e f -e more -e many | xargs)"
}

each_volatile_leaves_its_mark() {
    prepare
    micafs -o "$(branch l u w volatile)" "$mnt"
    [ -e "$me/w/work/incompat/volatile" ]
    unmount
    refuses 1 "was mounted volatile.* rm -r $me/w/work/incompat" micafs -o "$(branch l u w)" "$mnt"
    as rm -r "$me/w/work/incompat"
    micafs -o "$(branch l u w fsync=0)" "$mnt"
    [ ! -e "$me/w/work/incompat" ]
}

# The kernel's overlayfs and ours take each other's marks for what they are.
root_the_kernel_marks_volatile_alike() {
    prepare
    mount -t overlay none -o "$(branch l u w volatile)" "$mnt" || skip "no overlayfs"
    umount "$mnt"
    refuses 1 "was mounted volatile" micafs -o "$(branch l u w)" "$mnt"
    rm -r "$me/w/work/incompat"
    micafs -o "$(branch l u w volatile)" "$mnt"
    unmount
    ! mount -t overlay none -o "$(branch l u w)" "$mnt" || fail "the kernel does not know the mark"
}

each_an_image_takes_directories_too() {
    prepare
    import_made app "Tar().dir('./').file('f', b'image')"
    micafs -o "store=$store,image=app,upperdir=$me/u,workdir=$me/w" "$mnt"
    as sh -c "echo upper >'$mnt/f'"
    same upper "$(as cat "$me/u/f")"
    refuses 1 "exclude" micafs -o "store=$store,image=app,lowerdir=$me/l,upperdir=$me/u,workdir=$me/w" "$me/mnt2"
}

# Branches of the store: what the three identities may do with each other's.
each_a_branch_of_the_store() {
    prepare
    import_made app "Tar().dir('./').file('f', b'image')"
    mica mount --rw=work app "$mnt"
    as sh -c "echo upper >'$mnt/f'"
    mica umount "$mnt"
    local kind=user
    [ "$identity" != root ] || kind=trusted
    grep -q "\"xattrs\":\"$kind\"" "$store/branches/work/branch.json"
    mica mount --rw=work "$mnt"
    same upper "$(as cat "$mnt/f")"
    mica umount "$mnt"
    mica mount --rw --rm app "$mnt"
    as mkdir "$mnt/d"
    as chmod 0 "$mnt/d"
    mica umount "$mnt"
    same work "$(mica branches --quiet)"
    mica branches rm work
    same "" "$(as ls "$store/branches" "$store/tmp" | grep -v :)"
}

root_a_branch_of_root_is_for_root() {
    [ "$(id -u)" = 0 ] || skip "root only"
    import_made app "Tar().dir('./').file('f', b'image')"
    mica mount --rw=work app "$mnt"
    unmount
    chown -R "$test_user:$test_user" "$me"
    identity=user
    refuses 1 "branch work was created by root" mica mount --rw=work "$mnt"
}

# Root's daemon does not work in a directory in which somebody else could exchange files under it, unless nobody else gets there.
root_directories_of_others_are_refused() {
    local one what
    prepare
    chmod 755 "$T" "$me"
    for one in u w; do
        what=upperdir
        [ "$one" = u ] || what=workdir
        chown "$test_user" "$me/$one"
        refuses 1 "$what $me/$one belongs to user $(id -u "$test_user")" micafs -o "$(branch l u w)" "$mnt"
        chown root "$me/$one"
        chmod 1777 "$me/$one"
        refuses 1 "$what $me/$one can be written to by others .mode 1777." micafs -o "$(branch l u w)" "$mnt"
        chmod 755 "$me/$one"
        setfacl -m "u:$test_user:rwx" "$me/$one"
        refuses 1 "insecure_dirs" micafs -o "$(branch l u w)" "$mnt"
        setfacl -b "$me/$one"
    done
    no_mount
    mkdir -m 777 "$me/w/work"
    refuses 1 "workdir $me/w/work can be written to by others" micafs -o "$(branch l u w)" "$mnt"
    chmod 755 "$me/w/work"
    chown "$test_user" "$me/w/work" "$me/u"
    touch "$me/w/work/kept" "$me/w/work/#7"
    refuses 1 "upperdir $me/u belongs to user" micafs -o "$(branch l u w)" "$mnt"
    chown root "$me/u"
    refuses 1 "workdir $me/w/work belongs to user" micafs -o "$(branch l u w)" "$mnt"
    [ -e "$me/w/work/kept" ]
    chown "$test_user" "$me/u" "$me/w"
    refuses 1 "workdir $me/w/work: Directory not empty" micafs -o "$(branch l u w insecure_dirs)" "$mnt"
    rm "$me/w/work/kept"
    micafs -o "$(branch l u w insecure_dirs)" "$mnt"
    touch "$mnt/new"
    same "0 root" "$(stat -c '%a %U' "$me/w/work")"
    unmount
    # Below a directory that only root may enter it does not matter whose they are.
    chmod 700 "$me"
    micafs -o "$(branch l u w)" "$mnt"
    same lower "$(cat "$mnt/f")"
}

# What is prepared in the work directory is seen by nobody else, whatever was done to it before.
each_the_work_directory_is_closed() {
    local mode=700
    prepare
    as mkdir -p "$me/w/work/#5/x" "$me/w/mica-links"
    as chmod 777 "$me/w/mica-links"
    as setfacl -d -m "u:$(id -u "$test_user"):rwx,u:0:rwx" "$me/w" "$me/w/work" "$me/w/mica-links"
    as setfacl -m "u:0:rwx" "$me/w/work"
    as sh -c "echo secret >'$me/l/secret'; chmod 600 '$me/l/secret'; ln '$me/l/secret' '$me/l/other'"
    as chmod 700 "$me/w/work"
    micafs -o "$(branch l u w)" "$mnt"
    case $identity in root | space) mode=0 ;; esac
    same "$mode 700" "$(stat -c '%a' "$me/w/work" "$me/w/mica-links" | xargs)"
    [ ! -e "$me/w/work/#5" ]
    as sh -c "echo more >>'$mnt/secret'"
    unmount
    same "" "$(getfacl --skip-base --absolute-names "$me/w/work" "$me/w/mica-links" "$me/u/secret" 2>/dev/null)"
    same 600 "$(stat -c '%a' "$me/u/secret")"
    # A link in its place is none of ours.
    as rm -r "$me/w/work"
    as ln -s ../l2 "$me/w/work"
    as touch "$me/l2/kept"
    refuses 1 "workdir $me/w/work" micafs -o "$(branch l u w)" "$mnt"
    [ -e "$me/l2/kept" ]
}

main "$@"
