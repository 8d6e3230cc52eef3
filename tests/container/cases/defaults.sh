# shellcheck shell=bash
# shellcheck disable=SC2119 # nothing_left without a word: no branches
# What a container has by default, beside what podman gives one.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

# podman writes config.json before it starts the runtime, and whether that works here does not matter.
# shellcheck disable=SC2154 # $here and $root are mount/lib.sh's
root_as_podman() {
    import zstd
    local podman=(podman --root "$T/pod" --runroot "$T/pod-run" --tmpdir "$T/pod-tmp" --storage-driver vfs
        --cgroup-manager cgroupfs) config
    mkdir -p rootfs/bin
    "${podman[@]}" create --name one --network none --rootfs "$me/rootfs" /bin/sh >"$T/created"
    "${podman[@]}" init one >"$T/started" 2>&1 || true
    config=$(find "$T/pod" -name config.json)
    [ -n "$config" ] || fail "podman has written no config.json: $(cat "$T/started")"
    mica bundle pyapp "$me/a"
    mica bundle --network host pyapp "$me/b"
    "$root/tests/container/compare_podman.py" "$config" a/config.json b/config.json >"$T/differences" ||
        fail "other defaults than podman's: $(cat "$T/differences")"
    mica bundle --rm a b
    "${podman[@]}" rm --all --force >"$T/removed" 2>&1 || true
    nothing_left
}

each_control_groups_and_power() {
    import zstd
    mica run --rm pyapp sh -c 'cut -d: -f3 /proc/self/cgroup | sort -u; ls /sys/devices/virtual/powercap /sys/fs/cgroup
        true' >out 2>err
    same / "$(sed -n 1p out)"
    ! grep -E 'intel|energy|cgroup\.|pids' out || fail "the machine's are seen"
    nothing_left
}

main "$@"
