# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# JSON of all verbs, beside what the manual promises.
# shellcheck disable=SC2154

case_json_promise() {
    local how=()
    [ ! -w /dev/fuse ] || how=(mount)
    python3 "$root/tests/cli/json_promise.py" "$mica" "$root/cli/man/mica.1" "$images" "${how[@]}" >out 2>err || fail "JSON is not as promised"
}

# Without any store, mounts are an empty list; other listings say where there is none.
case_json_without_store() {
    expect 0 mounts --json
    python3 -c 'import json; assert isinstance(json.load(open("out")), list)' || fail "no list"
    expect 1 images --json
    complains "no store"
    empty out
    expect 1 import --json "$PWD/none.tar"
    is out "[]"
}

# Of what goes wrong midway, too, a whole list is printed.
case_import_json() {
    expect 1 import --json "$images/base.tar" "$PWD/none.tar" "$images/app.tar"
    json '[(i["name"], i["layer_count"], i["layers_present"], i["unchanged"], i["replaced"]) for i in x] == [("base:1", 1, 0, False, None), ("app:1", 3, 1, False, None)]'
    complains none.tar
    local digest
    digest=$(python3 -c 'import json; print(json.load(open("out"))[1]["digest"])')
    expect 0 import --json "$images/also.tar"
    json "x[0]['replaced'] == '$digest'"
    empty err
    expect 0 import --quiet "$images/app.tar"
    is out "$digest"
}
