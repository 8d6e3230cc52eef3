# shellcheck shell=bash
# shellcheck disable=SC2119 # nothing_left without a word: no branches
# mica run: what the command is, gets and says.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

each_exit_statuses() {
    import zstd
    says 0 "hello from app" mica run --rm pyapp
    says 7 "" mica run --rm pyapp sh -c 'exit 7'
    says 139 "" mica run --rm pyapp python3 -c 'import ctypes; ctypes.string_at(0)'
    local runtime
    for runtime in crun runc; do
        says 0 "" mica run --rm --runtime "$runtime" pyapp true
        says 127 "" mica run --rm --runtime "$runtime" pyapp no-such-program
        says 127 "" mica run --rm --runtime "$runtime" pyapp /no/such/program
        says 126 "" mica run --rm --runtime "$runtime" pyapp /etc/passwd
    done
    says 125 "" mica run --rm --no-such-option pyapp true
    says 125 "" mica run --rm no-such-image true
    says 125 "" mica run
    refuses 125 'no user "nobody-here"' mica run --rm -u nobody-here pyapp true
    refuses 125 'runtime no-such' mica run --rm --runtime no-such pyapp true
    refuses 125 'neither is in PATH' as env PATH="$T/bin" "$T/bin/mica" --store "$store" run --rm pyapp true
    nothing_left
}

each_users() {
    import zstd
    says 0 "0:0 0" mica run --rm pyapp sh -c 'echo "$(id -u):$(id -g) $(id -G)"'
    says 0 "33:33 33 /var/www" mica run --rm -u www-data pyapp sh -c 'echo "$(id -u):$(id -g) $(id -G) $HOME"'
    says 0 "33:8 8" mica run --rm -u www-data:mail pyapp sh -c 'echo "$(id -u):$(id -g) $(id -G)"'
    says 0 "1234:0 0 /" mica run --rm -u 1234 pyapp sh -c 'echo "$(id -u):$(id -g) $(id -G) $HOME"'
    says 0 "1234:77" mica run --rm -u 1234:77 pyapp sh -c 'echo "$(id -u):$(id -g)"'
    # A program that sheds its group would be let in where the group is kept out: the group is among all others.
    says 0 "[33]" mica run --rm -u www-data pyapp python3 -c 'import os; print(os.getgroups())'
    says 0 "[8] 8" mica run --rm -u www-data: -u 33:8 pyapp python3 -c 'import os; print(os.getgroups(), os.getgid())'
    says 0 "[33] 33" mica run --rm -u www-data: pyapp python3 -c 'import os; print(os.getgroups(), os.getgid())'
    # The accounts of the branch count, not those of the image only; groups as well.
    mica run --branch accounts pyapp sh -c 'useradd -u 2000 new && groupadd -g 3000 more && usermod -aG more,mail new'
    says 0 "2000:2000 8 2000 3000" mica run --branch accounts -u new pyapp \
        sh -c 'echo "$(id -u):$(id -g) $(id -G | tr " " "\n" | sort -n | xargs)"'
    # A file that is none is not waited for, and a link does not lead to this machine's.
    mica run --branch bad pyapp sh -c 'rm /etc/passwd && mkfifo /etc/passwd && ln -sf /../../etc/passwd /etc/group'
    says 0 "12" mica run --branch bad -u 12 pyapp /usr/bin/id -u
    refuses 125 'no user "www-data"' mica run --branch bad -u www-data pyapp true
    nothing_left 2
}

each_variables_and_directories() {
    import zstd
    export SECRET=hidden SHOWN=yes
    says 0 "1 yes pyapp" as env SHOWN=yes "$T/bin/mica" --store "$store" run --rm -e A=1 -e SHOWN -e NOT_HERE pyapp sh -c 'echo "$A" "$SHOWN" "$APP"'
    mica run --rm pyapp env >variables
    ! grep -q -e SECRET -e SHOWN -e MICA variables || fail "variables leak"
    grep -qx 'container=mica' variables
    grep -qx 'HOME=/root' variables
    same / "$(mica run --rm pyapp pwd)"
    same /srv "$(mica run --rm -w /srv pyapp pwd)"
    says 0 "box box" mica run --rm --hostname box pyapp sh -c 'echo "$(hostname) $(cat /etc/hostname)"'
    says 0 "one two" mica run --rm --entrypoint echo pyapp one two
    says 0 "a b c" mica run --rm --entrypoint '["echo", "a", "b"]' pyapp c
    same 0022 "$(umask 077; mica run --rm pyapp sh -c umask)"
}

