# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Whose files are: owners that are mapped, squashed, or kept in an attribute. Compared with fuse-overlayfs where it does the
# same.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

mapped=uidmapping=:0:100000:65536,gidmapping=:0:200000:65536
kept=user.containers.override_stat

# Unmounts, and returns when the daemon has ended, and its locks with it.
unmount() {
    local pid
    pid=$(daemon)
    as umount "$mnt" 2>/dev/null || as fusermount3 -u "$mnt"
    await gone "$pid"
}

again() { # OPTIONS
    unmount
    micafs -o "$1" "$mnt"
}

directories() { # [OPTION,...]
    # Others may write to the upper here.
    echo "insecure_dirs,lowerdir=$me/l,upperdir=$me/u,workdir=$me/w${1:+,$1}"
}

# Files of several owners, one of whom no mapping knows; for root.
prepare() {
    mkdir -p "$me/l/d" "$me/u" "$me/w" "$me/mnt2"
    echo a >"$me/l/a"
    mkfifo "$me/l/d/fifo"
    mknod "$me/l/d/null" c 1 3
    ln -s a "$me/l/d/link"
    touch "$me/l/d/stranger"
    chown 5:7 "$me/l/a"
    chown -h 65535:0 "$me/l/d/link"
    chown 70000:70001 "$me/l/d/stranger"
    chmod 777 "$me/l" "$me/l/d" "$me/u"
}

owners() { # DIRECTORY: what it shows
    local -
    set +x
    as find "$1" -printf '/%P %y %m %U:%G\n' | sort
}

acl() {
    getfacl -nc "$@" | grep -v '^$' | paste -sd, -
}

caller() { # UID GID COMMAND...
    local uid=$1 gid=$2
    shift 2
    PATH=/usr/sbin:/usr/bin:/sbin:/bin setpriv --reuid "$uid" --regid "$gid" --clear-groups "$@"
}

# The same layer in both, with the same words.
as_fuse_overlayfs() { # OPTION,...
    command -v fuse-overlayfs >/dev/null || skip "no fuse-overlayfs"
    as fuse-overlayfs -o "lowerdir=$me/l,$1" "$me/mnt2" 2>/dev/null
    micafs -o "lowerdir=$me/l,$1" "$mnt"
    same "$(owners "$me/mnt2")" "$(owners "$mnt")"
    as umount "$me/mnt2" 2>/dev/null || as fusermount3 -u "$me/mnt2"
    unmount
}

root_owners_show_as_in_fuse_overlayfs() {
    prepare
    as_fuse_overlayfs "$mapped"
    as_fuse_overlayfs uidmapping=:0:1:5:5:0:1:6:2002:64535
    as_fuse_overlayfs squash_to_root
    as_fuse_overlayfs squash_to_uid=42,squash_to_gid=43
    as_fuse_overlayfs squash_to_uid=42,squash_to_root
    as_fuse_overlayfs "squash_to_uid=42,$mapped"
}

