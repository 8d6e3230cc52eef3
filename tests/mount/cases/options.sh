#!/bin/bash
# Mount options, one by one: each works, or is refused as wrong usage before anything is mounted.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Every option of micafs(8), of mount.fuse3(8) (3.14) and, of mount(8) (2.38), each that is independent of the file system;
# then what becomes of it: `ok`, with words that mountinfo then has or, after "!", has not; `2`, refused with that status;
# `1`, refused with that; `noted`, as unknown options are. Where root's mount differs from others' there are two.
table() {
    cat <<'TABLE'
lowerdir=LOW                         ok
lowerdir                             2
image=small,store=STORE              ok ro nosuid nodev
image=none,store=STORE               1
image=small,store=STORE,views        ok ro nosuid nodev
image=small,store=STORE,layer=1      ok ro nosuid nodev
image=small,store=STORE,upto=1       ok ro nosuid nodev
image=small,store=STORE,upto=1,layer=1  1
image=small,store=STORE,layer=2      1
image=small,store=STORE,upto=0       2
views                                1
layer=1                              1
upto=1                               1
store=STORE                          ok
upperdir=UP,workdir=WORK             ok rw
upperdir=UP                          1
workdir=WORK                         1
image=small,store=STORE,branch=b,branch_make=new  ok rw nosuid nodev
branch=b,store=STORE                 ok rw nosuid nodev
branch=b,store=STORE,ro              ok ro
branch=b,store=STORE,branch_make=ever  2
upperdir=UP,workdir=WORK,ro          ok ro
upperdir=UP,workdir=WORK,rw          ok rw
ro                                   ok ro
rw                                   ok ro
redirect_dir=on                      ok
redirect_dir=off                     ok
redirect_dir=follow                  ok
redirect_dir=nofollow                ok
redirect_dir=maybe                   2
metacopy=on                          ok
metacopy=off                         ok
userxattr                            ok
volatile                             ok
insecure_dirs                        ok
fsync=0                              ok
fsync=1                              ok
uidmapping=0:0:65536                 ok
gidmapping=0:0:65536                 ok
squash_to_root                       ok
squash_to_uid=7                      ok
squash_to_gid=7                      ok
xattr_permissions=0                  ok
xattr_permissions=2                  ok
xattr_permissions=1                  2
static_nlink                         ok
index=on                             ok
index=off                            ok
xino=on                              ok
xino=off                             ok
xino=auto                            ok
nfs_export=off                       ok
timeout=5                            ok
timeout=x                            2
passthrough=off                      ok
wakeup=auto                          ok
wakeup=look                          ok
wakeup=follow                        ok
wakeup=never                         2
wakeup                               2
threaded=1                           ok
threaded                             ok
threaded=0                           ok
max_idle_threads=2                   ok
default_permissions                  ok default_permissions
noacl                                ok
suid                                 root:ok !nosuid
nosuid                               ok nosuid
dev                                  root:ok !nodev
nodev                                ok nodev
allow_suid                           root:ok !nosuid
allow_dev                            root:ok !nodev
exec                                 ok !noexec
noexec                               ok noexec
sync                                 ok
async                                ok
dirsync                              root:ok dirsync
noatime                              ok noatime
max_read=4096                        ok max_read=4096
max_read=131072                      ok max_read=131072
max_read=1048576                     ok max_read=1048576
max_read=0                           ok
max_read=                            2
max_read=4k                          2
fsname=a\,b                          ok
subtype=x                            ok
debug                                foreground
allow_root                           2
blkdev                               2
blksize=512                          2
fd=3                                 2
rootmode=40000                       2
user_id=0                            2
group_id=0                           2
max_write=4096                       noted
async_read                           noted
# Words of mount(8) that mean nothing here: tried by root alone, for they go no further than the table of options.
atime                                ok
diratime                             ok
nodiratime                           ok
relatime                             ok
norelatime                           ok
strictatime                          ok
nostrictatime                        ok
lazytime                             ok
nolazytime                           ok
defaults                             ok
auto                                 ok
noauto                               ok
user                                 ok
nouser                               ok
users                                ok
owner                                ok
group                                ok
nofail                               ok
_netdev                              ok
comment=x                            ok
private                              ok
rprivate                             ok
slave                                ok
rslave                               ok
shared                               ok
rshared                              ok
silent                               ok
loud                                 ok
nomand                               ok
noiversion                           ok
x-systemd.requires=y                 ok
mand                                 2
iversion                             2
nosymfollow                          2
bind                                 2
rbind                                2
move                                 2
loop                                 2
fast_ino=1                           ok
nonsense                             noted
TABLE
}

# Those that are tried by tests of their own: what they take, a machine may not have, or they take no mount of their own.
elsewhere=(context fscontext defcontext rootcontext nfs_export passthrough remount allow_other auto_unmount)

# What the program knows and what its manual names is in the table.
root_the_table_is_whole() {
    local named word missing=
    named=$({
        sed -nE 's/^    (\{|[A-Z_]+\()"([a-z_]+)".*/\2/p' "$root/fuse/union/option_rules.c"
        sed -n '/^\.Sh MOUNT OPTIONS/,/^\.Sh MOUNT(8)/s/^\.It Cm //p' "$root/fuse/man/micafs.8" | tr ',' '\n' |
            sed -E 's/^ *(Cm )?//; s/[= ].*//'
    } | sort -u)
    [ "$(wc -l <<<"$named")" -gt 70 ] || fail "found only: $named"
    for word in $named; do
        table | sed -E 's/ .*//' | tr ',' '\n' | grep -qE "^$word(=|$)" || printf '%s\n' "${elsewhere[@]}" | grep -qx "$word" ||
            missing+=" $word"
    done
    same "" "$missing"
}


