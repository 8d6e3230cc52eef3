# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317,SC2016 # variables of lib.sh; tests are called by name; $ is for the container's shell
# What is said of a container that does not start: one line with mica's name, on which thing, why, what to do.
# shellcheck source=tests/container/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

# Whichever runtime it is, and with a terminal as without.
each_what_cannot_be_run() {
    local runtime
    import zstd
    as sh -c "printf 'no program\n' >'$me/text'; chmod 644 '$me/text'"
    for runtime in crun runc; do
        refuses 126 '^mica: /etc/passwd cannot be executed: its mode is 0644$' mica run --rm --runtime $runtime pyapp /etc/passwd
        refuses 126 '^mica: /etc cannot be executed: it is a directory$' mica run --rm --runtime $runtime pyapp /etc
        refuses 127 '^mica: no /no/such in the container$' mica run --rm --runtime $runtime pyapp /no/such
        refuses 127 '^mica: no command "nosuch" in the PATH of the container$' \
            mica run --rm --runtime $runtime pyapp nosuch
        refuses 125 "^mica: $runtime: .*[nN]ot a directory$" mica run --rm --runtime $runtime -w /etc/passwd pyapp true
        says 126 "" mica run --rm --runtime $runtime -v "$me/text:/text" pyapp /text
        grep -qE '^mica: /text cannot be executed: ' "$T/err" || fail "says \"$(cat "$T/err")\""
        # What a runtime prints raw is not passed on.
        refuses 127 '^mica: no /no\\x1b\[31m\\x0ax in the container$' mica run --rm --runtime $runtime pyapp $'/no\e[31m\nx'
    done
    nothing_left
}

# What is printed at once, and all of it, comes through although streams are copied from the start on only.
each_nothing_is_lost_at_the_start() {
    local runtime
    import zstd
    for runtime in crun runc; do
        same "$(seq 1 200000 | sha256sum)" "$(mica run --rm --runtime $runtime pyapp seq 1 200000 | sha256sum)"
        for _ in 1 2 3; do
            same "out" "$(mica run --rm --runtime $runtime pyapp sh -c 'echo out; echo err >&2' 2>"$T/err")"
            same "err" "$(cat "$T/err")"
        done
    done
}

# Ids that nobody has given the user.
user_users_beyond_the_ranges() {
    import zstd
    refuses 125 '^mica: user 99999999 is not among the [0-9]+ ids that the container has: .*/etc/subuid' \
        mica run --rm -u 99999999 pyapp id
    refuses 125 '^mica: group 99999999 is not among the [0-9]+ ids .*/etc/subgid' mica run --rm -u 1:99999999 pyapp id
    refuses 1 '^mica: user 99999999 is not among the [0-9]+ ids' mica bundle -u 99999999 pyapp "$me/box"
    [ ! -e "$me/box" ] || fail "a bundle is left"
    same 1:1 "$(mica run --rm -u 1:1 pyapp sh -c 'echo $(id -u):$(id -g)')"
    nothing_left
}

main "$@"
