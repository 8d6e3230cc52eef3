# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica ls, cat, which, and a SOURCE as an IMAGE.
# shellcheck disable=SC2154

case_ls() {
    fill
    expect 0 ls app:1
    is out bin dangling dev doc etc 'evil\x1b[31m' 'not\xffutf8' opt srv usr 'with\\back'
    has_not out .hidden
    expect 0 ls -a app:1:/
    has out .hidden
    expect 0 ls app:1:/bin
    is out tool
    expect 0 ls -l app:1:/bin
    is out "lrwxrwxrwx 1 0 0 7 2017-07-14 02:40 /bin -> usr/bin"
    expect 0 ls -l app:1:/bin/
    is out "-rwsr-xr-x 1 1234 5 7 2017-07-14 02:40 tool"
    expect 0 ls -l app:1:/dev
    is out "crw-rw-rw- 1 0 0 1,3 2017-07-14 02:40 null" "prw-r--r-- 1 0 0   0 2017-07-14 02:40 pipe"
    expect 0 ls -l app:1:/srv
    grep -qE '^-rw-r--r-- 2 0 0 300000 .* also$' out || fail "link count"
    expect 0 ls -R app:1:/usr
    is out /usr/bin /usr/bin/tool
    expect 0 ls app:1:/dangling
    is out /dangling
    expect 0 ls app:1:/opt
    empty out
    expect 1 ls app:1:/opt/old
    complains "/opt/old: No such file or directory"
    expect 1 ls app:1:/etc/motd/x
    complains "Not a directory"
    expect 1 ls app
    complains 'no image "app"'
}

case_ls_json() {
    fill
    expect 0 ls --json app:1:/dev
    json 'x[0]["path"] == "/dev/null" and x[0]["type"] == "char" and (x[0]["major"], x[0]["minor"]) == (1, 3)'
    json 'x[1]["type"] == "fifo" and x[1]["mode"] == "0644" and x[1]["mtime"] == "2017-07-14T02:40:00.000000000Z"'
    expect 0 ls -R --json app:1
    json '{"/.hidden", "/usr/bin/tool", "/srv/also", "/evil\x1b[31m"} <= {e["path"] for e in x}'
    json '[e["path_hex"] for e in x if "path_hex" in e] == [b"/not\xffutf8".hex()]'
    json '[e["target"] for e in x if e["path"] == "/dangling"] == ["no\x1bwhere"]'
    json '[e["mode"] for e in x if e["path"] == "/usr/bin/tool"] == ["4755"]'
    expect 0 ls --json app:1:/opt
    is out "[]"
    expect 0 ls --json app:1:/etc/motd
    json 'len(x) == 1 and x[0]["path"] == "/etc/motd" and x[0]["size"] == 8'
}

# Nothing that an image says may act on a terminal.
case_terminal() {
    local store=(--store "$MICA_STORE")
    fill
    on_terminal "$mica" "${store[@]}" ls -la app:1
    has_not out $'\e'
    has out 'evil\x1b[31m'
    has out 'dangling -> no\x1bwhere'
    has out 'not\xffutf8'
    has out 'with\\back'
    on_terminal "$mica" "${store[@]}" layers app:1
    has_not out $'\e'
    on_terminal "$mica" "${store[@]}" which app:1 /srv/big
    has_not out $'\e'
    [ "$(tr -d '\r' <out | wc -L)" -le 80 ] || fail "wider than the terminal"
    on_terminal "$mica" "${store[@]}" which app:1 $'/evil\e[31m'
    has_not out $'\e'
    on_terminal "$mica" "${store[@]}" inspect app:1
    has_not out $'\e'
    on_terminal "$mica" "${store[@]}" inspect --config app:1
    has_not out $'\e'
    on_terminal "$mica" "${store[@]}" ls -R --json app:1
    has_not out $'\e'
}

case_cat() {
    fill
    expect 0 cat app:1:/etc/motd base:1:/etc/motd app:1:/bin/tool
    is out changed hello "#!tool"
    expect 0 cat app:1:/srv/also
    [ "$(wc -c <out)" = 300000 ] || fail size
    expect 1 cat app:1:/etc app:1:/etc/motd
    is out changed
    complains "app:1:/etc: not a regular file, but of type directory"
    expect 1 cat app:1:/dev/null
    complains "of type char"
    expect 1 cat app:1:/nothing
    complains "No such file"
}

case_which() {
    fill
    expect 0 which --json app:1 /etc/motd
    json '[(l["layer"], l["action"], l["visible"]) for l in x] == [(2, "replaces", True), (1, "adds", False)]'
    json 'x[1]["hidden_by"] == 2 and x[0]["size"] == 8 and x[0]["command"] == "RUN rm -rf /opt/old"'
    expect 0 which --json app:1 opt/old/file
    json '[(l["layer"], l["action"], l["path"]) for l in x] == [(2, "removes", "/opt/old"), (1, "adds", "/opt/old/file")]'
    expect 0 which app:1 /opt/old/file
    has out "/opt/old/file: not in the image, layer 2 removes it"
    expect 0 which --json app:1 /doc/readme
    json 'x[0]["action"] == "hides" and x[0]["path"] == "/doc" and not x[1]["visible"]'
    expect 0 which --json app:1 /doc
    json 'x[0]["opaque"] and x[0]["visible"] and not x[1]["visible"]'
    expect 0 which --json app:1 /bin/tool
    json '[(l["path"], l["mode"], l["uid"]) for l in x] == [("/usr/bin/tool", "4755", 1234)]'
    expect 0 which app:1 /etc
    has out "/etc: a directory with names of 2 layers"
    expect 0 which app:1 /
    expect 1 which app:1 /nothing
    complains "no layer of app:1 has /nothing"
}

# Where an IMAGE is asked for a SOURCE serves too.
case_source_as_image() {
    expect 0 ls "docker-archive:$images/base.tar:base:1:/etc"
    is out motd
    has err "mica: imported docker-archive:$images/base.tar:base:1 as base:1"
    expect 0 cat "$images/base.tar:/etc/motd"
    is out hello
    has_not err imported
    expect 0 which "$images/app.tar" /srv/big
    expect 0 layers "oci-archive:$images/multi.tar:two"
    expect 1 layers "$images/multi.tar"
    has err "2 images"
    expect 0 images --quiet
    is out app:1 base:1 one two
    expect 1 layers "$PWD/nowhere.tar"
    complains nowhere.tar
}

# Each verb understands the form of the others.
case_both_forms() {
    fill
    expect 0 cat app:1 /etc/motd /bin/tool
    is out changed "#!tool"
    expect 0 cat app:1:/etc/motd base:1:/etc/motd
    is out changed hello
    expect 0 cat "$images/base.tar" /etc/motd
    is out hello
    expect 0 cat "docker-archive:$images/base.tar" /etc/motd
    is out hello
    expect 1 cat app:1 /nothing
    complains "app:1:/nothing: No such file"
    expect 1 cat app:1:/etc/motd /etc/motd
    is out changed
    expect 0 which app:1 /etc/motd
    cp out two
    expect 0 which app:1:/etc/motd
    cmp out two || fail "which IMAGE:PATH"
    expect 0 which "docker-archive:$images/app.tar:/etc/motd"
    cmp out two || fail "which SOURCE:PATH"
    expect 0 ls "docker-archive:$images/app.tar:/doc"
    is out new
    expect 2 which app:1
    complains "needs IMAGE PATH, or IMAGE:PATH"
    expect 0 ls app:1 /doc
    is out new
    expect 0 ls app:1:/doc
    is out new
    expect 0 ls app:1 /doc /etc
    is out /doc: new "" /etc: motd
}
