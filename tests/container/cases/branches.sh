# shellcheck shell=bash
# shellcheck disable=SC2119 # nothing_left without a word: no branches
# mica run: where changes go, and whose files are.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

each_branches_are_kept() {
    import zstd
    mica run --branch work pyapp sh -c 'echo 1 >/f && chown 33:8 /f && chmod 4755 /f && mkdir /d && chown 42 /d && rm /etc/issue'
    same "33:8 4755 /f 42:0 755 /d" "$(mica run --branch work pyapp stat -c '%u:%g %a %n' /f /d | xargs)"
    says 1 "" mica run --branch work pyapp test -e /etc/issue
    # Mounted without a container: the same files, and the same owners, in the other direction as well.
    mica mount --rw=work "$mnt"
    [ ! -e "$mnt/etc/issue" ] || as test ! -e "$mnt/etc/issue"
    same "33:8 4755" "$(as stat -c '%u:%g %a' "$mnt/f")"
    as sh -c "echo more >'$mnt/g'"
    mica umount "$mnt"
    same "33:8 4755 /f more" "$(mica run --branch work pyapp sh -c "stat -c '%u:%g %a %n' /f; cat /g" | xargs)"
    nothing_left 1
}

each_names_are_made_up() {
    import zstd
    mica run pyapp sh -c 'echo kept >/file' 2>name
    same "$(mica branches --quiet)" "$(cat name)"
    says 0 kept mica run --branch "$(cat name)" pyapp cat /file
    mica run --rm pyapp true 2>name
    same "" "$(cat name)"
    nothing_left 1
}

each_a_branch_is_used_once_at_a_time() {
    import zstd
    mkfifo hold
    chmod 666 hold
    exec 6<>hold
    coproc CONTAINER { mica run --branch b -i pyapp sh -c 'echo up; read line' <hold; }
    read -r line <&"${CONTAINER[0]}"
    same up "$line"
    refuses 125 'is mounted' mica run --branch b pyapp true
    echo end >&6
    wait "$CONTAINER_PID"
    says 0 "" mica run --branch b pyapp true
    nothing_left 1
}

# What a runtime mounts on, and what was made for it, is not seen in the branch.
each_mount_points_are_not_kept() {
    import_made empty 'Tar().file("note", b"x")'
    mica run --branch b -v /bin/busybox:/deep/er/sh empty /deep/er/sh -c '[ -d /proc/1 ] && [ -e /etc/hosts ]'
    same "" "$(upper_of b)"
    mica run --branch b -v /bin/busybox:/sh empty /sh -c 'echo x >/etc/own'
    same "etc etc/own" "$(upper_of b | xargs)"
    import zstd
    mica run --branch c pyapp true
    same "" "$(upper_of c)"
    nothing_left 2
}

# One id is enough, and files of others are the container's root's; on disk they are whose they were.
user_one_id() {
    import zstd
    says 0 "hello from app" alone run --rm pyapp
    says 0 "0:0 0:0" alone run --rm pyapp sh -c 'echo "$(id -u):$(id -g) $(stat -c %u:%g /var/mail)"'
    says 1 "" alone run --rm pyapp chown 33 /etc/motd
    refuses 125 '-u 0' alone run --rm -u www-data pyapp true
    alone run --branch work pyapp sh -c 'echo 1 >/var/mail/f && echo 2 >/g && chmod 2770 /var/mail'
    same "0:8 2770 0:0 644" "$(mica run --branch work pyapp stat -c '%u:%g %a' /var/mail /g | xargs)"
    says 0 "1" alone run --branch work pyapp cat /var/mail/f
    says 0 "hello from app" alone run --rm --runtime runc pyapp
    nothing_left 1
}

main "$@"
