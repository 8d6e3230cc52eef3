# shellcheck shell=bash
# shellcheck disable=SC2119 # nothing_left without a word: no branches
# mica shell: a shell in an image, and what becomes of what it changed.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

# What the only branch is called, which is then removed.
the_branch_goes() {
    local name
    name=$(mica branches --quiet)
    [ "$(wc -w <<<"$name")" = 1 ] || fail "there are other branches than one: $name"
    mica branches rm "$name"
    nothing_left
}

# Commands from standard input: what they changed is listed, and kept, as nobody said that it goes.
each_commands_are_read() {
    import zstd
    local status=0
    printf 'touch /new; rm /etc/motd; id -u; exit 7\n' | mica shell pyapp >"$T/out" 2>"$T/err" || status=$?
    same 7 "$status"
    same "0 C / C /etc D /etc/motd A /new" "$(tr '\n' ' ' <"$T/out" | sed 's/ $//')"
    grep -qx "mica: kept as branch $(mica branches --quiet)" "$T/err" || fail "it is not said where this is: $(cat "$T/err")"
    the_branch_goes
    echo true | mica shell pyapp
    nothing_left
    echo 'touch /new' | mica shell --rm pyapp >"$T/out"
    same "" "$(cat "$T/out")"
    nothing_left
}

# A branch that is named stays, and is listed.
each_a_branch_stays() {
    import zstd
    echo 'touch /new' | mica shell --branch work pyapp >"$T/out" 2>"$T/err"
    same "A /new" "$(tail -1 "$T/out")"
    same "" "$(cat "$T/err")"
    echo 'ls /new; rm /new' | mica shell --branch work pyapp >"$T/out"
    same /new "$(head -1 "$T/out")"
    nothing_left 1
}

# An image without a shell gets one of this machine's, of which nothing is seen afterwards.
each_an_image_without_a_shell() {
    import_made empty 'Tar().file("note", b"x")'
    echo 'echo "$(cat </note 2>/dev/null || read -r a </note; echo $a)"; >/new' | mica shell empty >"$T/out" 2>"$T/err"
    grep -q "no shell" "$T/err" || fail "it is not said that the image has no shell"
    grep -qx "A /new" "$T/out" || fail "what was made is not listed: $(cat "$T/out")"
    same "" "$(grep -v '^[A] /new$\|^C /$\|^x$' "$T/out" || true)"
    the_branch_goes
}

each_read_only() {
    import zstd
    echo 'touch /new || echo no' | mica shell --read-only pyapp >"$T/out" 2>"$T/err"
    same no "$(cat "$T/out")"
    nothing_left
}

each_mistakes() {
    import zstd
    says 125 "" mica shell nothing
    says 125 "" mica shell
    says 125 "" mica shell pyapp true
    says 125 "" mica shell --network x pyapp
    says 127 "" mica shell --entrypoint /no/such pyapp
    nothing_left
}

each_answers() {
    import zstd
    cp "$root/tests/container/terminal.py" "$T/bin"
    as python3 "$T/bin/terminal.py" shell "$T/bin/mica" --store "$store"
    same 5 "$(mica branches --quiet | wc -l)"
    same "A /y" "$(mica diff here | grep y)"
    mica ls shell:1:/etc/motd >/dev/null 2>&1 && fail "the image has what was deleted"
    local name
    for name in $(mica branches --quiet); do
        mica branches rm "$name"
    done
    nothing_left
}

# Whatever ends the terminal or mica, and whenever: what was changed is in a branch.
each_nothing_is_lost() {
    import zstd
    cp "$root/tests/container/terminal.py" "$T/bin"
    as python3 "$T/bin/terminal.py" ends "$T/bin/mica" --store "$store"
    local name
    for name in $(mica branches --quiet); do
        mica diff "$name" | grep -qx "A /x" || fail "branch $name is without what was changed: $(mica diff "$name")"
        mica branches rm "$name"
    done
    nothing_left
}

main "$@"
