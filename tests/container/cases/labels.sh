# shellcheck shell=bash
# shellcheck disable=SC2119 # nothing_left without a word: no branches
# Labels that runtimes obey where they are annotations: none of them does anything.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

labels=(run.oci.seccomp.plugins=/app/plugin.so run.oci.seccomp_bpf_data=BgAAAAAA/38= run.oci.keep_original_groups=1
    run.oci.pidfd_receiver=/run/no-such-socket run.oci.hooks.stdout=/no/such run.oci.handler=wasm
    run.oci.systemd.subgroup=x org.criu.config=/etc/passwd org.systemd.property.TimeoutStopUSec=x)

# Groups, and the answer to a call that only the filter refuses: move_pages(2), by a number of its own on each machine.
in_container='
import ctypes, os, platform
number = {"x86_64": 279, "aarch64": 239}[platform.machine()]
libc = ctypes.CDLL(None, use_errno=True)
print(sorted(set(os.getgroups()) | {0}), libc.syscall(number, 0, 0, 0, 0, 0, 0), ctypes.get_errno())'

# Without the labels and with them, the container is the same.
compare_labels() {
    local label right changes=()
    import zstd
    right=$(mica run --rm pyapp python3 -c "$in_container")
    [[ $right = *" -1 1" ]] || fail "move_pages is not refused: $right"
    mica mount --rw=labels pyapp "$mnt"
    mica umount "$mnt"
    for label in "${labels[@]}"; do
        changes+=(--change "LABEL $label")
    done
    mica commit --quiet "${changes[@]}" labels crafted >"$T/committed"
    mica branches rm labels
    says 0 "$right" mica run --rm crafted python3 -c "$in_container"
    mica inspect crafted >"$T/inspected"
    mica bundle crafted "$me/b"
    for label in "${labels[@]}"; do
        grep -qF "${label%%=*}" "$T/inspected" || fail "the image has no label ${label%%=*}"
        ! grep -F "${label%%=*}" "$me/b/config.json" || fail "config.json has ${label%%=*}"
    done
    mica bundle --rm "$me/b"
    nothing_left
}

root_labels() {
    compare_labels
}

user_labels() {
    compare_labels
}

main "$@"
