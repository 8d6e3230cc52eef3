# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A C project is configured and built, half of it again, and once more after a new mount: this one, since it is at hand.

# shellcheck source=tests/work/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

sources() {
    as mkdir "$here/src"
    git -C "$root" -c safe.directory="$root" archive HEAD | as tar -x -C "$here/src"
}

# What ninja ends with; the order of the lines before it is nobody's.
make() { # TARGET...
    as ninja -C "$here/src/build" "$@" | tail -n 1
}

build() { # TARGET...
    as env PYTHONHASHSEED=0 meson setup "$here/src/build" "$here/src" -Dtests=false --buildtype=plain >"$T/meson.log" || fail "$(cat "$T/meson.log")"
    make "$@"
    again
    make "$@"
    # What is older than what was made of it must stay so, and what is newer be seen.
    as touch "$here/src/store/tree/resolve.c"
    as mv "$here/src/fuse/union" "$here/src/moved"
    as mv "$here/src/moved" "$here/src/fuse/union"
    make -n "$@" | sed 's/.*Linking/Linking/'
    make "$@" >"$T/make.log"
    make "$@"
    again
    make "$@"
}

same_builds() {
    # Times of files, and of the work, are written in these.
    same_trees --no-times --loose '*/.ninja_log' --loose '*/.ninja_deps' --loose '*/meson-private/*' --loose '*/meson-info/*' \
        --loose '*/meson-logs/*'
}

build_daemon() {
    build fuse/micafs
    as "$here/src/build/fuse/micafs" --version
}

root_build() {
    twice sources build_daemon
    same_builds
}

build_part() {
    build store/tree/libtree.a
}

user_build() {
    twice sources build_part
    same_builds
}

main "$@"