each_what_a_container_has() {
    import zstd
    mica run --rm pyapp sh -c 'for f in /proc/self/status /dev/null /dev/zero /dev/urandom /dev/tty /dev/pts/ptmx /dev/shm \
        /sys/class /etc/hosts /etc/resolv.conf; do [ -e $f ] || echo "no $f"; done; head -c 1 /dev/zero >/dev/null' >out
    same "" "$(cat out)"
    same lo "$(mica run --rm pyapp ls /sys/class/net)"
    mica run --rm pyapp grep -q localhost /etc/hosts
    same "$(cat /etc/resolv.conf)" "$(mica run --rm --network host pyapp cat /etc/resolv.conf)"
    same "$(ls /sys/class/net)" "$(mica run --rm --network host pyapp ls /sys/class/net)"
    # Nothing of the machine's can be written, and no power is there that other tools do not give.
    says 2 "" mica run --rm pyapp sh -c 'echo 1 >/proc/sys/kernel/hostname'
    says 32 "" mica run --rm pyapp sh -c 'mount -t tmpfs none /mnt'
    same 00000000800405fb "$(mica run --rm pyapp sed -n 's/^CapEff:\t//p' /proc/self/status)"
    same 0000000000000000 "$(mica run --rm -u 1 pyapp sed -n 's/^CapEff:\t//p' /proc/self/status)"
    same 2 "$(mica run --rm pyapp sed -n 's/^Seccomp:\t//p' /proc/self/status)"
    nothing_left
}

# The filter is the engines': calls that they refuse are refused, and without the machine's network its hypervisor's sockets.
# shellcheck disable=SC2016
each_system_calls() {
    import zstd
    local answers='import ctypes, os, platform, socket
libc = ctypes.CDLL(None, use_errno=True)
numbers = {"x86_64": (279, 425, 437), "aarch64": (239, 425, 437)}[platform.machine()]
def call(*words):
    ctypes.set_errno(0)
    return libc.syscall(*words) and ctypes.get_errno()
print(*(call(n, 0, 0, 0, 0, 0, 0) for n in numbers), end=" ")
for family in (40, 40 + (1 << 32), 42, 32, 1, 16):
    fd = libc.socket(ctypes.c_long(family), 1 if family != 16 else 3, 0)
    print("yes" if fd >= 0 else ctypes.get_errno(), end=" ")
print(libc.socket(16, 3, 9) > 0 and "yes" or ctypes.get_errno())'
    # move_pages is EPERM, io_uring_setup is not there (ENOSYS), openat2 is (EINVAL: it has no size).
    says 0 "1 38 22 97 97 97 97 yes yes 22" mica run --rm pyapp python3 -c "$answers"
    same 2 "$(mica run --rm pyapp sed -n 's/^Seccomp:\t//p' /proc/self/status)"
    if [ -e /dev/vsock ]; then
        says 0 "1 38 22 yes yes yes yes 22" mica run --rm --network host pyapp python3 -c "${answers/42, 32, /}"
    fi
    if command -v runc >"$T/which"; then
        says 0 "1 38 22 97 97 97 97 yes yes 22" mica run --rm --runtime runc pyapp python3 -c "$answers"
    fi
}

# A file that makes no sense is named; without one there is a filter as well.
root_files_of_the_filter() {
    import zstd
    local file=/usr/share/containers/seccomp.json refused
    refused=$(mica run --rm pyapp sed -n 's/^Seccomp_filters:\t//p' /proc/self/status)
    mount -t tmpfs tmpfs "${file%/*}"
    same "$refused" "$(mica run --rm pyapp sed -n 's/^Seccomp_filters:\t//p' /proc/self/status)"
    echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"]}]}' >"$file"
    refuses 125 "$file: rule 1 of \"syscalls\": a rule has an unknown action" mica run --rm pyapp true
    refuses 1 "$file: rule 1 of \"syscalls\": a rule has an unknown action" mica bundle pyapp "$me/b"
    echo '{"defaultAction"' >"$file"
    refuses 125 "$file: " mica run --rm pyapp true
    umount "${file%/*}"
    nothing_left
}

# A descriptor that somebody left open is not the container's.
each_descriptors() {
    import zstd
    exec 7</etc/passwd 9>"$me/nine"
    same "0 1 2 3" "$(mica run --rm pyapp sh -c 'ls /proc/self/fd' | xargs)"
    exec 7<&- 9>&-
}

each_streams() {
    import zstd
    same data "$(echo data | mica run --rm -i pyapp cat)"
    same "" "$(echo data | mica run --rm pyapp cat)"
    mica run --rm pyapp sh -c 'echo out; echo err >&2' >out 2>err
    same out "$(cat out)"
    same err "$(cat err)"
    head -c 20000000 /dev/urandom >random
    mica run --rm -i pyapp sh -c 'tee /copy' <random >copied
    cmp random copied
}

each_volumes() {
    import zstd
    as mkdir shared
    as sh -c 'echo here >shared/file; chmod 777 shared'
    says 0 here mica run --rm -v ./shared:/a/b pyapp cat /a/b/file
    mica run --rm -v "$me/shared:/a" pyapp sh -c 'echo there >/a/new'
    same there "$(cat shared/new)"
    says 2 "" mica run --rm -v "$me/shared:/a:ro" pyapp sh -c 'echo no >/a/file'
    says 0 here mica run --rm -v "$me/shared/file:/etc/motd" pyapp cat /etc/motd
    says 125 "" mica run --rm -v shared:/a pyapp true
    grep -q 'named volumes are not supported' "$T/err"
    nothing_left
}

