# shellcheck shell=bash
# shellcheck disable=SC2119 # nothing_left without a word: no branches
# mica run: signals, terminals, and ends of every kind.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

# Starts a container that says `up`, then does what TEXT says: process $container, whose mica is in $front.
start() { # TEXT
    # A shell has what it does not wait for ignore SIGINT.
    coproc CONTAINER { exec 2>&1; as env --default-signal=INT "$T/bin/mica" --store "$store" run --rm pyapp sh -c "$1"; }
    container=$CONTAINER_PID # which is unset as soon as it has ended
    local line=
    read -r line <&"${CONTAINER[0]}"
    same up "$line"
    front=$(micas | head -1)
}

ended() { # STATUS
    local status=0
    wait "$container" || status=$?
    same "$1" "$status"
}

each_signals() {
    import zstd
    local signal
    for signal in TERM INT HUP USR1; do
        start "trap 'echo got; exit 9' $signal; echo up; while :; do sleep 0.1; done"
        kill -"$signal" "$front"
        ended 9
    done
    # Who does not listen is asked twice; two that come at once may count as one.
    start "echo up; exec sleep 1000"
    while kill -TERM "$front" 2>/dev/null; do :; done
    ended 137
    nothing_left
}

# Whichever process is killed, all of it goes.
each_killed() {
    import zstd
    local which victims watched pid
    for which in 1 2 3 all; do
        start "echo up; exec sleep 1000"
        mapfile -t watched < <(micas; daemons)
        same 4 "${#watched[@]}"
        victims=("${watched[@]:0:3}")
        [ "$which" = all ] || victims=("${watched[which - 1]}")
        kill -KILL "${victims[@]}"
        wait "$container" 2>/dev/null || true
        for pid in "${watched[@]}"; do
            "$T/bin/await" gone "$pid"
        done
        # What was temporary goes with the daemon, or is taken away by whoever comes next.
        nothing_left
    done
}

# Whoever has entered a container from outside and stays does not keep it from ending: what was written is in its branch, which
# can be mounted again, or gone with --rm.
each_an_outsider_pins_the_root() {
    import zstd
    local options pid end line enter stays
    as mkfifo hold said
    for options in "--branch work" --rm; do
        # shellcheck disable=SC2086 # two words
        as "$T/bin/mica" --store "$store" run $options -i pyapp sh -c 'echo kept >/file; echo up; cat' <hold >said &
        container=$!
        exec {end}>hold 9<said
        read -r line <&9
        same up "$line"
        pid=$(ps -o pid= --ppid "$(micas | sed -n 3p)" | tail -1)
        enter=(nsenter --mount --target "${pid// /}")
        [ "$identity" != user ] || enter+=(--user --preserve-credentials)
        coproc OUTSIDER {
            exec {end}>&- 9<&-
            as "${enter[@]}" -- sh -c 'exec 3</etc; echo in; cat; ls /file'
        }
        outsider=$OUTSIDER_PID stays=${OUTSIDER[1]}
        read -r line <&"${OUTSIDER[0]}"
        same in "$line"
        exec {end}>&- 9<&-
        ended 0
        # shellcheck disable=SC2046 # none or one
        nothing_left $([ "$options" = --rm ] || echo 1)
        exec {stays}>&-
        ! wait "$outsider" || fail "the outsider still sees the root"
        [ "$options" = --rm ] || { same kept "$(mica run --branch work pyapp cat /file)" && mica branches rm work; }
    done
}

# A terminal in raw mode, of the right size, which changes; Ctrl-C is the container's.
each_terminals() {
    import zstd
    cp "$root/tests/container/terminal.py" "$T/bin"
    as python3 "$T/bin/terminal.py" run "$T/bin/mica" --store "$store"
    same "not a tty" "$(mica run --rm pyapp tty || true)"
    nothing_left
}

main "$@"
