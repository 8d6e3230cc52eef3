# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The points of the checklist for union file systems (tests/README.md), of which each counts as a test: see points/scene.py.
# $MICA_TEST_POINTS is a pattern for those that are run.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

try_points() {
    # The checkout may be closed to the identity.
    mkdir -p "$T/tests/mount"
    cp -r "$here/points" "$T/tests/mount"
    cp -r "$root/tests/union" "$root/tests/lib" "$T/tests"
    chmod -R a+rX "$T/tests"
    as env MICA_TEST_BIN="$T/bin" MICA_TEST_SEED="${MICA_TEST_SEED-$EPOCHSECONDS}" MICA_TEST_JOBS="${MICA_TEST_JOBS-$(nproc)}" python3 "$T/tests/mount/points/run" all "$identity" "${MICA_TEST_POINTS-.}"
}

root_points() {
    try_points
}

user_points() {
    try_points
}

space_points() {
    try_points
}

one_points() {
    try_points
}

main "$@"
