# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A terminal for tests: tmux with a server of the test's own, keys sent, screens awaited and compared.
# shellcheck disable=SC2154

terminals=0

terminal() { # tmux COMMAND of this test's server
    tmux -S "$PWD/tmux$terminals" -f /dev/null "$@"
}

# Starts COMMAND, a line of bash, on a terminal; then it says "ended STATUS" and waits. The environment: TERM, LC_ALL and more
# NAME=VALUE words.
terminal_start() { # COLUMNS LINES COMMAND [NAME=VALUE...]
    command -v tmux >/dev/null || exit 77
    local columns=$1 lines=$2 command=$3
    shift 3
    trap terminal_end EXIT
    terminals=$((terminals + 1)) # the server before may still be ending
    printf '%s\n' 'stty -g >before' "$command" 'echo "ended $?"' 'stty -g >after' 'exec cat >/dev/null' >commands
    terminal new-session -d -x "$columns" -y "$lines" env TERM=xterm-256color LC_ALL=C.UTF-8 TZ=UTC MICA_STORE="$MICA_STORE" "$@" \
        bash --norc "$PWD/commands"
}

terminal_end() {
    terminal kill-server 2>/dev/null || true
}

keys() { # tmux's names of keys, or text
    terminal send-keys "$@"
}

# What is typed as it is: text, escape sequences.
types() {
    terminal send-keys -l -- "$1"
}

screen() {
    terminal capture-pane -p
}

# Waits until a command succeeds; what is awaited is tried some fifty times a second, for a minute.
await() { # COMMAND...
    local _
    for _ in $(seq 3000); do
        ! "$@" >/dev/null 2>&1 || return 0
        read -rt 0.02 <> <(:) || true
    done
    return 1
}

screen_has() {
    screen | grep -qF -- "$1"
}
screen_lacks() {
    ! screen_has "$1"
}

# The screen has, or comes to have, a text.
screen_shows() { # TEXT...
    local text
    for text; do
        await screen_has "$text" || {
            screen
            echo "FAILED: the screen never has \"$text\""
            exit 1
        }
    done
}
screen_hides() { # TEXT: until it is gone
    await screen_lacks "$1" || {
        screen
        echo "FAILED: the screen still has \"$1\""
        exit 1
    }
}

# The screen is, or becomes, what standard input has, without trailing blanks.
screen_is() {
    sed 's/ *$//' >wanted
    await same_screen || {
        screen | sed 's/ *$//' | diff wanted - || true
        echo "FAILED: the screen is another one"
        exit 1
    }
}
same_screen() {
    screen | sed 's/ *$//' | cmp -s wanted -
}

# The program has ended with a status and given the terminal back.
ended() { # STATUS
    screen_shows "ended $1"
    await test -s after || fail "no modes"
    cmp before after || fail "the modes of the terminal are not as they were"
    [ "$(terminal display-message -p '#{alternate_on} #{mouse_any_flag} #{cursor_flag} #{keypad_cursor_flag}')" = "0 0 1 0" ] ||
        fail "the terminal is not as it was: $(terminal display-message -p '#{alternate_on} #{mouse_any_flag} #{cursor_flag} #{keypad_cursor_flag}')"
}

# The process of the program on the terminal.
program() {
    local shell
    shell=$(terminal display-message -p '#{pane_pid}')
    pgrep -P "$shell"
}

# What a name of ncurses's terminfo makes of the mouse: SGR, as xterm-256color has it.
click() { # LINE COLUMN, from 0
    types $'\e'"[<0;$(($2 + 1));$(($1 + 1))M"$'\e'"[<0;$(($2 + 1));$(($1 + 1))m"
}
wheel() { # up|down LINE COLUMN
    local button=64
    [ "$1" = up ] || button=65
    types $'\e'"[<$button;$(($3 + 1));$(($2 + 1))M"
}