# Where a volume goes is found out within the root, whatever link an image has there.
each_volumes_below_links() {
    import zstd
    as sh -c 'mkdir shared; echo here >shared/file'
    mica run --branch links pyapp sh -c 'ln -s /no/where /dangling; ln -s ../../../../proc/sys /astray; ln -s /dev /out'
    says 0 here mica run --branch links -v ./shared:/dangling/x pyapp cat /no/where/x/file
    says 125 "" mica run --branch links -v ./shared:/astray/kernel pyapp true
    grep -q 'a link of the image leads to /proc/sys/kernel' "$T/err"
    mica bundle --branch links -v ./shared:/dangling pyapp "$me/b" cat /no/where/file
    grep -q '"destination": "/no/where"' b/config.json
    mica bundle --rm b
    nothing_left 1
}

# What is mounted beneath a volume is no more to the container than the volume: "ro" is of all of it, and devices are not usable.
root_volumes_with_mounts_beneath() {
    import zstd
    mkdir -p shared/below
    mount -t tmpfs tmpfs shared/below
    echo here >shared/below/file
    mknod -m 666 shared/below/null c 1 3
    local runtime
    for runtime in crun runc; do
        says 2 "" mica run --rm --runtime "$runtime" -v ./shared:/a:ro pyapp sh -c 'echo no >/a/below/new'
        same "" "$(mica run --rm --runtime "$runtime" -v ./shared:/a pyapp cat /a/below/null 2>&1 | grep -v 'denied\|No such' || true)"
        mica bundle -v ./shared:/a:ro pyapp "$me/b"
        grep -q '"rro"' b/config.json
        mica bundle --rm b
    done
    same "here" "$(cat shared/below/file)"
    same "$(printf "%s\n" file null)" "$(ls shared/below)"
    umount shared/below
    nothing_left
}

# With the machine's network comes its /sys, but nothing of the kernel's that is mounted there: it is root's, as the container is.
root_file_systems_in_sys() {
    import zstd
    local made=(/sys/power)
    mount -t tmpfs tmpfs /sys/power
    if ! mountpoint -q /sys/fs/fuse/connections; then
        mount -t fusectl fusectl /sys/fs/fuse/connections
        made+=(/sys/fs/fuse/connections)
    fi
    if [ -d /sys/kernel/tracing ] && ! mountpoint -q /sys/kernel/tracing; then
        mount -t tracefs tracefs /sys/kernel/tracing
        made+=(/sys/kernel/tracing)
    fi
    local runtime
    for runtime in crun runc; do
        same "" "$(mica run --rm --runtime "$runtime" --network host pyapp sh -c 'touch /sys/power/new; ls /sys/fs/fuse/connections \
            $(ls -d /sys/kernel/tracing); grep " /sys[/ ]" /proc/self/mountinfo | cut -d" " -f6 | grep -v ^ro,' 2>"$T/err" |
            grep -v '^$\|^/sys/.*:$' || true)"
        grep -q 'Read-only file system' "$T/err"
    done
    umount "${made[@]}"
    nothing_left
}

each_read_only() {
    import zstd
    says 2 "" mica run --read-only pyapp sh -c 'echo no >/file'
    says 2 "" mica run --read-only pyapp sh -c 'echo no >>/etc/hosts'
    says 2 "" mica run --read-only pyapp sh -c 'echo no >/etc/hostname'
    mica run --read-only pyapp sh -c 'echo yes >/tmp/a && echo yes >/var/tmp/a && echo yes >/run/a'
    nothing_left
    mica run --branch b pyapp sh -c 'echo kept >/file'
    says 0 kept mica run --read-only --branch b pyapp cat /file
    says 2 "" mica run --read-only --branch b pyapp sh -c 'echo no >/file'
    # What is mounted over links that lead to /proc stays away from it.
    mica run --branch b pyapp sh -c 'rm -rf /run; ln -s /proc/sys /run'
    says 0 "" mica run --read-only --branch b pyapp sh -c '! grep -E " /proc/sys .* - tmpfs" /proc/self/mountinfo'
    nothing_left 1
}

# Device nodes of an image, which are root's and open to all, are not usable; runtimes are not trusted with it.
each_devices_of_an_image() {
    import_made devices 'Tar().header("null", b"3", mode=0o666, device=(1, 3)).dir("bin")'
    local runtime
    for runtime in crun runc; do
        says 0 "character special file" mica run --rm --runtime "$runtime" -v /bin/busybox:/bin/busybox devices \
            /bin/busybox stat -c %F /null
        says 1 "" mica run --rm --runtime "$runtime" -v /bin/busybox:/bin/busybox devices /bin/busybox cat /null
        grep -q 'Permission denied' "$T/err"
    done
}

# Devices of a container are its own: what becomes of them is nothing to the machine.
root_devices_are_the_container_s() {
    import zstd
    local runtime before
    before=$(stat -c '%d %i %a' /dev/null)
    for runtime in crun runc; do
        [ "$(mica run --rm --runtime "$runtime" pyapp stat -c '%d %i' /dev/null)" != "$(stat -c '%d %i' /dev/null)" ] ||
            fail "$runtime shows the machine's /dev/null"
    done
    same "$before" "$(stat -c '%d %i %a' /dev/null)"
}

main "$@"
