# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The points of the checklist for union file systems (tests/README.md), each by its name: see points/scene.py.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

if [ $# = 0 ]; then
    exec python3 "$here/points/run" list
fi
name=$1

a_point() {
    # The checkout may be closed to the identity.
    mkdir -p "$T/tests/mount"
    cp -r "$here/points" "$T/tests/mount"
    cp -r "$root/tests/union" "$root/tests/lib" "$T/tests"
    chmod -R a+rX "$T/tests"
    as mkdir "$me/scenes"
    cd "$me/scenes"
    as env MICA_TEST_BIN="$T/bin" python3 "$T/tests/mount/points/run" "$name" "$identity"
}

main a_point "$2"