root_what_comes_in_is_mapped_back() {
    prepare
    micafs -o "$(directories "$mapped")" "$mnt"
    same "100005:200007 65534:65534 100000:200000" "$(stat -c %u:%g "$mnt/a" "$mnt/d/stranger" "$mnt" | xargs)"
    chown 100042:200043 "$mnt/a"
    chown -h 165535 "$mnt/d/fifo"
    same "42:43 65535:0" "$(stat -c %u:%g "$me/u/a" "$me/u/d/fifo" | xargs)"
    caller 100005 200006 sh -c "cd '$mnt'; umask 0; mkdir by; mkdir by/d; touch by/f; ln -s x by/l; mkfifo by/p"
    caller 100005 200006 python3 -c "import os
f = os.open('$mnt/by', os.O_TMPFILE | os.O_RDWR)
os.link('/proc/self/fd/%d' % f, '$mnt/by/t', src_dir_fd=f, follow_symlinks=True)"
    same 5:6 "$(find "$me/u/by" -printf '%U:%G\n' | sort -u)"
    same 100005:200006 "$(find "$mnt/by" -printf '%U:%G\n' | sort -u)"
    # Who is nobody in the container makes nothing, and nothing is given to him.
    ! caller 5 200006 touch "$mnt/d/by5" || fail "made for nobody"
    ! caller 100005 5 mkdir "$mnt/d/by5" || fail "made for no group"
    refuses 1 "too large for defined data type" chown 5 "$mnt/a"
    refuses 1 "too large for defined data type" chown :65534 "$mnt/a"
    same 42:43 "$(stat -c %u:%g "$me/u/a")"
    # Root is who prepares it for the container's root.
    touch "$mnt/by-root"
    same "0:0 100000:200000" "$(stat -c %u:%g "$me/u/by-root" "$mnt/by-root" | xargs)"
    local before
    before=$(owners "$mnt")
    again "$(directories "$mapped,ro")"
    same "$before" "$(owners "$mnt")"
    again "$(directories)"
    same "42:43 5:6 0:0" "$(stat -c %u:%g "$mnt/a" "$mnt/by/f" "$mnt/by-root" | xargs)"
}

root_access_lists_are_mapped() {
    prepare
    setfacl -m u:3:r,g:4:rw,u:70000:r "$me/l/a"
    setfacl -d -m u:3:rwx "$me/l/d"
    micafs -o "$(directories "$mapped")" "$mnt"
    same "user::rw-,user:65534:r--,user:100003:r--,group::r--,group:200004:rw-,mask::rw-,other::r--" "$(acl "$mnt/a")"
    refuses 1 "Invalid argument" setfacl -m u:9:r "$mnt/d"
    setfacl -m u:100009:rw "$mnt/d"
    setfacl -m u:100010:r -x g:200004 -x u:65534 "$mnt/a"
    same "user::rw-,user:3:r--,user:10:r--,group::r--,mask::r--,other::r--" "$(acl "$me/u/a")"
    same "$(acl -d "$me/l/d")" "$(acl -d "$me/u/d")"
    # They have their effect, and go on to what is made.
    touch "$mnt/d/new"
    chown 100020 "$mnt/d/new"
    chmod 660 "$mnt/d/new"
    caller 100003 200099 cat "$mnt/d/new"
    ! caller 100004 200099 cat "$mnt/d/new" 2>/dev/null || fail "the list names another"
    same "$(acl "$me/u/d/new" | sed s/user:3:/user:100003:/)" "$(acl "$mnt/d/new")"
}

# Those of revision 2 are for root; what shows root as somebody else shows revision 3, for who has that user as its root.
root_capabilities_are_mapped() {
    prepare
    local cap2=0100000204000000000000000000000000000000 cap3=0100000304000000000000000000000000000000
    setfattr -n security.capability -v "0x$cap2" "$me/l/a"
    capability() {
        getfattr --only-values -n security.capability "$1" 2>/dev/null | od -An -v -tx1 | tr -d " \n"
    }
    micafs -o "$(directories "$mapped")" "$mnt"
    same "${cap3}a0860100" "$(capability "$mnt/a")"
    chmod 755 "$mnt/a"
    same "$cap2" "$(capability "$me/u/a")"
    same "${cap3}a0860100" "$(capability "$mnt/a")"
    setfattr -n security.capability -v "0x${cap3}a5860100" "$mnt/d/stranger"
    same "${cap3}05000000 ${cap3}a5860100" "$(capability "$me/u/d/stranger") $(capability "$mnt/d/stranger")"
    setfattr -n security.capability -v "0x${cap3}a0860100" "$mnt/d/stranger"
    same "$cap2" "$(capability "$me/u/d/stranger")"
    refuses 1 "Invalid argument" setfattr -n security.capability -v "0x${cap3}05000000" "$mnt/a"
    setfattr -n security.capability -v "0x$cap2" "$mnt/d/stranger"
    same "${cap3}a0860100" "$(capability "$mnt/d/stranger")"
    # They go with a write.
    echo x >>"$mnt/a"
    ! getfattr -n security.capability "$mnt/a" 2>/dev/null || fail "kept"
}

