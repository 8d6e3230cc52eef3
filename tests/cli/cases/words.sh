# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Words of docker, podman and others: an answer that helps, and nothing that is near in letters only.
# shellcheck disable=SC2154

words="untag delete retag clean du pull push ps save load exec put image container volume system build login unpack dive copy"

case_words() {
    local word
    # shellcheck disable=SC2086
    for word in $words; do
        expect 2 "$word" app:1
        complains "unknown verb \"$word\": "
        has_not err "did you mean"
        [ "$(wc -l <err)" = 2 ] || fail "more than an answer to $word"
        expect 2 help "$word"
        complains "unknown verb \"$word\": "
    done
    # Said with the verb that does it.
    expect 2 save
    has err "mica export IMAGE docker-archive:FILE"
    expect 2 load
    has err "mica import FILE"
    expect 2 put
    has err "mica cp -a IMAGE:PATH"
    expect 2 untag
    has err "mica rm IMAGE"
    has_not err "mica run"
    expect 2 rnu
    complains 'did you mean "run"?'
    expect 2 rmu
    complains 'did you mean "rm"?'
    expect 2 zq
    has_not err "did you mean"
}

# All that podman has: its verbs get an answer or are mica's, and so do the options of its run.
case_words_of_podman() {
    local word
    command -v podman >/dev/null || exit 77
    podman --help | sed -n '/^Available Commands/,/^Options/s/^  \([a-z-]*\) .*/\1/p' >verbs
    [ "$(wc -l <verbs)" -gt 40 ] || fail "where are podman's verbs?"
    while read -r word; do
        ! "$mica" "$word" --help >/dev/null 2>&1 || continue # mica's as well
        expect 2 "$word"
        complains "unknown verb \"$word\": "
    done <verbs
    podman run --help | grep -oE '^ +(-[a-zA-Z], )?--[a-z0-9-]+' | tr -d ' ' | tr , '\n' | sort -u >options
    [ "$(wc -l <options)" -gt 100 ] || fail "where are podman's options?"
    "$mica" run --help >help
    while read -r word; do
        [ "$word" != -h ] || continue # of the host name there, help here
        ! grep -qE -- "(^|[ ,])$word([ ,=[]|$)" help || continue
        expect 125 run "$word" x y z
        complains "run: unknown option $word: "
        has err "try: mica run --help"
    done <options
}

# A letter that is help by itself is none among others.
case_words_help_letter() {
    fill
    expect 2 tree -ah app:1
    empty out
    complains "-h cannot be combined"
    expect 2 tree -ha app:1
    empty out
    expect 125 run -ith app:1
    complains "-h cannot be combined"
    expect 0 ls -h
    has out "usage: mica ls"
    expect 0 tree -h
    has out "usage: mica tree"
    expect 0 ls --he
    has out "usage: mica ls"
}

# Options of other tools' verbs.
case_words_options() {
    expect 125 run --pid host app:1
    complains "unknown option --pid: "
    expect 125 run --pid=host app:1
    complains "unknown option --pid: "
    expect 125 run -itd app:1
    complains "unknown option -d: "
    expect 2 images -a
    complains "unknown option -a: "
    expect 2 images --format x
    has err "--json"
    expect 2 inspect -f '{{.Id}}' app:1
    has err "jq(1)"
    expect 2 import -i app.tar
    has err "mica import FILE"
    expect 2 export -o app.tar app:1
    has err "docker-archive:FILE"
    expect 2 images --nonsense
    complains "unknown option --nonsense"
}
