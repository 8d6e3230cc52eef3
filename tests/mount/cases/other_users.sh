#!/bin/bash
# What another local user can do with somebody's mount: no more than modes and owners of its files let him, and nothing by
# set-user-ID programs and device nodes of an image.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

other() { # CMD...: somebody who has nothing to do with it
    local -
    set +x
    setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$@"
}

denied() { # CMD...
    ! other "$@" >"$T/denied" 2>&1 || fail "another user may: $*: $(cat "$T/denied")"
    grep -qE 'Permission denied|Operation not permitted' "$T/denied" || fail "$*: $(cat "$T/denied")"
}

# user_allow_other, for this test's mount namespace only.
let_others_in() {
    [ "$(id -u)" = 0 ] || skip "only root can become another user"
    echo user_allow_other >"$T/fuse.conf"
    mount --bind "$T/fuse.conf" /etc/fuse.conf
}

secrets() {
    import_made secrets 'Tar().file("public", b"public\n").file("secret", b"secret\n", mode=0o600).file("etc/shadow", b"root:x\n", mode=0o640).dir("closed", mode=0o700).file("closed/f", b"x\n").dir("open", mode=0o755)'
}

# Reading what is closed, writing what is not his, making, removing, changing.
only_what_permissions_give() { # [rw]
    same public "$(other cat "$mnt/public")"
    other ls "$mnt/open"
    denied cat "$mnt/secret"
    denied cat "$mnt/etc/shadow"
    denied ls "$mnt/closed"
    denied cat "$mnt/closed/f"
    [ "${1-}" = rw ] || return 0
    denied sh -c 'echo x >>"$1"' - "$mnt/secret"
    denied sh -c 'echo x >>"$1"' - "$mnt/public"
    denied touch "$mnt/open/new"
    denied rm "$mnt/public"
    denied mv "$mnt/public" "$mnt/other"
    denied chmod 666 "$mnt/secret"
    denied chown nobody "$mnt/secret"
    denied setfattr -n user.x -v y "$mnt/public"
    denied truncate -s 0 "$mnt/public"
}

ended() {
    local pid
    for pid in $(daemons); do
        await gone "$pid"
    done
    no_mount
}

# -o allow_other of a user, of an image and of directories: once everybody could read and write all of it.
user_allow_other() {
    let_others_in
    secrets
    mica mount -o allow_other secrets "$mnt"
    only_what_permissions_give
    mica umount "$mnt"
    mica mount --rw=b -o allow_other secrets "$mnt"
    only_what_permissions_give rw
    mica umount "$mnt"
    as mkdir -p "$me/low/etc" "$me/low/open" "$me/up" "$me/work"
    as mkdir -m 700 "$me/low/closed"
    as sh -c 'cd "$1" && echo public >public && echo secret >secret && echo x >closed/f && echo x >etc/shadow && chmod 600 secret etc/shadow' - "$me/low"
    micafs -o "lowerdir=$me/low,allow_other" "$mnt"
    only_what_permissions_give
    as umount "$mnt"
    ended
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work,allow_other" "$mnt"
    only_what_permissions_give rw
    # Who mounts is let do what the files' owner may.
    as sh -c 'cat "$1/secret" && echo y >"$1/open/new"' - "$mnt"
    as umount "$mnt"
    ended
    # Without the option it is that user's alone.
    micafs -o "lowerdir=$me/low" "$mnt"
    denied ls "$mnt"
    as umount "$mnt"
    ended
}

root_mounts() {
    secrets
    mica mount secrets "$mnt"
    only_what_permissions_give
    mica umount "$mnt"
    mica mount --rw=b secrets "$mnt"
    only_what_permissions_give rw
    mica umount "$mnt"
}

# An image's set-user-ID program makes nobody root, and its device nodes open nothing, by whatever way root mounts it.
root_set_user_id_and_devices_of_an_image() {
    local how
    import_made armed 'Tar().file("id", open("/usr/bin/id", "rb").read(), mode=0o4755).header("null", b"3", mode=0o666, device=(1, 3))'
    mkdir "$T/up" "$T/work"
    for how in "mica mount armed $mnt" "mica mount --rw=b armed $mnt" \
        "$T/bin/micafs -o store=$store armed $mnt" "$T/bin/micafs -o store=$store,branch=b $mnt" \
        "$T/bin/micafs -o store=$store,image=armed,upperdir=$T/up,workdir=$T/work $mnt" \
        "$T/sbin/mount.micafs armed $mnt -o rw,store=$store" "$T/bin/micafs armed $mnt -o rw,store=$store,dev,suid"; do
        mkdir -p "$T/sbin"
        ln -sf "$T/bin/micafs" "$T/sbin/mount.micafs"
        $how
        same "$(id -u nobody)" "$(other "$mnt/id" -u)"
        denied sh -c ': <"$1"' - "$mnt/null"
        umount "$mnt"
        ended
    done
    # Root can have it so.
    mica mount -o suid,dev armed "$mnt"
    same 0 "$(other "$mnt/id" -u)"
    other sh -c ': <"$1"' - "$mnt/null"
    mica umount "$mnt"
}

