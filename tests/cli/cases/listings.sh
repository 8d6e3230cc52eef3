# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica images, layers, inspect.
# shellcheck disable=SC2154

case_images() {
    fill
    expect 0 images
    has out "NAME    DIGEST        PLATFORM"
    [ "$(wc -l <out)" = 3 ] || fail "lines"
    has out "2024-05-06"
    expect 0 images --json
    json '[i["name"] for i in x] == ["app:1", "base:1"] and x[0]["layer_count"] == 3 and x[0]["size"] == 300022'
    json 'all(i[k].startswith("sha256:") for i in x for k in ("digest", "config_digest", "chain_id"))'
}

case_images_none() {
    expect 1 images
    complains "$MICA_STORE"
    expect 1 ls app:1
    [ ! -e "$MICA_STORE" ] || fail "a store was made for nothing"
}

case_layers() {
    fill
    expect 0 layers app:1
    has out "ADD file:1 in /"
    has_not out "#(nop)"
    expect 0 layers --json app:1
    json '[l["layer"] for l in x] == [1, 2, 3] and [l["shared"] for l in x] == [1, 0, 0]'
    json 'x[0]["command"] == "ADD file:1 in /" and x[1]["command"] == "RUN rm -rf /opt/old" and x[2]["size"] == 300000'
    json 'all(l["diff_id"] != l["blob_digest"] and l["blob_size"] > 0 for l in x) and x[0]["diff_id"] == x[0]["chain_id"]'
    expect 0 images --json
    cp out images
    expect 0 layers --json app:1
    python3 -c 'import json; assert json.load(open("out"))[2]["chain_id"] == json.load(open("images"))[0]["chain_id"]' ||
        fail "the last layer's chain is the image's"
    expect 1 layers nosuch
    complains 'no image "nosuch"'
    has err "app:1, base:1"
}

case_inspect() {
    fill
    expect 0 import -q --name again "$images/app.tar"
    expect 0 inspect app:1
    json 'x["names"] == ["again", "app:1"] and x["config"]["Env"] == ["A=b"] and len(x["history"]) == 3'
    json 'len(x["layers"]) == 3 and x["author"] == "somebody" and x["platform"].startswith("linux/")'
    cp out whole
    expect 0 inspect --raw app:1
    [ "sha256:$(sha256sum <out | cut -d' ' -f1)" = "$(python3 -c 'import json; print(json.load(open("whole"))["digest"])')" ] ||
        fail "--raw is not the manifest"
    expect 0 inspect --config app:1
    [ "sha256:$(sha256sum <out | cut -d' ' -f1)" = "$(python3 -c 'import json; print(json.load(open("whole"))["config_digest"])')" ] ||
        fail "--config is not the config"
    local digest
    digest=$(python3 -c 'import json; print(json.load(open("whole"))["digest"])')
    expect 0 inspect "$digest"
    expect 0 inspect "$(printf %.10s "${digest#sha256:}")"
}
