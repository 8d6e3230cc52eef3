# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What layers did: mica layers, beside a slow count (study_count.py).
# shellcheck disable=SC2154

case_study_random() {
    python3 "$root/tests/cli/study_count.py" "$mica" random 40 ${MICA_TEST_SEED:+"$MICA_TEST_SEED"} >out 2>err || fail "count"
}

case_study_real_images() {
    local place=${MICA_TEST_IMAGES:-${XDG_CACHE_HOME:-$HOME/.cache}/mica/images} image
    [ -e "$place/done" ] || exit 77
    for image in pyapp worker; do
        python3 "$root/tests/cli/study_count.py" "$mica" image "$place/oci" "$image" >out 2>err || fail "$image"
    done
}

case_layers_long() {
    fill
    expect 0 layers --json app:1
    json '[(l["files_added"], l["files_changed"], l["files_metadata"], l["files_removed"]) for l in x] == [(12, 0, 0, 0), (1, 1, 0, 2), (2, 0, 0, 0)]'
    json '[(l["dead_size"], l["dead_files"]) for l in x] == [(13, 3), (0, 0), (0, 0)]'
    json 'x[0]["dead_blob_size"] == x[0]["blob_size"] * 13 // x[0]["size"]'
    expect 0 layers --long app:1
    [ "$(head -n 1 out | tr -s ' ')" = "LAYER DIGEST SIZE BLOB DEAD FILES ADDED CHANGED METADATA REMOVED SHARED COMMAND" ] || fail heading
    [ "$(sed -n 3p out | awk '{ print $1, $9, $10, $11, $12, $13, $14 }')" = "2 5 1 1 0 2 0" ] || fail "line of layer 2"
}
