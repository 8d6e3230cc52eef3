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

# A word without its quotes and backslashes.
_mica_plain() { # WORD; sets: plain, and quote to a quote that is still open
    local rest=$1 c
    plain='' quote=''
    while [[ $rest ]]; do
        c=${rest:0:1} rest=${rest:1}
        case $quote$c in
        \\ | '"\') plain+=${rest:0:1} rest=${rest:1} ;;
        "'" | '"') quote=$c ;;
        "''" | '""') quote='' ;;
        *) plain+=$c ;;
        esac
    done
}

_mica() {
    local words current behind line plain quote i
    _mica_words
    current=${words[-1]}
    behind=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    for ((i = 1; i < ${#words[@]}; i++)); do
        _mica_plain "${words[i]}"
        words[i]=$plain
    done
    while IFS= read -r line; do
        case $line in
        :files) mapfile -t COMPREPLY < <(compgen -f -- "$behind") && compopt -o filenames ;;
        :directories) mapfile -t COMPREPLY < <(compgen -d -- "$behind") && compopt -o filenames ;;
        :nospace) compopt -o nospace ;;
        *) COMPREPLY+=("${line%%$'\t'*}") ;;
        esac
    done < <(mica complete -- "${words[@]:1}" 2>/dev/null)
    # Only the part after the last place where readline broke the word may be given back.
    case $behind in
    : | =) _mica_plain "$current" ;;
    *) _mica_plain "${current%"$behind"}" ;;
    esac
    COMPREPLY=("${COMPREPLY[@]#"$plain"}")
    # Readline takes a name with a blank as it is in quotes, and else as it would be typed.
    _mica_plain "$behind"
    [[ $quote ]] || for i in "${!COMPREPLY[@]}"; do
        [[ ${COMPREPLY[i]} != *[!A-Za-z0-9_./:=@%+,~-]* ]] || printf -v "COMPREPLY[i]" %q "${COMPREPLY[i]}"
    done
}

complete -F _mica mica
