# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Images of several platforms.
# shellcheck disable=SC2154

case_platforms() {
    python3 "$root/tests/cli/platforms.py" "$mica" >out 2>err || fail "another image of an index"
}
