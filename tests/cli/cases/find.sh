# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica find.
# shellcheck disable=SC2154

# Beside GNU find on what mica cp made of the same image (cp.sh: which is what a mount shows).
case_find_table() {
    [ "$(id -u)" = 0 ] || exit 77
    trees_image
    expect 0 cp -a trees:1:/ all
    python3 "$root/tests/cli/find_table.py" "$mica" trees:1 "$PWD/all" >table 2>&1 || {
        cat table
        fail "not as find(1)"
    }
}

case_find() {
    fill
    expect 0 find app:1
    has out /etc/motd
    has out '/evil\x1b[31m'
    [ "$(head -n 1 out)" = / ] || fail "the root is not the first"
    expect 0 find app:1 /etc
    is out /etc /etc/motd
    expect 0 find app:1:/etc -type f
    is out /etc/motd
    expect 0 find app:1 etc/ -name etc
    is out etc/
    expect 0 find app:1 /bin # a link is not followed
    is out /bin
    expect 0 find app:1 /bin/ -type f
    is out /bin/tool
    expect 0 find app:1 -perm -u=s -ls
    is out "-rwsr-xr-x 1 1234 5 7 2017-07-14 02:40 /usr/bin/tool"
    expect 0 find app:1 -type l -name bin -ls
    has out "/bin -> usr/bin"
    expect 0 find app:1 -name '*utf8' -print0
    [ "$(xxd -p out)" = 2f6e6f74ff7574663800 ] || fail "-print0 changes a name"
    expect 0 find app:1 ! -type d '(' -name motd -o -name tool ')'
    is out /etc/motd /usr/bin/tool
    expect 1 find app:1 /nothing
    complains "/nothing: No such file"
    expect 2 find app:1 -nonsense
    complains "find: unknown test or action -nonsense"
    expect 2 find app:1 /etc /usr
    complains '"/usr" is no test: give one PATH'
    expect 2 find app:1 -user root
    complains "the image's /etc/passwd has no \"root\""
    expect 2 find
}

# Users are those of the image, and attributes have names.
case_find_users() {
    PYTHONPATH=$root/tests/lib PYTHONDONTWRITEBYTECODE=1 python3 - <<'END'
from made_image import Image, Tar
t = Tar().dir("etc").file("etc/passwd", b"short:x\nroot:x:77:0::/:\nroot:x:78:0::/:\nhuge:x:99999999999999:1::/:\n").file("etc/group", b"root:x:88:\n")
t.file("mine", uid=77, gid=88).file("other", uid=78)
t.pax({b"SCHILY.xattr.user.note": b"x"}).file("noted")
with open("users.tar", "wb") as file:
    file.write(Image([t.end()], name="users:1").oci_archive())
END
    expect 0 import -q --name users:1 users.tar
    expect 0 find users:1 -user root
    is out /mine
    expect 0 find users:1 -group root
    is out /mine
    expect 0 find users:1 -user 78
    is out /other
    expect 2 find users:1 -user huge
    expect 2 find users:1 -user short
    expect 0 find users:1 -type f -nouser
    is out /etc/group /etc/passwd /noted
    expect 0 find users:1 -type f ! -nogroup
    is out /mine
    expect 0 find users:1 /etc -newer /etc/passwd -o -samefile etc/group
    is out /etc/group
    expect 2 find users:1 -newer /nothing
    complains "-newer: /nothing: No such file"
    expect 2 find users:1 -exec rm '{}' ';'
    complains "there is no action -exec: -print0 with xargs(1)"
    expect 0 find users:1 -xattr 'user.*'
    is out /noted
    expect 0 find users:1 -xattr 'security.*'
    empty out
}