# Who might write to a file in the mount once might on disk, too, and set the attribute there that says whose it is: root's, and
# set-user-ID.
root_kept_owners_are_for_nobody_else_to_set() {
    prepare
    chmod 755 "$me/u"
    mkdir -m 1777 "$me/l/tmp"
    micafs -o "$(directories xattr_permissions=2)" "$mnt"
    caller 1000 1000 sh -c 'umask 0; cd "$1"; cp /usr/bin/id open; chmod 777 open; mkdir dir; : >listed; setfacl -m u:1001:rwx listed' - "$mnt/tmp"
    same "777 777 1777" "$(stat -c %a "$mnt/tmp/open" "$mnt/tmp/dir" "$mnt/tmp" | xargs)"
    same "user::rw-,user:1001:rwx,group::rw-,mask::rwx,other::rw-" "$(acl "$mnt/tmp/listed")"
    for file in open dir listed; do
        for uid in 1000 1001; do
            refuses 1 "Permission denied" caller $uid $uid setfattr -n $kept -v 0:0:04755 "$me/u/tmp/$file"
        done
    done
    refuses 1 "Permission denied" caller 1000 1000 cp /usr/bin/id "$me/u/tmp/new"
    refuses 1 "Permission denied" caller 1000 1000 cp /usr/bin/id "$me/u/tmp/dir/new"
    again "$(directories xattr_permissions=2)"
    same "1000 777" "$(caller 1000 1000 "$mnt/tmp/open" -u) $(stat -c %a "$mnt/tmp/open")"
    # In the mount everybody may what he might.
    caller 1001 1001 sh -c 'echo x >>"$1/listed"; echo x >"$1/dir/new"' - "$mnt/tmp"
}

# Who is shown as a file's owner once made a set-user-ID program of it, which on disk was root's: for whoever got at the upper.
root_squashed_owners_give_no_set_user_id() {
    local how
    prepare
    for how in "" ,passthrough=on; do
        rm -rf "$me/u" "$me/w"
        mkdir "$me/u" "$me/w"
        chmod 777 "$me/u"
        cp /bin/true "$me/u/armed"
        cp /bin/true "$me/l/armed"
        setcap cap_net_raw+ep "$me/l/armed"
        chmod 6755 "$me/l/armed" "$me/u/armed"
        mv "$me/u/armed" "$me/u/armed2"
        micafs -o "$(directories "squash_to_uid=1000,squash_to_gid=1000$how")" "$mnt"
        caller 1000 1000 python3 - "$mnt" <<'PYTHON'
import mmap, os, sys
os.chdir(sys.argv[1])
os.umask(0)
os.mknod("node", 0o106755)
os.close(os.open("made", os.O_CREAT | os.O_RDWR, 0o6755))
f = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o6755)
os.link("/proc/self/fd/%d" % f, "unnamed", src_dir_fd=f, follow_symlinks=True)
os.mkdir("dir")
os.chmod("dir", 0o2755)
os.chmod("made", 0o6755)
os.chmod("a", 0o6755)
for name in "armed", "armed2":
    m = mmap.mmap(os.open(name, os.O_RDWR), 4)
    m[:4] = b"#!/x"
    m.flush()
PYTHON
        same "" "$(find "$mnt" "$me/u" -type f -perm /6000)"
        same "" "$(getcap -r "$me/u")"
        same 2755 "$(stat -c %a "$me/u/dir")"
        same "#!/x #!/x" "$(head -qc4 "$me/u/armed" "$me/u/armed2" | sed 's/x#/x #/')"
        # Root means it.
        chmod 4755 "$mnt/made"
        same "4755 0:0" "$(stat -c '%a %u:%g' "$me/u/made")"
        unmount
    done
    # Each for itself: the group that is shown is not the group on disk.
    micafs -o "$(directories squash_to_gid=1000)" "$mnt"
    caller 1000 1000 sh -c 'cd "$1" && touch g && chmod 6755 g' - "$mnt"
    same "4755 1000:0" "$(stat -c '%a %u:%g' "$me/u/g")"
}

