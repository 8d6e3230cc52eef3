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

each_control_groups() {
    import zstd
    # A shell that is in a group of its own sees no name of it, and none of what is around it.
    same / "$(mica run --rm pyapp cut -d: -f3 /proc/self/cgroup | sort -u)"
    same "" "$(mica run --rm pyapp ls /sys/fs/cgroup)"
    nothing_left
}

main "$@"
