# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What an image or another user controls, in everything that is printed.
# shellcheck disable=SC2154

case_inert() {
    local how=()
    [ ! -w /dev/fuse ] || how=(mount)
    python3 "$root/tests/cli/inert.py" "$mica" "${how[@]}" >out 2>err || fail "text that is not inert"
}