root_squashed_owners_are_nobodys_to_change() {
    prepare
    micafs -o "$(directories squash_to_uid=100000,squash_to_gid=100001)" "$mnt"
    chmod 4755 "$mnt/a"
    chown 33:34 "$mnt/a"
    caller 100000 100001 touch "$mnt/d/new"
    same 100000:100001 "$(find "$mnt" -printf '%U:%G\n' | sort -u)"
    same "5:7 755 0:0" "$(stat -c %u:%g\ %a "$me/u/a" | xargs) $(stat -c %u:%g "$me/u/d/new")"
}

each_images_are_mapped() {
    import_made app "Tar().dir('./').file('f', b'x', uid=7, gid=8).file('stranger', b'', uid=3000, gid=3000)"
    micafs -o "store=$store,image=app,uidmapping=0:500:100,gidmapping=0:600:100" "$mnt"
    same "507:608 65534:65534 500:600" "$(as stat -c %u:%g "$mnt/f" "$mnt/stranger" "$mnt" | xargs)"
}

each_directories_have_one_link() {
    as mkdir -p "$me/l/d/e" "$me/u" "$me/w"
    as touch "$me/l/d/f"
    as ln "$me/l/d/f" "$me/l/d/g"
    micafs -o "$(directories static_nlink)" "$mnt"
    as mkdir -p "$mnt/new/deep"
    same "1 1 2 1" "$(as stat -c %h "$mnt" "$mnt/d" "$mnt/d/f" "$mnt/new" | xargs)"
}

each_words_that_mean_nothing_are_refused() {
    as mkdir -p "$me/l"
    refuses 2 "CONTAINER:HOST:SIZE" micafs -o "lowerdir=$me/l,uidmapping=0:1" "$mnt"
    refuses 2 "overlap" micafs -o "lowerdir=$me/l,gidmapping=0:1:5:9:3:1" "$mnt"
    refuses 2 "number of a user" micafs -o "lowerdir=$me/l,squash_to_uid=root" "$mnt"
    refuses 2 "security.fuseoverlayfs.override_stat" micafs -o "lowerdir=$me/l,xattr_permissions=1" "$mnt"
}

# ---- kept in an attribute

# Everything that has an owner, in a mount of directories whose daemon keeps owners.
make_all() {
    as sh -c "umask 022; cd '$mnt' && mkdir d && echo f >d/f && mkfifo -m 640 d/fifo && mknod -m 622 d/null c 1 3 &&
        chmod 4751 d/f && chmod 2770 d && touch d/gone && rm d/gone && ln -s f d/link &&
        touch d/list && setfacl -m u::r,u:7:rwx,g::-,m::rx d/list"
}

shown_all='/ d 755 0:0
/d d 2770 0:0
/d/f f 4751 0:0
/d/fifo p 640 0:0
/d/link l 777 0:0
/d/list f 454 0:0
/d/null c 622 0:0'

# As layer and as upper, without a word and with it.
check_all() {
    local how
    for how in "lowerdir=$me/u:$me/l" "$(directories ro)" "$(directories)" "$(directories xattr_permissions=2)"; do
        again "$how"
        same "$shown_all" "$(owners "$mnt")"
        same 1:3 "$(as stat -c %t:%T "$mnt/d/null")"
        same f "$(as cat "$mnt/d/f")"
        same "user::r--,user:7:rwx #effective:r-x,group::---,mask::r-x,other::r--" "$(acl "$mnt/d/list" | tr -s '\t' ' ')"
    done
}

