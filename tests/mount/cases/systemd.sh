#!/bin/bash
# By systemd: lines of fstab with its options, and the example units. A systemd of the test's own, in namespaces and a
# control group of its own, mounts when it is looked into, and unmounts.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Process 1 of a pid namespace: what systemd finds at its start, then systemd. $1: the test's directory.
inside() {
    T=$1
    set -e
    umount -l -R /sys/fs/cgroup
    mount -t cgroup2 none /sys/fs/cgroup
    mount -t proc none /proc
    mount -t tmpfs none /run
    mount -t tmpfs none /srv
    mkdir -p /srv/app "$T/sbin" /run/sbin
    mount --bind /usr/sbin /run/sbin
    ln -s /run/sbin/* "$T/sbin"
    ln -s "$T/bin/micafs" "$T/sbin/mount.micafs"
    mount --bind "$T/sbin" /usr/sbin
    mount --bind "$T/fstab" /etc/fstab
    mount -t tmpfs none /etc/systemd
    cp -r "$T/etc/." /etc/systemd
    exec env -i container=mica PATH=/usr/sbin:/usr/bin SYSTEMD_LOG_TARGET=console SYSTEMD_COLORS=0 \
        /lib/systemd/systemd --system --unit=try.target --show-status=no
}

# Starts systemd, which wants UNIT, then runs $T/script; its output is ours, and the machine's ends with its status.
booted() { # UNIT
    local status=0
    cat >"$T/etc/system.conf" <<CONF
[Manager]
DefaultEnvironment=MICA_STORE=$store
CONF
    printf '[Unit]\nDefaultDependencies=no\n' >"$T/etc/system/try.target"
    cat >"$T/etc/system/try.service" <<UNIT
[Unit]
DefaultDependencies=no
Wants=$1
After=$1
[Service]
Type=oneshot
ExecStart=/bin/bash -c 'exec >$T/said 2>&1; set -ex; . $T/script'
ExecStopPost=/bin/sh -c '[ \$\$SERVICE_RESULT = success ]; systemctl exit \$\$?'
UNIT
    mkdir "$T/etc/system/try.target.wants"
    ln -s ../try.service "$T/etc/system/try.target.wants"
    group=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)/mica-test.$$
    mkdir "$group"
    (
        echo "$BASHPID" >"$group/cgroup.procs"
        exec timeout --signal=KILL 60 unshare --mount --pid --fork --kill-child --ipc --uts --cgroup \
            bash -c "$(declare -f inside); inside $T" </dev/null
    ) >"$T/log" 2>&1 || status=$?
    find "$group" -depth -type d -exec rmdir {} \;
    cat "$T/log" "$T/said"
    same 0 "$status"
    no_mount
}

prepared() {
    if ! [ -x /lib/systemd/systemd ] || ! grep -q autofs /proc/filesystems; then skip "no systemd, or no autofs"; fi
    import_made app 'Tar().file("f", b"text")'
    mica import --quiet --name app:1 "oci-archive:$me/app.tar"
    mkdir -p "$T/etc/system"
    touch "$T/fstab"
}

# What holds of an automount that has not been used yet, by whom it is used, and of its end.
cat_and_stop='
    await=$T/bin/await
    unit=srv-app.mount
    [ "$(systemctl show --value -p ActiveState $unit)" = inactive ]
    [ "$(cat /srv/app/f)" = text ]
    [ "$(systemctl show --value -p ActiveState $unit)" = active ]
    [ "$(findmnt -n -t fuse.micafs -o SOURCE,OPTIONS /srv/app | tr -s " ")" = \
        "app:1 ro,nosuid,nodev,relatime,user_id=0,group_id=0,default_permissions,allow_other" ]
    daemon=$(pgrep -x mount.micafs)
'

root_fstab_automount() {
    prepared
    echo "app:1 /srv/app micafs noauto,nosuid,nodev,nofail,_netdev,x-systemd.automount,x-systemd.idle-timeout=1 0 0" >"$T/fstab"
    cat >"$T/script" <<SCRIPT
T=$T
$cat_and_stop
# Nobody looks into it: it is unmounted by itself, mounted again when somebody does, and then on demand.
\$await gone \$daemon
[ "\$(cat /srv/app/f)" = text ]
systemctl stop \$unit
[ "\$(systemctl show --value -p Result \$unit)" = success ]
SCRIPT
    booted srv-app.automount
}

root_example_units() {
    prepared
    cp "$root"/fuse/examples/srv-app.*mount "$T/etc/system"
    cat >"$T/script" <<SCRIPT
T=$T
$cat_and_stop
systemctl stop srv-app.automount \$unit
\$await gone \$daemon
systemctl start \$unit # and without the automount
[ "\$(cat /srv/app/f)" = text ]
daemon=\$(pgrep -x mount.micafs)
systemctl stop \$unit
\$await gone \$daemon
[ -z "\$(systemctl --failed --no-legend)" ]
SCRIPT
    booted srv-app.automount
}

# The example lines of fstab are what systemd understands.
root_example_fstab() {
    prepared
    mkdir "$T/units"
    SYSTEMD_FSTAB="$root/fuse/examples/fstab" /lib/systemd/system-generators/systemd-fstab-generator "$T/units" "$T/units" "$T/units"
    same 5 "$(find "$T/units" -maxdepth 1 -name '*.mount' | wc -l)"
    same 1 "$(find "$T/units" -maxdepth 1 -name '*.automount' | wc -l)"
}

main "$@"
