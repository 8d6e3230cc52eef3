# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica ls: orders, several words, patterns, and what --json tells of a file.
# shellcheck disable=SC2154

# An image of three layers: sizes and times that differ, a name that is a pattern, capabilities, directories that no layer
# describes and that one describes in the same words.
odd_listing() {
    python3 - "$root" <<'EOP' >listing.tar
import os, struct, sys
sys.path.insert(0, os.path.join(sys.argv[1], "tests/lib"))
from made_image import Image, Tar
caps = struct.pack("<5I", 0x02000001, 1 << 13 | 1 << 10, 1 << 10, 0, 0)
user = struct.pack("<6I", 0x03000000, 1 << 13, 0, 1 << (39 - 32), 0, 1000)
base = (Tar().dir("d").file("d/a.so", b"x" * 3000, mtime=100).file("d/b.so.1", b"x" * 20, mtime=300).file("d/c", b"", mtime=200)
        .file("d/.hidden", b"x" * 5).file("d/[ab]", b"literal").symlink("l", "d").dir("d/sub").file("d/sub/z.so", b"x" * 50, mtime=50)
        .file("undescribed/x", b"x").dir("described", mtime=0).file("described/x", b"x").end())
top = (Tar().pax({b"SCHILY.xattr.security.capability": caps}).file("ping", b"p").pax({b"SCHILY.xattr.security.capability": user, b"SCHILY.xattr.user.k": b"v\xff"})
       .file("other", b"o").pax({b"SCHILY.xattr.security.capability": b"bad"}).file("bad", b"o").end())
sys.stdout.buffer.write(Image([base, top, Tar().file("d/c", b"new").file("undescribed/y", b"y").end()]).oci_archive())
EOP
    expect 0 import --name listing listing.tar
}

case_ls_orders() {
    odd_listing
    expect 0 ls -S listing:/d
    is out sub a.so b.so.1 '[ab]' c
    expect 0 ls -tr listing:/d
    is out a.so b.so.1 sub c "[ab]"
    expect 0 ls -r1 listing:/d
    is out sub c b.so.1 a.so '[ab]'
    expect 0 ls -A listing:/d
    is out .hidden '[ab]' a.so b.so.1 c sub
    expect 0 ls -RS listing:/d
    is out /d/sub /d/a.so /d/sub/z.so /d/b.so.1 '/d/[ab]' /d/c
    expect 0 ls -lhd listing:/d listing:/l listing:/d/a.so
    is out "drwxr-xr-x 3 0 0 4.1kB 2017-07-14 02:40 /d" "lrwxrwxrwx 1 0 0    1B 2017-07-14 02:40 /l -> d" \
        "-rw-r--r-- 1 0 0 3.0kB 1970-01-01 00:01 /d/a.so"
    expect 0 ls -d listing
    is out /
    fill
    # Two images; files first.
    expect 0 ls listing:/d/sub app:1:/etc/motd base:1 /doc /etc
    is out app:1:/etc/motd "" listing:/d/sub: z.so "" base:1:/doc: readme "" base:1:/etc: motd
    # A word that is no image is a path; what goes wrong does not hide the rest.
    expect 1 ls listing d/sub d/nothing
    is out z.so
    complains "d/nothing: No such file"
    expect 1 ls app:1:/opt/old
    complains "/opt/old: No such file or directory; layer 2 removed it: mica ls --upto 1 app:1:/opt/old"
    expect 1 ls app:1 /opt/old
    complains "mica ls --upto 1 app:1:/opt/old"
}

case_ls_patterns() {
    odd_listing
    expect 0 ls 'listing:/d/*.so*'
    is out /d/a.so /d/b.so.1
    expect 0 ls listing '/*/*/z.so' 'l/s*'
    is out /d/sub/z.so /l/sub/z.so "" l/sub: z.so
    expect 0 ls -d listing '/*/'
    is out /d/ /described/ /l/ /undescribed/
    expect 0 ls listing '/d/?' '/d/[!a-z]*' '/d/.h*'
    is out /d/c '/d/[ab]' /d/.hidden
    # A name that exists is meant, whatever it looks like.
    expect 0 ls 'listing:/d/[ab]'
    is out '/d/[ab]'
    expect 0 ls 'listing:/d/\[ab\]*'
    is out '/d/[ab]'
    expect 1 ls listing '/nothing*/x'
    complains "/nothing*/x: No such file"
    empty out
    expect 1 ls --upto 1 'listing:/[po]*' # of layer 2
    expect 0 ls 'listing:/[po]*'
    is out /other /ping
}

case_ls_facts() {
    odd_listing
    expect 0 ls -R --json --digest listing
    json '{e["path"]: e.get("layer") for e in x if e["type"] == "directory"} == {"/d": 1, "/d/sub": 1, "/described": 1, "/undescribed": None}'
    json '{e["path"]: e["layer"] for e in x if e["path"] in ("/d/c", "/ping", "/d/a.so", "/undescribed/y", "/l")} == {"/d/c": 3, "/ping": 2, "/d/a.so": 1, "/undescribed/y": 3, "/l": 1}'
    json '{e["path"]: e["capabilities"] for e in x if "capabilities" in e} == {"/ping": "cap_net_bind_service=eip cap_net_raw=ep", "/other": "cap_bpf,cap_net_raw=p [rootid=1000]"}'
    json '[e["xattrs"] for e in x if e["path"] == "/other"][0][1] == {"xattr": "user.k", "value": "v\ufffd", "value_hex": "76ff"}'
    json 'all(e["name"] == "listing" for e in x)'
    json '[e["content_digest"] for e in x if e["path"] == "/d/c"] == ["sha256:'"$(printf new | sha256sum | cut -d' ' -f1)"'"]'
    json 'all(("content_digest" in e) == (e["type"] == "file") for e in x)'
    expect 0 ls --json --layer 3 listing:/d
    json '[(e["path"], e["layer"]) for e in x] == [("/d/c", 3)]'
    expect 0 ls --json --upto 2 listing:/d/c
    json 'x[0]["layer"] == 1 and "content_digest" not in x[0]'
    expect 0 ls --digest listing:/d/c
    is out "$(printf new | sha256sum | cut -d' ' -f1) /d/c"
}
