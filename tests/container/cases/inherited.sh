# shellcheck shell=bash
# shellcheck disable=SC2119 # nothing_left without a word: no branches
# What a caller leaves to the programs that it starts changes nothing for a container, or is an error that is told.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

with_busybox() {
    import_made busybox 'Tar().dir("bin").file("bin/busybox", open("/bin/busybox", "rb").read(), mode=0o755)'
}

each_container_with_what_is_inherited() {
    with_busybox
    cp "$root/tests/lib/inherited.py" "$T/bin"
    cp "$MICA_BUILD/tests/fault/clock_jumps.so" "$T/bin" || true # no sanitizer lets it be loaded
    as mkdir work
    as python3 "$T/bin/inherited.py" container busybox "$me/work" "$T/bin/mica" --store "$store"
    nothing_left
}

# What reaches the program itself: as podman has it.
each_program_begins_as_with_podman() {
    with_busybox
    cat >"$T/bin/odd" <<'PYTHON'
import os, resource, signal, sys
for n in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT}:
    signal.signal(n, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.umask(0)
resource.setrlimit(resource.RLIMIT_NOFILE, (20, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
os.execv(sys.argv[1], sys.argv[1:])
PYTHON
    local runtime files
    files=$(as sh -c 'ulimit -n 1048576 2>/dev/null; ulimit -Hn') # as many as engines give, or as the user may have
    for runtime in crun runc; do
        as python3 "$T/bin/odd" "$T/bin/mica" --store "$store" run --rm --runtime "$runtime" busybox /bin/busybox sh -c \
            '/bin/busybox grep "^Sig[BIC]" /proc/self/status; umask; ulimit -Sn; ulimit -Hn' >"$T/out"
        same "SigBlk: 0000000000000000 SigIgn: 0000000000000000 SigCgt: 0000000000000000 0022 $files $files" \
            "$(tr -s '\n\t' '  ' <"$T/out" | sed 's/ $//')"
    done
}

main "$@"