# The owner of a file in the upper who has a lease on it (fcntl(2)) once made everybody wait for him, most of a minute each time.
root_leases_of_another_make_nobody_wait() {
    mkdir -p "$me/low" "$me/up" "$me/work"
    echo low >"$me/low/l"
    echo up >"$me/up/u"
    chown nobody "$me/low/l" "$me/up/u"
    mkfifo "$T/leased"
    other /usr/bin/python3 - "$me/low/l" "$me/up/u" >"$T/leased" <<'PYTHON' &
import fcntl, os, signal, sys, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
fds = [os.open(name, os.O_RDWR) for name in sys.argv[1:]]
for fd in fds:
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print(os.getpid(), flush=True)
signal.pause()
signal.pause()
PYTHON
    local holder
    read -r holder <"$T/leased"
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    refuses 1 "temporarily unavailable" timeout 5 cat "$mnt/u"
    refuses 1 "temporarily unavailable" timeout 5 truncate -s 1 "$mnt/u"
    refuses 1 "temporarily unavailable" timeout 5 cat "$mnt/l"
    timeout 5 ls "$mnt" >/dev/null
    kill "$holder"
    await gone "$holder"
    same up "$(cat "$mnt/u")"
    umount "$mnt"
    ended
}

# Who makes files without a name (O_TMPFILE) for as long as he may leaves everybody else what opening a file takes: the daemon
# keeps each of them open, and once answered everything with EMFILE.
root_nameless_files_of_another_take_from_nobody() {
    mkdir -p "$me/low/d" "$me/up" "$me/work"
    chmod 777 "$me/low/d"
    for i in 1 2 3; do echo low >"$me/low/f$i"; done
    (ulimit -n 400 && micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt")
    mkfifo "$T/held" "$T/go"
    exec 9<>"$T/go"
    other /usr/bin/python3 - "$mnt/d" 3<"$T/go" >"$T/held" <<'PYTHON' &
import errno, os, sys
held = []
try:
    for i in range(500):
        held.append(os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR))
except OSError as e:
    print(len(held) > 100, errno.errorcode[e.errno], flush=True)
os.read(3, 1)
PYTHON
    local said
    read -r said <"$T/held"
    same "True ENFILE" "$said"
    same low "$(cat "$mnt/f1")"
    echo new >"$mnt/f2"
    echo new >"$mnt/d/new"
    rm "$mnt/f3"
    mkdir "$mnt/d2"
    ls "$mnt/d" >/dev/null
    echo >&9
    wait $!
    other /usr/bin/python3 -c 'import os, sys; os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR)' "$mnt/d"
    umount "$mnt"
    ended
}

# A lower file with a secret, and directories for the union that belong to another user.
directories_of_another() {
    mkdir -p "$me/low" "$me/up/sub" "$me/work/work"
    echo secret >"$me/low/secret"
    chown root:root "$me/low/secret"
    chmod 640 "$me/low/secret"
    chown -R nobody:nogroup "$me/up" "$me/work"
    chmod 755 "$me" "$me/up" "$me/work"
}

# Who owns the work directory once read what was copied up by root: files that are made in there inherit its default access list.
root_default_access_lists_of_another_give_nothing() {
    local list
    directories_of_another
    list="u:$(id -u nobody):rwx"
    other setfacl -d -m "$list" "$me/work" "$me/work/work"
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work,insecure_dirs" "$mnt"
    other setfacl -d -m "$list" "$me/work/work" 2>/dev/null || true # the daemon drops it when it starts
    other setfacl -d -m "$list" "$me/up" "$me/work"
    echo more >>"$mnt/secret"
    same 640 "$(stat -c '%a' "$me/up/secret")"
    denied cat "$me/up/secret"
    denied cat "$mnt/secret"
    umount "$mnt"
    ended
}

# A daemon that /proc does not show, since hidepid= hides root's from others, has its lock all the same.
root_hidden_daemon_has_its_lock() {
    mkdir -p "$me/low" "$me/up" "$me/work" "$me/work2" "$me/mnt2"
    chmod 755 "$me"
    chown "$MICA_TEST_USER:" "$me/up" "$me/work" "$me/work2" "$me/mnt2"
    micafs -o "insecure_dirs,lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    # shellcheck disable=SC2016 # for the shell in there
    refuses 1 "in use by another mount" unshare -m sh -c \
        'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid "$1" --regid "$1" --clear-groups "$2" -o "$3" "$4"' - \
        "$MICA_TEST_USER" "$T/bin/micafs" "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work2" "$me/mnt2"
    umount "$mnt"
    ended
}

