# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Completion: what mica says that a word may become, and that bash, zsh and fish show that.
# shellcheck disable=SC2154

completes() { # WORD...: to be followed by `is out`
    "$mica" complete -- "$@" >out 2>err || fail "status $?"
    empty err
    cut -f 1 out >words
    mv words out
}

# What a shell offers for a line, a word each.
shell_offers() { # SHELL LINE
    command -v "$1" >/dev/null || exit 77
    PATH=$build/cli:$PATH LINE=$2 COMPLETIONS=$root/cli/completion
    export COMPLETIONS LINE
    case $1 in
    bash)
        bash --norc -c '
            . "$COMPLETIONS/mica.bash"
            compopt() { :; }
            read -ra COMP_WORDS <<<"$LINE"
            [[ $LINE != *" " ]] || COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$LINE COMP_POINT=${#LINE}
            _mica
            printf "%s\n" "${COMPREPLY[@]}"'
        ;;
    zsh)
        zsh -f -c '
            compset() { : }
            compadd() { print -rl -- $found }
            words=(${(s: :)LINE})
            [[ $LINE != *" " ]] || words+=("")
            CURRENT=$#words
            . $COMPLETIONS/_mica'
        ;;
    fish)
        fish --no-config -c 'source $COMPLETIONS/mica.fish; complete --do-complete $LINE' | cut -f 1
        ;;
    esac >offered 2>err
    empty err
}

case_completion() {
    fill
    completes im
    is out import images
    completes unm
    is out unmount
    completes --
    is out --store --also --help --version
    completes images --j
    is out --json
    completes ls ""
    is out app:1 base:1
    completes layers b
    is out base:1
    completes --store "$PWD/none" layers ""
    empty out
    completes --store="$PWD/none" layers ""
    empty out
    completes layers --store "$PWD/none" ""
    empty out
    completes cat app
    is out :nospace "app:1:/"
    completes mount app:1 th
    is out :directories
    completes import x
    is out :files
    mkdir -p "$MICA_STORE/branches/work" "$MICA_STORE/branches/play"
    completes branches r
    is out rm rename
    completes branches rm wo
    is out work
    completes branches rename work ""
    is out play work
    completes mount --rw=wo
    is out --rw=work
    completes mount --rw=
    is out --rw=play --rw=work
    completes mount --rw ap
    is out app:1
    completes mount --rw=play ap
    is out app:1
    completes help wh
    is out which
    completes import --platform linux/am
    is out linux/amd64
    completes import -p linux/am
    is out linux/amd64
    completes import -qp linux/am
    is out linux/amd64
    completes import -plinux/arm64 x
    is out :files
    completes run --network=h
    is out --network=host
    completes export app:1 oci:
    is out :nospace oci:
    completes diff ""
    is out play work app:1 base:1
    completes diff app:1 w
    is out work
    completes commit ""
    is out play work
    # What is behind the first word of a container, or behind "--", are no options.
    completes run app:1 --r
    empty out
    completes ls -- --
    empty out
    completes nonsense ""
    empty out
    # Of mounts, where they are.
    completes umount /nowhere
    empty out
    # Nobody who is typing is told of mistakes.
    mkdir damaged && touch damaged/mica-store
    completes --store "$PWD/damaged" layers ""
    completes --nonsense ""
    "$mica" complete >out
    empty out
}

# Verbs and options in every shell: all that --help has.
case_completion_is_complete() {
    local shell verb
    for shell in bash zsh fish; do
        shell_offers $shell "mica "
        for verb in $(verbs); do
            grep -qx "$verb" offered || fail "$shell does not offer $verb"
        done
        ! grep -qx complete offered || fail "$shell offers what is for programs"
    done
    for verb in $(verbs); do
        expect 0 "$verb" --help
        sed -n '/^Options:/,/^$/s/^  [-a-zA-Z0-9, ]\{4\}\(--[a-z-]*\).*/\1/p' out | sort -u >wanted
        for shell in bash zsh fish; do
            shell_offers $shell "mica $verb --"
            sort -u offered | diff wanted - || fail "$shell offers other options of $verb"
        done
    done
}

