# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica import.
# shellcheck disable=SC2154

case_import() {
    expect 0 import "$images/base.tar"
    grep -qE '^base:1  sha256:[0-9a-f]{64}  \(1 layer\)$' out || fail "result"
    is err "importing base:1: 1 layer"
    expect 0 import "$images/app.tar"
    has out "(3 layers, 1 already here)"
    expect 0 import "$images/app.tar"
    has out "(3 layers, unchanged)"
    expect 0 import --quiet --name other "$images/app.tar"
    grep -qxE 'sha256:[0-9a-f]{64}' out || fail "not the digest alone"
    empty err
    expect 0 images --quiet
    is out app:1 base:1 other
    nothing_left
}

case_import_multi() {
    expect 0 import "$images/multi.tar"
    [ "$(cut -d' ' -f1 out | xargs)" = "one two" ] || fail names
    export MICA_STORE=$PWD/second
    expect 0 import "oci-archive:$images/multi.tar:two"
    [ "$(cut -d' ' -f1 out)" = two ] || fail name
    expect 1 import "oci-archive:$images/multi.tar:three"
    complains three
}

case_import_stdin() {
    "$mica" import - <"$images/app.tar" >out 2>err || fail "import -"
    has out "app:1  sha256:"
}

case_import_reading() {
    python3 "$root/tests/cli/reading.py" "$mica" "$images/app.tar" >out 2>err || fail "what is said while an archive is read"
    nothing_left
}

case_import_mistakes() {
    expect 2 import
    complains "needs SOURCE"
    expect 2 import --name x a b
    complains "--name names one image, but there are 2 sources"
    expect 2 import --name ../x "$images/base.tar"
    complains "--name"
    expect 2 import --max-files many "$images/base.tar"
    complains '"many" is not a number'
    expect 2 import --max-layer-size 1X "$images/base.tar"
    complains '"1X" is not a size'
    expect 2 import --platform // "$images/base.tar"
    complains "--platform"
    [ ! -e "$MICA_STORE" ] || fail "a store was made for nothing"
    expect 1 import "$PWD/nowhere.tar"
    complains nowhere.tar
    expect 1 import docker://debian
    complains docker
    expect 1 import "$images/cut.tar"
    complains cut.tar
    expect 1 import "$images/far.tar"
    complains linux/vax
    expect 1 import --max-files 3 "$images/base.tar"
    complains "layer 1"
    expect 1 import --max-layer-size 1k "$images/base.tar"
    complains "layer 1"
    expect 0 images --quiet
    empty out
    nothing_left
    expect 0 import --platform linux/vax "$images/far.tar"
    expect 1 import "$PWD/nowhere.tar" "$images/base.tar" # the good one is taken all the same
    expect 0 images --quiet
    is out base:1 far
}

# Until a process of mica catches a signal.
until_caught() { # PID SIGNAL-NUMBER
    until [ -e "/proc/$1/status" ] && (($((16#$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status"))) & 1 << ($2 - 1))); do
        kill -0 "$1" || fail "mica has ended"
    done
}

# A fifo that nobody writes to holds no import up that is to end, and one that somebody writes to later is read.
case_import_fifo() {
    local pid watchdog status=0
    mkfifo fifo
    env --default-signal=TERM "$mica" import "$PWD/fifo" >out 2>err &
    pid=$!
    (sleep 60 && kill -KILL "$pid") &
    watchdog=$!
    until_caught "$pid" 15
    kill -TERM "$pid"
    wait "$pid" || status=$?
    kill "$watchdog"
    [ "$status" = 143 ] || fail "status $status, not 143"
    complains interrupted
    cat "$images/base.tar" >fifo &
    expect 0 import --quiet "$PWD/fifo"
    nothing_left
}

# A signal ends an import that waits for its input, with the store as it was.
interrupted_by() { # SIGNAL STATUS
    local pid watchdog status=0
    fill
    expect 0 images --json
    cp out before
    mkfifo pipe
    # Background jobs of a script ignore SIGINT; env gives it back its meaning.
    env --default-signal=INT,TERM,HUP "$mica" import - <pipe >out 2>err &
    pid=$!
    (sleep 60 && kill -KILL "$pid") &
    watchdog=$!
    exec 9>pipe
    head -c 600 "$images/app.tar" >&9
    until_caught "$pid" "$3"
    kill "-$1" "$pid"
    wait "$pid" || status=$?
    kill "$watchdog"
    exec 9>&-
    [ "$status" = "$2" ] || fail "status $status, not $2"
    complains interrupted
    empty out
    expect 0 images --json
    cmp out before || fail "the store has changed"
    nothing_left
}

case_import_sigint() {
    interrupted_by INT 130 2
}

case_import_sigterm() {
    interrupted_by TERM 143 15
}

case_import_terminal() {
    on_terminal "$mica" --store "$MICA_STORE" import "$images/app.tar"
    has out $'\r\e[K'
    tr '\r' '\n' <out | sed 's/\x1b\[K//' | grep -q '^app:1  sha256' || fail "the result is not on a line of its own"
    has_not out "importing"
}

case_import_docker_archives() {
    python3 "$root/tests/cli/docker_archives.py" "$mica" >out 2>err || fail "docker-archives"
}