root_owners_are_kept_where_it_is_said() {
    mkdir -p "$me/l" "$me/u" "$me/w"
    echo x >"$me/l/theirs"
    chown 9:10 "$me/l/theirs"
    micafs -o "$(directories xattr_permissions=2)" "$mnt"
    make_all
    chown 3:4 "$mnt/d/f"
    chmod 4751 "$mnt/d/f"
    chmod 600 "$mnt/theirs"
    same "9:10 600 3:4 4751" "$(stat -c %u:%g\ %a "$mnt/theirs" "$mnt/d/f" | xargs)"
    same 0:0 "$(find "$me/u" -printf '%U:%G\n' | sort -u)"
    same 9:10:0600:file "$(getfattr -n $kept --only-values "$me/u/theirs" 2>/dev/null)"
    rm "$mnt/theirs"
    rm "$me/l/theirs"
    chown 0:0 "$mnt/d/f"
    chmod 4751 "$mnt/d/f"
    check_all
    # What somebody else's directory says is believed when that is asked for.
    unmount
    chown 1000 "$me/u"
    refuses 1 "belongs to user 1000" micafs -o "$(directories)" "$mnt"
    micafs -o "lowerdir=$me/u:$me/l" "$mnt"
    same "regular empty file" "$(stat -c %F "$mnt/d/null")"
    again "lowerdir=$me/u:$me/l,xattr_permissions=2"
    same "character special file" "$(stat -c %F "$mnt/d/null")"
}

# A layer as podman's storage makes it: fuse-overlayfs shows the same of it.
root_kept_owners_show_as_in_fuse_overlayfs() {
    mkdir -p "$me/l/d" "$me/mnt2"
    touch "$me/l/f" "$me/l/suid"
    ln -s f "$me/l/link"
    mkfifo "$me/l/fifo"
    chmod 700 "$me/l/f"
    as_fuse_overlayfs noacl
    setfattr -n $kept -v 5:6:0640 "$me/l/f"
    setfattr -n $kept -v 7:8:04755 "$me/l/suid"
    setfattr -n $kept -v 9:10:01777 "$me/l/d"
    as_fuse_overlayfs noacl # its root does not say that this means anything
    setfattr -n $kept -v 0:0:0555 "$me/l"
    as_fuse_overlayfs noacl
    as_fuse_overlayfs "$mapped"
    micafs -o "lowerdir=$me/l" "$mnt"
    same "5:6 640" "$(stat -c %u:%g\ %a "$mnt/f")"
    # Its own names: one that anybody can write, and root's.
    local name
    for name in user.fuseoverlayfs.override_stat security.fuseoverlayfs.override_stat; do
        unmount
        rm -r "$me/l"
        mkdir -p "$me/l/d"
        touch "$me/l/f"
        setfattr -n $name -v 11:12:40700 "$me/l"
        setfattr -n $name -v 13:14:100604 "$me/l/f"
        setfattr -n $name -v 15:16:41770 "$me/l/d"
        as_fuse_overlayfs noacl
        micafs -o "lowerdir=$me/l" "$mnt"
        same "13:14 604 11:12 700 15:16 1770" "$(stat -c %u:%g\ %a "$mnt/f" "$mnt" "$mnt/d" | xargs)"
    done
}

