# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The completion for bash.
# shellcheck disable=SC2154

completions() { # WORD...: what the last one may become
    PATH=$build/cli:$PATH bash -c '
        . "$1"
        shift
        compopt() { :; }
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_WORDBREAKS=${COMP_WORDBREAKS//:}
        _mica
        printf "%s\n" "${COMPREPLY[@]}"' - "$root/cli/completion/mica.bash" "$@" >out 2>err
}

case_completion() {
    fill
    completions mica im
    is out import images
    completions mica images --j
    is out --json
    completions mica ls ""
    is out app:1 base:1
    completions mica layers b
    is out base:1
    completions mica --store "$PWD/none" layers ""
    is out ""
    completions mica cat app
    is out "app:1:/"
    mkdir images there
    completions mica mount app:1 th
    is out there
    mkdir -p "$MICA_STORE/branches/work" "$MICA_STORE/branches/play"
    completions mica branches r
    is out rm rename
    completions mica branches rm wo
    is out work
    completions mica branches rename work ""
    is out play work
    completions mica mount --rw=wo
    is out --rw=work
    completions mica mount --rw =
    is out play work
    completions mica mount --rw = pl
    is out play
    completions mica mount --rw = play ap
    is out app:1
    completions mica help wh
    is out which
    completions mica import --platform linux/am
    is out linux/amd64
    empty err
}
