# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What README.md shows first, as it is written, as an ordinary user; docker is a program that gives out an archive.
# shellcheck disable=SC2154

case_readme_example() {
    can_mount
    [ "$(id -u)" = 0 ] || exit 77
    [ "$(stat -c %a /dev/fuse)" = 666 ] || exit 77
    mkdir -p user/bin
    cp "$mica" "$build/fuse/micafs" user/bin/
    # shellcheck disable=SC2016
    printf '#!/bin/sh\n[ "$1 $2" = "save app:1" ] && cat "$HOME/app.tar"\n' >user/bin/docker
    chmod 755 user/bin/docker
    cp "$images/app.tar" user/
    chown -R 65534:65534 user
    chmod 755 "$scratch" .
    sed -n '/^As an ordinary user/,/^Without/s/^    \$ //p' "$root/README.md" | sed 's|/etc/passwd|/etc/motd|' >script # which the image here has
    [ "$(wc -l <script)" = 5 ] || fail "where is the example of README.md?"
    setpriv --reuid=65534 --regid=65534 --clear-groups env -u MICA_STORE -u XDG_DATA_HOME PATH="$PWD/user/bin:$PATH" \
        HOME="$PWD/user" bash -e script >out 2>err || {
        umount user/app || true
        fail "as an ordinary user"
    }
    has out "app:1  sha256:"
    has out "etc"
    has out "/etc/motd: from layer 2"
    [ ! -e user/app/etc ] || fail "still mounted"
}
