# shellcheck shell=bash
# shellcheck disable=SC2119 # nothing_left without a word: no branches
# mica run: the standard streams of a container are its own, and what is copied between them and the caller's.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

checks=(terminal_is_the_caller_s files_are_the_caller_s every_user_can_open_them one_file_keeps_the_order
    the_end_of_input_arrives a_reader_that_is_gone_ends_it modes_are_the_caller_s a_second_signal_ends_it)

streams_with() { # RUNTIME USER
    import zstd
    cp "$root/tests/container/streams.py" "$T/bin"
    local check
    for check in "${checks[@]}"; do
        as env STREAMS_USER="$2" python3 "$T/bin/streams.py" "$check" "$1" "$T/bin/mica" --store "$store" || fail "$check"
    done
    nothing_left
}

each_streams_are_its_own() {
    streams_with crun 33
}

each_streams_are_its_own_with_runc() {
    streams_with runc 33
}

# Those who keep a container have nothing of who started it: no file, no terminal, and of its variables none.
each_processes_hold_nothing_of_the_caller_s() {
    import zstd
    local pid what
    as touch nine
    # shellcheck disable=SC2016 # the shells' own
    coproc CONTAINER { as env SECRET=hidden sh -c 'exec "$@" 9>nine 2>"$0"' "$me/said" "$T/bin/mica" --store "$store" run \
        --rm -i -e SECRET pyapp sh -c 'echo $SECRET; cat'; }
    read -r what <&"${CONTAINER[0]}"
    same hidden "$what"
    mapfile -t processes < <(micas | tail -n +2; daemons)
    same 3 "${#processes[@]}"
    for pid in "${processes[@]}"; do
        ! tr '\0' '\n' <"/proc/$pid/environ" | grep -q -e SECRET -e hidden || fail "$(tr '\0' ' ' <"/proc/$pid/cmdline") has SECRET"
        what=$(find "/proc/$pid/fd" -lname '*' -printf '%l\n' | grep -Fx -e "$me/nine" -e "$me/said" -e "$(readlink "/proc/$BASHPID/fd/${CONTAINER[0]}")" || true)
        same "" "$what"
    done
    kill -KILL "$(micas | head -1)"
    # The pipe ends with mica, though the container has not read the end of its own.
    ! read -r what <&"${CONTAINER[0]}" || fail "more came: $what"
    for pid in "${processes[@]}"; do
        "$T/bin/await" gone "$pid"
    done
    nothing_left
}

main "$@"
