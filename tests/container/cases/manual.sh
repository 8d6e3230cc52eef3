#!/bin/bash
# The examples of mica(1) with other tools, as they are written there: what their shells are told, they do in the image.
#
# Every test has a mount namespace of its own, in which /mnt is its own.
if [ $# -gt 0 ] && [ "$(id -u)" = 0 ] && [ -z "${MICA_TEST_OWN_MOUNTS-}" ]; then
    MICA_TEST_OWN_MOUNTS=1 exec unshare --mount bash "$0" "$@"
fi
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

# The lines of the Nth block of examples of "With other tools".
example() { # N
    sed -n '/^\.SH WITH OTHER TOOLS/,/^\.SH ENV/p' "$root/cli/man/mica.1" |
        awk -v n="$1" '/^\.nf/ { block++; inside = 1; next } /^\.fi/ { inside = 0 } inside && block == n' | sed 's/\\-/-/g; s/\\(ti/~/g'
}

root_examples_with_other_tools() {
    local line tools=()
    export PATH=$T/bin:$PATH MICA_STORE=$store
    import zstd
    mica import --quiet --name debian:12 "oci:$images/zstd:pyapp"
    # There may be no systemd to which the container could be registered.
    printf '#!/bin/sh\nexec /usr/bin/systemd-nspawn --register=no --keep-unit --pipe "$@"\n' >"$T/bin/systemd-nspawn"
    chmod 755 "$T/bin/systemd-nspawn"
    example 1 >"$T/example"
    same 5 "$(wc -l <"$T/example")"
    while read -r line; do
        echo "echo ${line%% *} \$(id -u) \$(cat /app/requirements.txt) >>/said" | bash -c "$line"
        tools+=("${line%% *} 0 flask")
    done <"$T/example"
    nothing_left 1
    mica mount --rw=work "$mnt"
    same "$(printf '%s\n' "${tools[@]:1:3}")" "$(cat "$mnt/said")"
    mica umount "$mnt"
}

user_examples_with_other_tools() {
    local pid
    store=$me/.local/share/mica
    export PATH=$T/bin:$PATH
    mica import --quiet --name debian:12 "oci:$images/zstd:pyapp"
    as mkdir "$me/root"
    example 2 >"$T/example"
    echo 'echo 1 >/f; chown 33:8 /f; stat -c %u:%g /f /root; python3 /app/app.py' | as bash -ec "$(cat "$T/example")" >"$T/out"
    same "33:8 0:0 hello from app" "$(xargs <"$T/out")"
    for pid in $(daemons); do # they end when the namespace does
        await gone "$pid"
    done
    nothing_left 1
}

main "$@"
