# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica tree.
# shellcheck disable=SC2154

case_tree() {
    fill
    local nb=$'\xc2\xa0'
    expect 0 tree app:1
    is out / "├── bin -> usr/bin" '├── dangling -> no\x1bwhere' "├── dev" "│$nb$nb ├── null" "│$nb$nb └── pipe" "├── doc" "│$nb$nb └── new" \
        "├── etc" "│$nb$nb └── motd" '├── evil\x1b[31m' '├── not\xffutf8' "├── opt" "├── srv" "│$nb$nb ├── also" "│$nb$nb └── big" \
        "├── usr" "│$nb$nb └── bin" "│$nb$nb     └── tool" '└── with\\back' "" "7 directories, 12 files"
    expect 0 tree -a -L 1 -s app:1
    has out "├── [          1]  .hidden"
    has out "├── [          7]  bin -> usr/bin"
    has out "├── [          0]  srv"
    has_not out motd
    has out "6 directories, 6 files"
    expect 0 tree -d -L 1 --du app:1
    is out "[     300022]  /" "├── [          0]  dev" "├── [          3]  doc" "├── [          8]  etc" "├── [          0]  opt" \
        "├── [     300000]  srv" "└── [          7]  usr" "" "6 directories"
    expect 0 tree app:1 /bin
    is out /bin "└── tool" "" "0 directories, 1 file"
    expect 0 tree app:1:/etc/motd
    is out /etc/motd "" "0 directories, 0 files"
    expect 0 tree app:1:/opt
    is out /opt "" "0 directories, 0 files"
    expect 1 tree app:1:/nothing
    complains "/nothing: No such file"
    expect 2 tree -L 0 app:1
    complains '"0" is no number of directories'
    expect 2 tree -L x app:1
    expect 2 tree -J app:1
    has err "mica ls -R --json"
}
