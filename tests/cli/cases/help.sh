# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Help, the table of verbs, and what is said of mistakes.
# shellcheck disable=SC2154

verbs() {
    "$mica" help | sed -n '/^  [a-z]/s/^  \([a-z]*\) .*/\1/p'
}

case_help() {
    expect 0 --help
    cp out all
    has out "usage: mica"
    expect 0 help
    cmp out all
    expect 0 --version
    grep -qE '^mica [0-9]+\.[0-9]+' out || fail version
    expect 2
    empty out
    has err "usage: mica"
    expect 0 help mount
    cp out one
    expect 0 mount --help
    cmp out one
    expect 2 help nonsense
    complains 'unknown verb "nonsense"'
}

# The table of verbs, --help and the manual tell of the same verbs and options.
case_agreement() {
    local verb option
    [ "$(verbs | wc -l)" -ge 11 ] || fail "where are the verbs?"
    for verb in $(verbs); do
        expect 0 "$verb" --help
        has out "usage: mica $verb"
        has out "Examples:"
        sed '1,/^Examples:/d' out | grep -q "mica $verb" || fail "no example of $verb"
        sed -n "/^\.SS $verb\$/,/^\.S[SH] /p" "$root/cli/man/mica.1" | sed 's/\\-/-/g' >manual
        [ -s manual ] || fail "mica.1 lacks $verb"
        while read -r option; do
            case $option in
            --store | --also | --help) ;;
            *) has manual "$option" ;;
            esac
        done < <(sed -n '/^Options:/,/^$/s/^  [-a-zA-Z, ]\{4\}\(--[a-z-]*\).*/\1/p' out | sort -u)
    done
}

case_mistyped() {
    expect 2 imprt
    complains 'did you mean "import"?'
    expect 2 xyzzy
    has_not err "did you mean"
    expect 2 --nonsense
    complains "unknown option --nonsense"
    expect 2 --store
    complains "--store needs a value"
    expect 2 images --nonsense
    complains "images: unknown option --nonsense"
    has err "try: mica images --help"
    expect 2 images word
    complains 'too many words: "word"'
    expect 2 layers
    complains "layers: needs IMAGE"
    expect 2 which app:1
    complains "which: needs IMAGE PATH"
    expect 2 inspect --raw --config x
    complains "exclude each other"
}

case_full_disk() {
    fill
    local status=0
    "$mica" images >/dev/full 2>err || status=$?
    [ "$status" = 1 ] || fail "status $status"
    complains "standard output: No space left on device"
    status=0
    "$mica" cat app:1:/srv/big >/dev/full 2>err || status=$?
    [ "$status" = 1 ] || fail "status $status"
    complains "standard output"
}
