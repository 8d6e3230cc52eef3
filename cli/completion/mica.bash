# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Completion of mica for bash: verbs, their options, images and branches of the store, mountpoints.

# The names that a verb lists, of the store that the line names (--store) or of the default one.
_mica_names() { # images|branches
    local i store=()
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        [[ ${words[i]} == --store ]] && store=(--store "${words[i + 1]}")
        [[ ${words[i]} == --store=* ]] && store=("${words[i]}")
    done
    mica "${store[@]}" "$1" --quiet 2>/dev/null
}

# Names hold colons, at which readline breaks words: only what is behind the last one it broke at may be given back.
_mica_reply_images() { # CURRENT [SUFFIX]
    local suffix=${2-} line
    COMPREPLY=()
    while IFS= read -r line; do
        [[ $line == "$1"* ]] && COMPREPLY+=("$line$suffix")
    done < <(_mica_names images)
    if [[ $1 == *:* && $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${1%"${1##*:}"}"}")
    fi
}

_mica_reply_files() { # CURRENT -d|-f
    mapfile -t COMPREPLY < <(compgen "$2" -- "$1")
    compopt -o filenames
}

_mica_reply_words() { # CURRENT WORDS
    mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1")
}

_mica_reply_mountpoints() { # CURRENT
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        line=${line//\\040/ }
        [[ $line == "$1"* ]] && COMPREPLY+=("$line")
    done < <(sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - fuse\.micafs .*/\1/p' /proc/self/mountinfo)
}

_mica_options() { # VERB
    case $1 in
    import) echo --name --platform --quiet --max-files --max-layer-size ;;
    images) echo --json --quiet ;;
    layers) echo --json ;;
    inspect) echo --raw --config ;;
    mount) echo --rw --rm --options --foreground ;;
    branches) echo --json --quiet ;;
    diff) echo --long --json ;;
    commit) echo --message --author --change --compress --squash --quiet ;;
    export) echo --name --quiet ;;
    umount | unmount) echo --lazy --all ;;
    mounts) echo --json ;;
    ls) echo --long --recursive --all --json ;;
    which) echo --json ;;
    run)
        echo --rm --env --volume --workdir --user --entrypoint --hostname --network --branch --read-only --interactive \
            --tty --runtime
        ;;
    bundle)
        echo --rm --env --volume --workdir --user --entrypoint --hostname --network --branch --read-only --tty
        ;;
    esac
    echo --store --help
}

_mica() {
    local cur prev words cword i verb='' operands=0
    local verbs="import images layers inspect mount umount unmount mounts branches diff commit export ls cat which run bundle help"
    COMPREPLY=()
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n : cur prev words cword
    else
        cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    fi

    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
        --env | --volume | --workdir | --user | --entrypoint | --hostname | --network | --branch | --runtime | -e | -v | -w | -u) ((i++)) ;;
        --message | --author | --change | --compress | -m | -a | -c) ((i++)) ;;
        --store | --name | --platform | --max-files | --max-layer-size | --options | -o | -n | -p) ((i++)) ;;
        -*) ;;
        =) ((i++)) ;;
        *) if [[ -z $verb ]]; then verb=${words[i]}; else ((operands++)); fi ;;
        esac
    done

    # `--rw=NAME`, which readline breaks at the "=": words "--rw", "=" and what there is of the name.
    if [[ $cur == --rw=* ]]; then
        _mica_reply_words "${cur#--rw=}" "$(_mica_names branches)"
        COMPREPLY=("${COMPREPLY[@]/#/--rw=}")
        return
    elif [[ $prev == --rw && $cur == "=" ]]; then
        _mica_reply_words "" "$(_mica_names branches)"
        return
    elif [[ $prev == "=" && ${words[cword - 2]} == --rw ]]; then
        _mica_reply_words "$cur" "$(_mica_names branches)"
        return
    fi

    case $prev in
    --store)
        _mica_reply_files "$cur" -d
        return
        ;;
    --platform | -p)
        _mica_reply_words "$cur" "linux/amd64 linux/arm64 linux/arm/v7 linux/386 linux/ppc64le linux/riscv64 linux/s390x"
        return
        ;;
    --options | -o)
        _mica_reply_words "$cur" "allow_other allow_root noexec nosuid nodev ro volatile"
        return
        ;;
    --network)
        _mica_reply_words "$cur" "none host"
        return
        ;;
    --compress)
        _mica_reply_words "$cur" "zstd gzip none"
        return
        ;;
    --change | -c)
        _mica_reply_words "$cur" "CMD ENTRYPOINT ENV EXPOSE LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR"
        return
        ;;
    --message | -m | --author | -a) return ;;
    --runtime)
        _mica_reply_words "$cur" "crun runc"
        return
        ;;
    --branch)
        _mica_reply_words "$cur" "$(_mica_names branches)"
        return
        ;;
    --volume | -v)
        _mica_reply_files "$cur" -d
        return
        ;;
    --name | -n | --max-files | --max-layer-size | --env | -e | --workdir | -w | --user | -u | --entrypoint | --hostname) return ;;
    esac

    if [[ -z $verb ]]; then
        _mica_reply_words "$cur" "$verbs --store --help --version"
    elif [[ $cur == -* ]]; then
        _mica_reply_words "$cur" "$(_mica_options "$verb")"
    else
        case $verb:$operands in
        help:0) _mica_reply_words "$cur" "$verbs" ;;
        import:*) _mica_reply_files "$cur" -f ;;
        layers:0 | inspect:0 | mount:0 | which:0 | ls:0 | run:0 | bundle:0 | export:0) _mica_reply_images "$cur" ;;
        cat:*)
            _mica_reply_images "$cur" :/
            compopt -o nospace
            ;;
        mount:1 | bundle:1) _mica_reply_files "$cur" -d ;;
        diff:0 | commit:0) _mica_reply_words "$cur" "$(_mica_names branches)" ;;
        export:1) _mica_reply_words "$cur" "oci: oci-archive: docker-archive:" ;;
        branches:0) _mica_reply_words "$cur" "rm rename" ;;
        branches:*) _mica_reply_words "$cur" "$(_mica_names branches)" ;;
        umount:* | unmount:*) _mica_reply_mountpoints "$cur" ;;
        esac
    fi
}

complete -F _mica mica