has_words() { # OPTION WORD...: what mountinfo has, and has not
    local option=$1 word there
    shift
    there=$(as cat /proc/self/mountinfo | awk -v at="$mnt" '$5 == at { print $6 "," $NF }' | tr ',' '\n')
    for word in "$@"; do
        if [ "${word#!}" = "$word" ]; then
            grep -qx -- "$word" <<<"$there" || fail "$option: not $word: $(xargs <<<"$there")"
        else
            ! grep -qx -- "${word#!}" <<<"$there" || fail "$option: $word: $(xargs <<<"$there")"
        fi
    done
}

unmount() {
    local pid
    if [ "$identity" = user ]; then as fusermount3 -u "$mnt"; else as umount "$mnt"; fi
    for pid in $(daemons); do
        await gone "$pid"
    done
}

# Mounts with an option and looks at what becomes of it.
try() { # OPTION RESULT WORD...
    local option=$1 result=$2 got=0 said all file=f
    shift 2
    all=$(sed "s|STORE|$store|; s|LOW|$me/low|; s|UP|$me/up|; s|WORK|$me/work|" <<<"$option")
    case $option in *image=* | *branch=* | lowerdir*) ;; *) all="lowerdir=$me/low,$all" ;; esac
    said=$(micafs -o "$all" "$mnt" 2>&1) || got=$?
    case $result in
    1 | 2)
        same "$option $result" "$option $got"
        [ "$(wc -l <<<"$said")" = 1 ] || fail "$option: says \"$said\""
        no_mount
        return
        ;;
    noted) same "$option: micafs: unknown option ignored: $option" "$option: $said" ;;
    *) same "$option: " "$option: $said" ;;
    esac
    same "$option 0" "$option $got"
    [[ $option != *,views ]] || file=root/f
    same "$option text" "$option $(as cat "$mnt/$file")"
    [ $# = 0 ] || has_words "$option" "$@"
    unmount
}

each_options_one_by_one() {
    local option result words
    import_made small 'Tar().file("f", b"text\n")'
    as mkdir "$me/low" "$me/up" "$me/work"
    as sh -c 'echo text >"$1/f"' - "$me/low"
    while read -r option result words; do
        if [ "$option" = "#" ] || [ "$result" = foreground ]; then # each_debug has that
            [ "$option" != "#" ] || [ "$identity" = root ] || break
            continue
        fi
        [ "$identity" = root ] || [ "$result" = "${result#root:}" ] || words=
        # shellcheck disable=SC2086 # words
        try "$option" "${result#root:}" $words
        as rm -rf "$me/work/work"
    done < <(table)
}

# -d stays in the foreground and tells what is asked.
each_debug() {
    as mkdir "$me/low"
    micafs -o "lowerdir=$me/low,debug" "$mnt" 2>"$T/said" &
    await mounted "$mnt"
    unmount
    wait $!
    grep -q opcode "$T/said" || fail "nothing is told"
}

# Where INIT fails there is no mount, and the daemon says so: with the library's own words this once was exit status 0.
each_an_init_that_fails_is_told() {
    as mkdir "$me/low"
    refuses 2 'number of bytes' micafs -o "lowerdir=$me/low,max_read=4294967296" "$mnt"
    no_mount
}

# The daemon is killed, and nothing is left on the mount point. (fusermount3 3.14 does not do it for an ordinary user's mount.)
each_auto_unmount() {
    as mkdir "$me/low"
    micafs -o "lowerdir=$me/low,auto_unmount" "$mnt"
    if [ "$identity" = user ]; then
        unmount
        return
    fi
    kill -KILL "$(daemon)"
    await unmounted "$mnt"
    no_mount
}

# A mount with another type is still the store's.
each_subtype() {
    import_made small 'Tar().file("f", b"text\n")'
    mica mount -o subtype=x small "$mnt"
    has_words subtype=x
    same fuse.x "$(as findmnt -n -o FSTYPE "$mnt")"
    same "mounted small" "$(mica mounts --json | jq -r '.[] | select(.mountpoint == "'"$mnt"'") | .state + " " + .image')"
    refuses 1 'already mounted' mica mount small "$mnt"
    mica umount "$mnt"
    no_mount
    mica mount -o subtype=x small "$mnt"
    mica umount --all
    no_mount
    # What is of no store stays somebody else's.
    as mkdir "$me/low"
    micafs -o "lowerdir=$me/low,subtype=x" "$mnt"
    refuses 1 'of type fuse.x, not of mica' mica umount "$mnt"
    unmount
}

each_wrong_usage_is_told_by_mica() {
    import_made small 'Tar().file("f", b"text\n")'
    refuses 2 'seconds' mica mount -o timeout=x small "$mnt"
    refuses 2 'checks permissions' mica mount -o allow_root small "$mnt"
    refuses 2 'for mount.8.' mica mount -o remount,ro small "$mnt"
    refuses 1 'no branch|none' mica mount -o branch=none small "$mnt"
    no_mount
}

main "$@"