# Its own directories, in its own attribute.
root_owners_that_fuse_overlayfs_kept_are_read() {
    command -v fuse-overlayfs >/dev/null || skip "no fuse-overlayfs"
    local shown
    mkdir -p "$me/l" "$me/u" "$me/w" "$me/w2" "$me/mnt2"
    as fuse-overlayfs -o "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w,xattr_permissions=1" "$me/mnt2" 2>/dev/null
    (cd "$me/mnt2" && mkdir d && echo f >d/f && touch d/g && chmod 641 d/f && chmod 2770 d && chown 5:6 d/f && chown 7:8 d)
    shown=$(owners "$me/mnt2")
    grep -qx '/d/f f 641 5:6' <<<"$shown"
    umount "$me/mnt2"
    same 0:0 "$(stat -c %u:%g "$me/u/d/f")"
    micafs -o "lowerdir=$me/u:$me/l" "$mnt"
    same "$shown" "$(owners "$mnt")"
    again "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w2"
    same "$shown" "$(owners "$mnt" | grep -v '/\.wh\.')" # which in a branch is a name as any
    chmod 640 "$mnt/d/f"
    chown 8 "$mnt/d/g"
    same 5:6:0640:file "$(getfattr -n $kept --only-values "$me/u/d/f" 2>/dev/null)"
    shown=$(owners "$mnt" | grep -v '/\.wh\.')
    again "lowerdir=$me/u:$me/l"
    same "$shown" "$(owners "$mnt")"
    ! getfattr -d -m - "$mnt/d/f" | grep override_stat || fail "shown"
}

# A user namespace of one single id, as there is without subordinate ids: whoever is not that user cannot be said there, so
# everything is shown as one user's. Whose it is stays known all the same.
user_owners_are_kept_in_a_namespace_of_one_id() {
    as mkdir -p "$me/u" "$me/w" "$me/l2"
    import_made app "Tar().dir('./').dir('d', mode=0o2755, uid=9, gid=10).file('d/f', b'x', mode=0o755, uid=33, gid=34)
        .file('d/gone', b'').header('d/null', b'3', device=(1, 3))"
    as unshare --user --map-root-user --mount bash -eux -c '
        T=$1 me=$2 mnt=$3 store=$4
        micafs=$T/bin/micafs
        branch=upperdir=$me/u,workdir=$me/w,squash_to_root
        show() {
            find "$mnt" -printf "%P %y %m %U:%G\n" | LC_ALL=C sort
        }
        end() {
            pid=$(pgrep -f "^$micafs .*$mnt\$")
            umount "$mnt"
            "$T/bin/await" gone "$pid"
        }
        "$micafs" -o "store=$store,image=app,$branch" "$mnt"
        echo more >>"$mnt/d/f"
        chmod 622 "$mnt/d/null"
        mkfifo -m 600 "$mnt/fifo"
        rm "$mnt/d/gone"
        touch "$mnt/new"
        chmod 4711 "$mnt/d/f"
        shown=$(show)
        grep -qx "d/f f 4711 0:0" <<<"$shown"
        grep -qx "d/null c 622 0:0" <<<"$shown"
        grep -qx "fifo p 600 0:0" <<<"$shown"
        grep -qx "d d 2755 0:0" <<<"$shown"
        [ "$(stat -c "%u:%g %F" "$me/u/d/null" "$me/u/fifo" | sort -u)" = "0:0 regular empty file" ]
        end
        for how in "store=$store,image=app,$branch" "store=$store,image=app,$branch,xattr_permissions=2" \
            "lowerdir=$me/l2,ro,$branch" "lowerdir=$me/u,squash_to_root"; do
            "$micafs" -o "$how" "$mnt"
            [ "$(show)" = "$shown" ]
            [ "$(stat -c %t:%T "$mnt/d/null")" = 1:3 ]
            end
        done
    ' - "$T" "$me" "$mnt" "$store"
    local file
    for file in d=9:10:02755:dir d/f=33:34:04711:file d/null=0:0:0622:char-1-3 fifo=0:0:0600:pipe new=0:0:0644:file; do
        same "${file#*=}" "$(getfattr --only-values -n $kept "$me/u/${file%=*}" 2>/dev/null)"
    done
    # Where all ids can be said.
    micafs -o "lowerdir=$me/u" "$mnt"
    same "33:34 4711 9:10 2755 0:0 622" "$(as stat -c %u:%g\ %a "$mnt/d/f" "$mnt/d" "$mnt/d/null" | xargs)"
}

# ---- branches of the store

image() {
    import_made app "Tar().dir('./').file('f', b'image')"
}

