# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317,SC2016,SC2119 # variables of lib.sh; tests are called by name; $ is for the container's shell
# Options that podman has, too.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

# The same options to both, and what they make of config.json: podman writes it whether or not it can start anything here.
root_options_as_podman() {
    import zstd
    local podman=(podman --root "$T/pod" --runroot "$T/pod-run" --tmpdir "$T/pod-tmp" --storage-driver vfs
        --cgroup-manager cgroupfs) config words n=0
    mkdir -p rootfs/bin
    while read -r words; do
        n=$((n + 1))
        "${podman[@]}" rm --all --force >"$T/removed" 2>&1 || true
        # shellcheck disable=SC2086
        "${podman[@]}" create --name one --network none $words --rootfs "$me/rootfs" /bin/sh >"$T/created" 2>&1 || fail "podman create $words: $(cat "$T/created")"
        "${podman[@]}" init one >"$T/started" 2>&1 || true
        config=$(find "$T/pod" -name config.json)
        [ -n "$config" ] || fail "podman has written no config.json: $(cat "$T/started")"
        # shellcheck disable=SC2086
        mica bundle $words pyapp "$me/box-$n" /bin/sh
        "$root/tests/container/compare_options.py" "$config" "$me/box-$n/config.json" /bind /file /x /y /z >"$T/differences" ||
            fail "not as podman, with $words: $(cat "$T/differences")"
        mica bundle --rm "$me/box-$n"
    done <<'WORDS'
--cap-add sys_admin --cap-drop chown --cap-drop CAP_FOWNER
--cap-drop all
--cap-drop all --cap-add net_raw,SYS_TIME
--cap-add all
--cap-add all --cap-drop net_raw
--user 33 --cap-add net_raw
--user 33:33 --cap-drop setuid
--tmpfs /x --tmpfs /y:size=1m,mode=700,exec
--mount type=tmpfs,destination=/z,tmpfs-size=1m,tmpfs-mode=0700
--mount type=bind,src=/etc,dst=/bind,ro --mount type=bind,source=/etc/passwd,target=/file,readonly=true
--ulimit core=0:5 --ulimit stack=-1 --ulimit memlock=1:-1
--init
WORDS
    "${podman[@]}" rm --all --force >"$T/removed" 2>&1 || true
    nothing_left
}

# What one refuses, the other does, too.
root_refused_as_podman() {
    import zstd
    local podman=(podman --root "$T/pod" --runroot "$T/pod-run" --tmpdir "$T/pod-tmp" --storage-driver vfs
        --cgroup-manager cgroupfs) words
    mkdir -p rootfs/bin
    while read -r words; do
        # shellcheck disable=SC2086
        ! "${podman[@]}" create --network none $words --rootfs "$me/rootfs" /bin/sh >"$T/created" 2>&1 || fail "podman takes $words"
        # shellcheck disable=SC2086
        says 125 "" mica run --rm $words pyapp true
        grep -qF -- "mica: run: ${words%% *}" "$T/err" || fail "says \"$(cat "$T/err")\" of $words"
    done <<'WORDS'
--cap-add chown --cap-drop CAP_CHOWN
--cap-add bogus
--add-host foo:1.2.3.400
--add-host :1.2.3.4
--ulimit bad=1
--ulimit nofile=5:1
--ulimit nofile=x
--mount type=bind,src=/etc
--mount dst=/x
--mount type=bind,src=/nonexistent,dst=/x
--mount type=bind,src=/etc,dst=/x,foo
--tmpfs x
--tmpfs /x:bad
--device /nonexistent
--device /dev/null:/x:q
--env-file /nonexistent
WORDS
    nothing_left
}

# What is seen inside, as root and as ordinary users, with both runtimes.
each_options_inside() {
    local runtime node=/dev/zero
    import zstd
    as sh -c "printf '# c\nA=1\n  B= \"x\" # y \nC\nNOT_HERE\nA=2\n' >'$me/variables'; echo text >'$me/file'"
    for runtime in crun runc; do
        as env C=c "$T/bin/mica" --store "$store" run --rm --runtime $runtime --env-file "$me/variables" -e A=3 pyapp \
            sh -c 'echo "$A|$B|$C|$NOT_HERE"' >"$T/out"
        same '3| "x" # y |c|' "$(cat "$T/out")"
        same "1.2.3.4 foo" "$(mica run --rm --runtime $runtime --add-host foo:1.2.3.4 pyapp head -n 1 /etc/hosts | xargs)"
        same "700 1024 tmpfs" "$(mica run --rm --runtime $runtime --tmpfs /x:size=1m,mode=700 pyapp sh -c \
            'stat -c %a /x; df -k /x | tail -n 1 | (read -r fs size rest; echo $size $fs)' | xargs)"
        # It begins with what the image has there, and what is changed is gone.
        mica run --rm --runtime $runtime --tmpfs /app pyapp sh -c 'ls /app && touch /app/new' >"$T/out"
        same "app.py requirements.txt" "$(xargs <"$T/out")"
        same text "$(mica run --rm --runtime $runtime --mount "type=bind,src=$me,dst=/here,ro" pyapp cat /here/file)"
        says 2 "" mica run --rm --runtime $runtime --mount "type=bind,src=$me,dst=/here,ro" pyapp sh -c 'echo >/here/file'
        same 100 "$(mica run --rm --runtime $runtime --ulimit nofile=100:200 pyapp sh -c 'ulimit -Sn')"
        same 200 "$(mica run --rm --runtime $runtime --ulimit nofile=100:200 pyapp sh -c 'ulimit -Hn')"
        same 00000000800425fb "$(mica run --rm --runtime $runtime --cap-add NET_RAW pyapp sed -n 's/^CapEff:\t//p' /proc/self/status)"
        same 0000000000000000 "$(mica run --rm --runtime $runtime --cap-drop ALL pyapp sed -n 's/^CapBnd:\t//p' /proc/self/status)"
        # A device is used, and nothing of it can be changed.
        same 3 "$(mica run --rm --runtime $runtime --device $node:/dev/mine pyapp sh -c 'head -c 3 /dev/mine | wc -c; echo >/dev/mine')"
        says 1 "" mica run --rm --runtime $runtime --device $node:/dev/mine pyapp chmod 600 /dev/mine
        same "/dev/.mica/init" "$(mica run --rm --runtime $runtime --init pyapp sh -c 'tr "\0" "\n" </proc/1/cmdline' | head -n 1)"
        same 7 "$(mica run --rm --runtime $runtime --init pyapp sh -c 'exit 7'; echo $?)"
    done
    nothing_left
}

# The name of a new branch: it is kept without --rm, and is no other's.
each_names() {
    import zstd
    same one "$(mica run --rm --name one pyapp hostname)"
    nothing_left
    mica run -q --name two pyapp touch /new >"$T/out" 2>"$T/err"
    same "" "$(cat "$T/out" "$T/err")"
    refuses 125 '^mica: branch two exists: --branch two uses it' mica run --name two pyapp true
    refuses 125 '^mica: branch two exists' mica run --rm --name two pyapp true
    same /new "$(mica run --branch two pyapp ls /new)"
    says 125 "" mica run --name three --branch two pyapp true
    mica run -q pyapp true 2>"$T/err"
    same "" "$(cat "$T/err")"
    nothing_left 2
}

# Limits that are above one's own, as somebody who cannot raise them.
user_limits() {
    import zstd
    says 125 "" mica run --rm --ulimit nofile=999999999 pyapp true
    grep -qE -- '--ulimit nofile=999999999: your own hard limit is [0-9]+' "$T/err" || fail "says $(cat "$T/err")"
}

main "$@"
