# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Completion of mica for bash. What a word may become is asked of mica itself: see cli/verb/complete.c.

# The words up to the cursor as mica will get them: readline breaks them at colons and equals signs as well.
_mica_words() { # sets: words
    local line=${COMP_LINE:0:COMP_POINT} word i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i = 0 || $line == [[:blank:]]* ]]; then
            line=${line#"${line%%[![:blank:]]*}"}
            words+=("")
        fi
        [[ $i -lt $COMP_CWORD ]] || word=$line
        words[-1]+=$word
        line=${line#"$word"}
    done
}

_mica() {
    local words current behind line
    _mica_words
    current=${words[-1]}
    behind=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        :files) mapfile -t COMPREPLY < <(compgen -f -- "$behind") && compopt -o filenames ;;
        :directories) mapfile -t COMPREPLY < <(compgen -d -- "$behind") && compopt -o filenames ;;
        :nospace) compopt -o nospace ;;
        *) COMPREPLY+=("${line%%$'\t'*}") ;;
        esac
    done < <(mica complete -- "${words[@]:1}" 2>/dev/null)
    # Only what is behind the last place where readline broke the word may be given back.
    case $behind in
    : | =) COMPREPLY=("${COMPREPLY[@]#"$current"}") ;;
    *) COMPREPLY=("${COMPREPLY[@]#"${current%"$behind"}"}") ;;
    esac
}

complete -F _mica mica