# Whoever may open an upper can lock it; that once kept root from mounting it, also by a lock that its maker left to others.
root_locks_of_another_keep_nobody_out() {
    local how
    mkdir -p "$me/low" "$me/up" "$me/work" "$me/mnt2"
    chmod 755 "$me" "$me/up" "$me/work"
    for how in --shared --exclusive; do
        mkfifo "$T/hold"
        other flock $how "$me/up" sh -c 'cat "$1"' - "$T/hold" &
        # Its maker has ended.
        (other sh -c 'flock "$1" "$2" sh -c "cat <$3 & exit"' - $how "$me/work" "$T/hold") &
        exec 9>"$T/hold"
        until [ "$(grep -c " FLOCK .*:$(stat -c %i "$me/up") \| FLOCK .*:$(stat -c %i "$me/work") " /proc/locks)" = 2 ]; do
            sleep 0.1
        done
        micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
        touch "$mnt/new"
        # The lock on what nobody else can open holds all the same.
        refuses 1 "in use by another mount" micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$me/mnt2"
        umount "$mnt"
        ended
        exec 9>&-
        wait
        rm "$T/hold"
    done
}

stranger_locks() { # DIRECTORY
    coproc stranger { other flock --shared "$1" sh -c 'echo; exec cat'; }
    read -r <&"${stranger[0]}"
}

stranger_goes() {
    # shellcheck disable=SC2154 # set by coproc
    local pid=$stranger_PID
    eval "exec ${stranger[1]}>&-"
    wait "$pid"
}

# While a stranger's lock lay on its upper a daemon got none there, and a second one with another work directory came in once the
# stranger had gone: two wrote to one upper.
root_no_second_daemon_when_a_stranger_has_gone() {
    local branch="lowerdir=$me/low,upperdir=$me/up"
    mkdir -p "$me/low" "$me/up" "$me/work" "$me/work2" "$me/mnt2"
    chmod 755 "$me" "$me/up"
    stranger_locks "$me/up"
    micafs -o "$branch,workdir=$me/work" "$mnt"
    refuses 1 "in use by another mount" micafs -o "$branch,workdir=$me/work2" "$me/mnt2"
    stranger_goes
    refuses 1 "in use by another mount" micafs -o "$branch,workdir=$me/work2" "$me/mnt2"
    # One that is killed leaves its claim, which keeps nobody out; one that ends leaves none.
    kill -9 "$(daemon)"
    umount -l "$mnt"
    ended
    getfattr -d -m mica.writer "$me/up" | grep -q "$(printf 'mica.writer.%x=' "$(stat -c %i "$me/work/work")")"
    micafs -o "$branch,workdir=$me/work2" "$mnt"
    same "" "$(getfattr -d -m mica.writer "$me/up")"
    umount "$mnt"
    ended
    # Where nothing can say that there is no lock, the stranger's counts.
    mkdir "$me/ramfs"
    mount -t ramfs ramfs "$me/ramfs"
    mkdir "$me/ramfs/up" "$me/ramfs/work"
    stranger_locks "$me/ramfs/up"
    refuses 1 "another user has upperdir .* locked" micafs -o "lowerdir=$me/low,upperdir=$me/ramfs/up,workdir=$me/ramfs/work" "$mnt"
    stranger_goes
    umount "$me/ramfs"
}

# A mount that a user made in an upper is nosuid; through root's mount of that upper its set-user-ID programs once were root's.
root_mounts_of_another_in_the_upper_are_not_crossed() {
    let_others_in
    directories_of_another
    chown -R "$test_user:$test_user" "$me/up" "$me/work"
    mkdir "$T/users"
    chown "$test_user" "$T/users"
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work,insecure_dirs,suid" "$mnt"
    local before=("$me" "$store")
    identity=user me=$T/users store=$T/users/store
    import_made armed 'Tar().file("id", open("/usr/bin/id", "rb").read(), mode=0o4755)'
    mica mount -o allow_other armed "${before[0]}/up/sub"
    identity=root me=${before[0]} store=${before[1]}
    # As a user's own mount it gives nobody anything.
    same "$(id -u nobody)" "$(other "$me/up/sub/id" -u)"
    [ ! -e "$mnt/sub/id" ] || same "$(id -u nobody)" "$(other "$mnt/sub/id" -u)"
    [ ! -e "$mnt/sub/id" ]
    umount "$mnt" "$me/up/sub"
    ended
}

main "$@"
