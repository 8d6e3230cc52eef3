# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica manifest, config, history.
# shellcheck disable=SC2154

digest_of() { # MEMBER: of ./whole
    python3 -c 'import json, sys; print(json.load(open("whole"))[sys.argv[1]])' "$1"
}

case_stored() {
    local store=(--store "$MICA_STORE")
    fill
    expect 0 inspect app:1
    cp out whole
    expect 0 manifest app:1
    [ "sha256:$(sha256sum <out | cut -d' ' -f1)" = "$(digest_of digest)" ] || fail "not the manifest"
    expect 0 config app:1
    [ "sha256:$(sha256sum <out | cut -d' ' -f1)" = "$(digest_of config_digest)" ] || fail "not the config"
    expect 0 manifest "$images/base.tar"
    json 'len(x["layers"]) == 1'
    expect 1 config nosuch
    complains 'no image "nosuch"'
    expect 2 manifest
    expect 2 config app:1 base:1
    on_terminal "$mica" "${store[@]}" config app:1
    has_not out $'\e'
}

steps_image() { # EXPRESSION: the history, to steps.tar
    PYTHONPATH=$root/tests/lib PYTHONDONTWRITEBYTECODE=1 python3 -c '
import sys
from made_image import Image, Tar
image = Image([Tar().file("a", b"12345").end(), Tar().file("b", b"1").end()], name="steps:1")
image.config["history"] = eval(sys.argv[1])
open("steps.tar", "wb").write(image.oci_archive())' "$1"
    expect 0 import --name steps:1 steps.tar
}

case_history() {
    steps_image '[{"created_by": "ADD a", "created": "2024-05-06T07:08:09+01:00", "author": "me"},
        {"created_by": "ENV A=b", "created": "soon", "empty_layer": True, "comment": "c\x1b[2J"}, {"created_by": "COPY b"},
        {"empty_layer": True}]'
    expect 0 history steps:1
    empty err
    tr -s ' ' <out | sed 's/^ //' >lines
    is lines "LAYER CREATED SIZE COMMAND" "- - 0 B -" "2 - 1 B COPY b" "- - 0 B ENV A=b" "1 2024-05-06 06:08 5 B ADD a"
    expect 0 layers --json steps:1
    cp out layers
    expect 0 history --json steps:1
    json '[(s.get("layer"), s.get("size"), s["empty"], s["command"]) for s in x] == [
        (None, 0, True, None), (2, 1, False, "COPY b"), (None, 0, True, "ENV A=b"), (1, 5, False, "ADD a")]'
    json '[s["created"] for s in x] == [None, None, None, "2024-05-06T06:08:09.000000000Z"] and x[3]["author"] == "me"'
    json 'x[2]["comment"] == "c\x1b[2J" and [s["diff_id"] for s in x[1::2]] == [l["diff_id"] for l in json.load(open("layers"))][::-1]'
    # As many steps as layers are needed to say which made which.
    steps_image '[{"created_by": "one for both"}]'
    expect 0 history steps:1
    tr -s ' ' <out | sed 's/^ //' >lines
    is lines "LAYER CREATED SIZE COMMAND" "- - - one for both"
    complains "layers in the history: 1, in the image: 2"
    expect 0 history --json steps:1
    json 'x == [{"created": None, "command": "one for both", "author": None, "comment": None, "empty": False}]'
    steps_image '[]'
    expect 0 history --json steps:1
    is out "[]"
}