says() { # BRANCH OWNERS
    grep -q "\"owners\":\"$2\"" "$store/branches/$1/branch.json" || fail "$(cat "$store/branches/$1/branch.json")"
}

each_a_branch_says_where_its_owners_are() {
    image
    mica mount --rw=work app "$mnt"
    mica umount "$mnt"
    mica mount --rw=kept -o xattr_permissions=2 app "$mnt"
    as mkfifo "$mnt/fifo"
    mica umount "$mnt"
    says kept xattr
    if [ "$identity" = user ]; then
        says work xattr
    else
        says work files
        refuses 1 "was created without xattr_permissions=2" mica mount --rw=work -o xattr_permissions=2 "$mnt"
        mica mount --rw=kept "$mnt" # and goes on so
        same "fifo regular empty file" "$(as stat -c %F "$mnt/fifo" "$store/branches/kept/upper/fifo" | xargs)"
        as chown 1:2 "$mnt/f"
        same 1:2:0644:file "$(as getfattr -n $kept --only-values "$store/branches/kept/upper/f" 2>/dev/null)"
    fi
}

# Of the directory that the store is in.
each_a_branch_inherits_no_access_lists() {
    image
    as setfacl -R -d -m u:0:rwx,o::- "$store"
    mica mount --rw=work app "$mnt"
    as mkdir "$mnt/d"
    as chmod 600 "$mnt/f"
    same "" "$(as getfattr -R -d -m - "$mnt")"
    same "755 755 600" "$(as stat -c %a "$mnt" "$mnt/d" "$mnt/f" | xargs)"
}

# Its files belong to others of the user's range: without it nobody could go on so.
space_a_branch_needs_who_can_give_files_away() {
    image
    mica mount --rw=work app "$mnt"
    as touch "$mnt/new"
    mica umount "$mnt"
    says work files
    identity=user
    refuses 1 "may not give files away" mica mount --rw=work "$mnt"
}

# What is a fifo by its attribute alone keeps its names together, also when it is found again by its place among the links.
root_links_of_kept_types() {
    mkdir "$me/l" "$me/u" "$me/w"
    setfattr -n $kept -v 0:0:0755:dir "$me/l"
    touch "$me/l/a"
    setfattr -n $kept -v 5:6:0600:pipe "$me/l/a"
    ln "$me/l/a" "$me/l/b"
    micafs -o "$(directories xattr_permissions=2)" "$mnt"
    mv "$mnt/a" "$mnt/x"
    mv "$mnt/b" "$mnt/y"
    same "fifo 2 fifo 2" "$(stat -c '%F %h' "$mnt/x" "$mnt/y" | xargs)"
    same "$(stat -c %i "$mnt/x")" "$(stat -c %i "$mnt/y")"
    again "$(directories xattr_permissions=2)"
    same "fifo 2 fifo 2" "$(stat -c '%F %h' "$mnt/x" "$mnt/y" | xargs)"
    same "$(stat -c %i "$mnt/x")" "$(stat -c %i "$mnt/y")"
}

# ---- redirects

each_redirects_are_not_followed_where_that_is_said() {
    as mkdir -p "$me/l/old" "$me/l/plain" "$me/u" "$me/w"
    as touch "$me/l/old/f"
    micafs -o "$(directories redirect_dir=on)" "$mnt"
    as mv "$mnt/old" "$mnt/new"
    as touch "$mnt/plain/f"
    again "$(directories redirect_dir=nofollow)"
    refuses 2 "Operation not permitted" as ls "$mnt/new"
    as ls "$mnt/plain/f"
    ! as mv -T "$mnt/plain" "$mnt/other" 2>"$T/mv" || as test -e "$mnt/other/f" # copied
    again "$(directories redirect_dir=nofollow,ro)"
    refuses 2 "Operation not permitted" as ls "$mnt/new"
    again "$(directories)"
    as test -e "$mnt/new/f"
}

main "$@"