# As typed into a shell, with its completions loaded in its own way, until Tab is pressed.
case_completion_typed() {
    local shell setup lines become
    fill
    mkdir -p "$MICA_STORE/branches/work" there
    lines=("mica ins" "mica ls ap" "mica cat app" "mica cat app:1:/srv ba" "mica mount --rw=wo" "mica run --network=h"
        "mica mount --foreg" "mica mount base:1 the" "mica import ther" "mica --store $PWD/none layers ba" "mica export app:1 oci-")
    become=("mica inspect" "mica ls app:1" "mica cat app:1:/" "mica cat app:1:/srv base:1:/" "mica mount --rw=work" "mica run --network=host"
        "mica mount --foreground" "mica mount base:1 there/" "mica import there/" "mica --store $PWD/none layers ba" "mica export app:1 oci-archive:")
    for shell in bash zsh; do
        command -v $shell >/dev/null || exit 77
        setup=". $root/cli/completion/mica.bash"
        [ $shell = bash ] || setup="fpath=($root/cli/completion \$fpath); autoload -Uz compinit; compinit -D"
        PATH=$build/cli:$PATH "$root/tests/cli/typed" $shell "$setup" "${lines[@]}" >out 2>err || fail "$shell"
        [ $shell = bash ] || sed -i 's|\(there\)$|\1/|' out # zsh takes the slash back with the blank that follows
        is out "${become[@]}"
    done
}

# Paths inside images, of both forms; names with blanks and of a pattern's letters.
case_completion_of_paths() {
    fill
    python3 - "$root" <<'EOP' >odd.tar
import os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
sys.stdout.buffer.write(Image([Tar().dir("a dir").file("a dir/my $x [f]", b"x").file("a dir/.dot", b"x").file("a dir/z\x1b", b"x").dir("one").file("one/a:b", b"").symlink("to", "one").end()], name="odd").oci_archive())
EOP
    expect 0 import odd.tar
    completes ls app:1:/us
    is out :nospace app:1:/usr/
    completes ls app:1 /usr/bin/
    is out /usr/bin/tool
    completes ls app:1 /bin/t
    is out /bin/tool
    completes ls app:1 o
    is out odd
    completes ls app:1 /usr base:1 /d
    is out :nospace /dangling /dev/ /doc/
    completes cat app:1:/et
    is out :nospace app:1:/etc/
    completes cp app:1:/usr/bin/t
    is out app:1:/usr/bin/tool
    completes tree app:1 /us
    is out :nospace /usr/
    completes which app:1 us
    is out :nospace usr/
    completes find app:1 -new
    is out -newer -newermt
    completes find app:1 /usr -na
    is out -name
    completes find app:1:/usr -na
    is out -name
    completes ls odd ""
    is out :nospace "/a dir/" /one/ /to/
    completes ls "odd:/a dir/"
    is out "odd:/a dir/my \$x [f]"
    completes ls "odd:/a dir/."
    is out "odd:/a dir/.dot"
    completes ls nosuch:/e
    empty out
    completes ls app:1:/nosuch/x
    empty out
    completes layers app:1:/e
    empty out
    local lines become shell
    lines=('mica ls odd:/a' 'mica ls odd:/a\ dir/m' 'mica which odd /a\ d' 'mica cat odd /a\ dir/m' "mica cat 'odd:/a dir/m" 'mica ls odd:/one/a:')
    become=('mica ls odd:/a dir/' 'mica ls odd:/a dir/my $x [f]' 'mica which odd /a dir/' 'mica cat odd /a dir/my $x [f]'
        'mica cat odd:/a dir/my $x [f]' 'mica ls odd:/one/a:b')
    for shell in bash zsh; do
        command -v $shell >/dev/null || exit 77
        setup=". $root/cli/completion/mica.bash"
        [ $shell = bash ] || setup="fpath=($root/cli/completion \$fpath); autoload -Uz compinit; compinit -D"
        PATH=$build/cli:$PATH "$root/tests/cli/typed" $shell "$setup" "${lines[@]}" >out 2>err || fail "$shell"
        is out "${become[@]}"
    done
    shell_offers fish 'mica ls odd:/a\ dir/m'
    grep -qxF 'odd:/a dir/my $x [f]' offered || fail "fish: $(cat offered)"
    shell_offers fish 'mica ls odd /a'
    grep -qxF '/a dir/' offered || fail "fish: $(cat offered)"
}

case_completion_of_mounts() {
    can_mount
    fill
    mkdir mnt
    expect 0 mount app:1 mnt
    completes umount "$PWD"
    is out "$PWD/mnt"
    completes unmount --lazy "$PWD/m"
    is out "$PWD/mnt"
    expect 0 umount mnt
}
