# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica explore on a terminal (tmux): keys sent, screens compared.
# shellcheck disable=SC2154

# shellcheck source=tests/cli/explore.sh
. "$root/tests/cli/explore.sh"

hint=' ?: keys  Tab: other side  /: filter  n: next change  q: leave'

# A command on a terminal that it leaves at once.
ends_on_terminal() { # STATUS NAME=VALUE COMMAND...
    local status=0 wanted=$1
    shift
    SHELL=/bin/bash script -qec "exec env ${*@Q}" /dev/null >out 2>err </dev/null || status=$?
    [ "$status" = "$wanted" ] || fail "status $status: $*"
}

case_explore_usage() {
    fill
    expect 2 explore app:1
    complains "explore shows a screen, and standard input and output are no terminal"
    expect 2 explore
    complains "needs IMAGE"
    expect 2 explore a b c
    ends_on_terminal 2 TERM=dumb "$mica" explore app:1
    has out "the terminal (TERM=dumb) has none"
    ends_on_terminal 2 TERM=nonsense "$mica" explore app:1
    has out 'terminfo knows no terminal "nonsense"'
    ends_on_terminal 1 TERM=xterm "$mica" explore nosuch
    has out 'no image "nosuch"'
}

# The right answers by hand: layer 3 adds /srv, layer 2 replaces /etc/motd, removes /opt/old, screen_hides /doc/readme.
case_explore_screen() {
    fill
    terminal_start 80 24 "$mica explore app:1"
    screen_is <<END
 app:1: layer 3 of 3
   #    SIZE   WASTE COMMAND    │     SIZE NAME
   1    24 B    13 B ADD file:1…│      1 B   .hidden
   2    11 B     0 B RUN rm -rf…│        -   bin -> usr/bin
>  3  300 kB     0 B COPY ?[31m…│        -   dangling -> no\\x1bwhere
                                │      0 B + dev/
                                │      3 B + doc/
                                │      8 B + etc/
                                │      1 B   evil\\x1b[31m
                                │      1 B   not\\xffutf8
                                │      0 B + opt/
                                │A  300 kB + srv/
                                │      7 B + usr/
                                │      1 B   with\\\\back
                                │
                                │
                                │
DETAILS OF THE LAYER
layer 3  8d12095d6f6e
files: 300 kB, blob: 481 B, 2 inodes
files: 2 added, 0 changed, 0 in metadata alone, 0 removed
hidden by later layers: 0 B in 0 files, 0 B of the blob
COPY ?[31mbig /srv
$hint
END
    keys k Tab n
    screen_is <<END
 app:1: layer 2 of 3
   #    SIZE   WASTE COMMAND    │     SIZE NAME
   1    24 B    13 B ADD file:1…│      1 B   .hidden
>  2    11 B     0 B RUN rm -rf…│        -   bin -> usr/bin
   3  300 kB     0 B COPY ?[31m…│        -   dangling -> no\\x1bwhere
                                │      0 B + dev/
                                │*     3 B - doc/
                                │A     3 B     new
                                │D     4 B     readme
                                │*     8 B + etc/
                                │      1 B   evil\\x1b[31m
                                │      1 B   not\\xffutf8
                                │*     0 B + opt/
                                │      7 B + usr/
                                │      1 B   with\\\\back
                                │
                                │
DETAILS
/doc/new
-rw-r--r-- 0:0  3 bytes (3 B)  2017-07-14 02:40
layer 2 adds: -rw-r--r-- 0:0 3 B 2017-07-14 02:40  | RUN rm -rf /opt/old


$hint
END
    keys n n # into /etc
    screen_shows "/etc/motd" "changed: content, mtime" "layer 2 replaces: -rw-r--r-- 0:0 8 B 2020-09-13 12:26"
    screen_shows "layer 1 adds: -rw-r--r-- 0:0 6 B 2017-07-14 02:40, hidden by layer 2  | ADD"
    keys n
    screen_shows "/opt/old" "layer 2 removes: whiteout of /opt/old"
    keys n
    screen_shows "no change follows"
    keys N
    screen_shows "changed: content, mtime"
    keys q
    ended 0
}

case_explore_choose_layers() {
    fill
    terminal_start 80 24 "$mica explore app:1"
    screen_shows "layer 3 of 3"
    keys v k # a range
    screen_shows "layers 2-3 of 3" ">  2" ">  3" "*     8 B + etc/" "A  300 kB + srv/"
    keys Escape
    screen_shows "layer 2 of 3"
    screen_hides "srv/"
    keys C-a
    screen_shows "layers 1-2 of 3" "A     8 B + etc/"
    keys C-l g
    screen_shows "layer 1 of 3" "A     6 B + etc/" "hidden by later layers: 13 B in 3 files"
    keys G
    screen_shows "layer 3 of 3"
    keys q
    ended 0
}

case_explore_look() {
    fill
    terminal_start 80 24 "$mica explore app:1"
    keys k Tab c
    screen_is <<END
 app:1: layer 2 of 3  |  shown: A C M D
   #    SIZE   WASTE COMMAND    │     SIZE NAME
   1    24 B    13 B ADD file:1…│*     3 B + doc/
>  2    11 B     0 B RUN rm -rf…│*     8 B + etc/
   3  300 kB     0 B COPY ?[31m…│*     0 B + opt/
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
DETAILS
/doc
drwxr-xr-x 0:0  3 bytes beneath (3 B)  2017-07-14 02:40
layer 2 repeats: drwxr-xr-x 0:0 2017-07-14 02:40, opaque  | RUN rm -rf /opt/old
layer 1 adds: drwxr-xr-x 0:0 2017-07-14 02:40, hidden by layer 2  | ADD file:1 i
n /
$hint
END
    keys i l o
    screen_is <<END
 app:1: layer 2 of 3  |  by size  |  shown: A C M D
   #    SIZE   WASTE COMMAND    │     SIZE NAME
   1    24 B    13 B ADD file:1…│*     8 B + etc/
>  2    11 B     0 B RUN rm -rf…│*     3 B - doc/
   3  300 kB     0 B COPY ?[31m…│D     4 B     readme
                                │A     3 B     new
                                │*     0 B + opt/
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
                                │
$hint
END
    keys C-r
    screen_hides "readme"
    screen_shows "shown: A C M"
    keys C-r C-b
    screen_shows "D -rw-r--r--     0:0         4 B     readme"
    keys C-b o c -
    screen_shows "+ usr/" "not\\xffutf8"
    screen_hides "by size"
    keys '?'
    screen_shows "j Down Ctrl-N" "added, changed, changed in metadata alone, removed"
    screen_hides "save the file"
    keys j j j j j j j j j j j j j j j j
    screen_shows "save the file"
    keys Escape
    screen_shows "usr/"
    keys q
    ended 0
}

case_explore_filter() {
    fill
    terminal_start 80 24 "$mica explore app:1"
    screen_shows "layer 3"
    keys /
    types 'e'
    screen_shows "8 found" "/.hidden" "/etc/motd" "/dev/pipe" "/doc/new"
    types 't'
    screen_shows "2 found" "/etc/motd" "/etc"
    screen_hides "/.hidden"
    keys BSpace BSpace
    screen_shows "+ etc/"
    types '*oo?'
    screen_shows "1 found" "/usr/bin/tool"
    screen_hides "/etc"
    keys Enter i
    screen_hides "DETAILS"
    keys Enter # to its place in the tree
    screen_shows "- usr/" "- bin/" "tool"
    screen_hides "found"
    keys i
    screen_shows "-rwsr-xr-x 1234:5  7 bytes (7 B)"
    keys /
    types 'nothing like it'
    screen_shows "nothing matches" "0 found"
    keys Escape
    screen_shows "- bin/"
    keys q
    ended 0
}

case_explore_sizes() {
    fill
    terminal_start 20 5 "$mica explore app:1"
    screen_is <<'END'
 app:1: layer 3 of 3
   #    SIZE   WAST…
   2    11 B     0 …
>  3  300 kB     0 …
 ?: keys  Tab: othe…
END
    keys Tab G
    screen_shows "with\\\\back"
    keys k k
    screen_is <<'END'
 app:1: layer 3 of 3
  NAME
A + srv/
  + usr/
 ?: keys  Tab: othe…
END
    keys Enter
    screen_shows "A - srv/" "A     also"
    terminal resize-window -x 200 -y 60
    screen_shows "SIZE   WASTE COMMAND" "RUN rm -rf /opt/old" "SIZE NAME" "/srv" "$hint" "A  300 kB     also"
    [ "$(screen | grep -n 'q: leave' | cut -d : -f 1)" = 60 ] || fail "the status is not in the last line"
    terminal resize-window -x 2 -y 2
    await test "$(terminal display-message -p '#{pane_width}')" = 2 || fail "no resize"
    keys j k G g Tab j n / Escape '?' Escape
    terminal resize-window -x 1 -y 1
    keys j k Tab j n k
    terminal resize-window -x 80 -y 24
    screen_shows "SIZE NAME" "q: leave" "evil\\x1b[31m"
    keys q
    ended 0
}

# Colours where there are some, letters alone under NO_COLOR; nothing but ASCII where the locale has no more.
case_explore_colours() {
    fill
    terminal_start 80 24 "$mica explore app:1"
    screen_shows "300 kB + srv/"
    terminal capture-pane -p -e >colours
    grep -qE $'\e\[38;5;34m.*srv' colours || fail "an added directory is not green"
    keys q
    ended 0
    terminal_end
    terminal_start 80 24 "$mica explore app:1" TERM=xterm
    screen_shows "300 kB + srv/"
    terminal capture-pane -p -e >colours
    grep -qE $'\e\[32m.*srv' colours || fail "of eight colours it is not green"
    keys q
    ended 0
    terminal_end
    terminal_start 80 24 "$mica explore app:1" NO_COLOR=1
    screen_shows "300 kB + srv/"
    terminal capture-pane -p -e >colours
    ! grep -qE $'\e\\[[0-9;]*(3[0-8]|38;)[0-9;]*m' colours || fail "NO_COLOR has colours"
    keys q
    ended 0
    terminal_end
    terminal_start 80 24 "$mica explore app:1" LC_ALL=C
    screen_shows "300 kB + srv/" "ADD file:1~"
    keys q
    ended 0
}

case_explore_mouse() {
    fill
    terminal_start 80 24 "$mica explore app:1"
    screen_shows "layer 3"
    click 3 10
    screen_shows "layer 2 of 3"
    click 6 45
    screen_shows "DETAILS" "/doc" # the cursor is there
    screen_hides "DETAILS OF"
    click 6 45
    screen_shows "- doc/" "D     4 B     readme"
    wheel down 8 50
    screen_shows "/etc"
    wheel up 8 50
    screen_hides "+ doc/"
    wheel up 3 3
    screen_shows "layer 1 of 3"
    click 0 0
    click 23 10
    click 32 32
    keys q
    ended 0
}

case_explore_two() {
    fill
    terminal_start 90 24 "$mica explore base:1 app:1"
    screen_is <<END
 base:1, layers 1-1, and app:1, layers 1-3
   #    SIZE   WASTE COMMAND        │     SIZE NAME
  A base:1                          │      1 B   .hidden
>  1    24 B     0 B ADD file:1 in /│        -   bin -> usr/bin
  B app:1                           │        -   dangling -> no\\x1bwhere
>  1    24 B    13 B ADD file:1 in /│      0 B + dev/
>  2    11 B     0 B RUN rm -rf /op…│*     3 B + doc/
>  3  300 kB     0 B COPY ?[31mbig …│*     8 B + etc/
                                    │      1 B   evil\\x1b[31m
                                    │      1 B   not\\xffutf8
                                    │*     0 B + opt/
                                    │A  300 kB + srv/
                                    │      7 B + usr/
                                    │      1 B   with\\\\back
                                    │
                                    │
                                    │
DETAILS OF THE LAYER
layer 3  8d12095d6f6e
files: 300 kB, blob: 481 B, 2 inodes
files: 2 added, 0 changed, 0 in metadata alone, 0 removed
hidden by later layers: 0 B in 0 files, 0 B of the blob
COPY ?[31mbig /srv
$hint
END
    keys k # app:1 without its last layer
    screen_shows "and app:1, layers 1-2"
    screen_hides "srv/"
    keys v
    screen_shows "two images are compared"
    keys Tab n n n
    screen_shows "/etc/motd" "changed: content, mtime" "A: layer 1 adds" "B: layer 2 replaces"
    keys n n
    screen_shows "D     3 B   + old/" "no change follows"
    keys q
    ended 0
}

case_explore_view_and_save() {
    fill
    mkdir full
    echo old >full/motd
    terminal_start 80 24 "$mica explore app:1" PAGER="tee $PWD/paged | less; echo \$LESSSECURE >$PWD/secure"
    screen_shows "layer 3"
    keys g Tab /
    types readme
    screen_shows "1 found"
    keys Enter v # the removed file is not in layer 1's image alone
    screen_shows "(END)"
    cmp paged <(printf read) || fail "another content in the pager"
    keys q
    screen_shows "1 found"
    is secure 1
    keys s
    screen_shows "save as: readme"
    keys Enter
    screen_shows "saved as readme"
    cmp readme <(printf read) || fail "another content"
    [ "$(stat -c %a readme)" = 644 ] || fail "mode $(stat -c %a readme)"
    keys s C-u
    types "$PWD/full/motd"
    keys Enter
    screen_shows "it exists: replace it? (y/n)"
    keys n
    screen_shows "nothing was saved"
    is full/motd old
    keys s C-u
    types full
    keys Enter
    screen_shows "saved as full"
    cmp full/readme <(printf read) || fail "not in the directory"
    keys s C-u
    types full/motd
    keys Enter
    screen_shows "it exists"
    keys y
    screen_shows "saved as full/motd"
    cmp full/motd <(printf read) || fail "not replaced"
    [ "$(ls -A full)" = "$(printf 'motd\nreadme')" ] || fail "left: $(ls -A full)"
    keys s C-u
    types nosuch/dir
    keys Enter
    screen_shows "cannot save nosuch/dir: No such file or directory"
    keys Escape g j s
    screen_shows "not a regular file, but of type"
    keys q
    ended 0
}

# A content that would control a terminal does not reach the pager as it is, whatever the pager.
case_explore_view_hostile() {
    PYTHONPATH=$root/tests/lib python3 - >evil.tar <<'END'
import sys
from made_image import Image, Tar
content = b"one\ttab\n\x1b[2J\x1b]0;owned\x07 \xff\xfe " + "\u4e2d\u202e".encode() + b"\n" + "\u4e2d".encode() * 40000 + b"\nlast\n"
sys.stdout.buffer.write(Image([Tar().file("f", content).end()], name="evil:1").oci_archive())
END
    expect 0 import oci-archive:evil.tar
    terminal_start 80 24 "$mica explore evil:1" PAGER="cat >$PWD/paged"
    screen_shows "120 kB"
    keys Tab v
    await test -s paged || fail "no content"
    await grep -q last paged || fail "not all of it"
    [ "$(sed -n 1p paged)" = $'one\ttab' ] || fail "the first line"
    [ "$(sed -n 2p paged)" = '\x1b[2J\x1b]0;owned\x07 \xff\xfe 中\u202e' ] || fail "the second line: $(sed -n 2p paged)"
    [ "$(sed -n 3p paged | tr -d '中' | wc -c)" = 1 ] || fail "characters were torn"
    [ "$(sed -n 3p paged | wc -c)" = 120001 ] || fail "not all characters"
    keys q
    ended 0
    terminal_end
    terminal_start 80 24 "$mica explore evil:1" PAGER=/nonexistent/pager
    screen_shows "120 kB"
    keys Tab v
    screen_shows 'there is no pager "/nonexistent/pager"'
    keys q
    ended 0
}

# Each signal leaves the terminal as it was.
case_explore_signals() {
    local signal status
    fill
    for signal in TERM:143 HUP:129 INT:130 QUIT:131 SEGV:139 ABRT:134 BUS:135; do
        status=${signal#*:}
        rm -f before after
        terminal_start 80 24 "ulimit -c 0; $mica explore app:1"
        screen_shows "q: leave" "300 kB +"
        kill -"${signal%:*}" "$(program)"
        ended "$status"
        terminal_end
    done
    rm -f before after
    terminal_start 80 24 "trap : INT; $mica explore app:1"
    screen_shows "q: leave"
    keys C-c
    ended 130
}

# Stopped and continued as any program: the terminal is the shell's meanwhile.
case_explore_stop() {
    fill
    terminal_start 80 24 "set -m; $mica explore app:1; echo \"stopped \$?\"; stty -g >meanwhile; read -r; fg"
    screen_shows "q: leave" "300 kB +"
    keys C-z
    screen_shows "stopped 148"
    await test -s meanwhile || fail "no modes"
    cmp before meanwhile || fail "the modes of the terminal are not as they were"
    terminal resize-window -x 100 -y 30
    keys Enter
    screen_shows "q: leave" "300 kB +"
    keys Tab j
    screen_shows "bin ->"
    [ "$(screen | grep -n 'q: leave' | cut -d : -f 1)" = 30 ] || fail "the new size is not seen"
    keys q
    ended 0
}

# Names and commands that want to control the terminal, that are long, deep, wide, or no text at all.
case_explore_hostile() {
    PYTHONPATH=$root/tests/lib python3 - >evil.tar <<'END'
import sys
from made_image import Image, Tar
tar = Tar()
for name in (b"\x1b]0;owned\x07", b"new\nline", b"tab\t", b"\xff\xfe\xc3", "\u202egnp.exe".encode(), "e\u0301\u0301\u0301\u0301\u0301\u0301".encode(),
             "\u4e2d\u6587".encode(), b"\xc2\x9b31m", "\u0301begin".encode()):
    tar.file(name, b"x")
tar.pax({"path": b"n" * 255}).file("long", b"x")
tar.pax({"path": b"/".join([b"d"] * 2000)}).file("deep", b"deep")
tar.symlink("loop", "loop").symlink("esc", "\x1b[2J\x1b[H")
tar.pax({"SCHILY.xattr.user.\x1b[31m": "v"}).file("attributed", b"x")
image = Image([tar.end()], name="evil:1")
image.config["history"] = [{"created_by": "\x1b[2Jstart " + "c" * 3_000_000 + "\n\x1b]0;x\x07"}]
sys.stdout.buffer.write(image.oci_archive())
END
    expect 0 import oci-archive:evil.tar
    terminal_start 80 40 "$mica explore evil:1"
    screen_shows 'layer 1 of 1' '\x1b]0;owned\x07' 'new\x0aline' 'tab\x09' '\xff\xfe\xc3' '\u202egnp.exe' '中文' '\xc2\x9b31m' '\u0301begin'
    screen_shows $'e\u0301\u0301\u0301\u0301''\u0301\u0301' 'esc -> \x1b[2J\x1b[H' 'loop -> loop' 'nnnnnnnnnn'
    [ "$(terminal display-message -p '#{pane_title}')" != owned ] || fail "the title was set"
    keys Tab /
    types attributed
    screen_shows "1 found" 'attributes: user.\x1b[31m (1 bytes)'
    keys C-u
    types 'd/d/d/d'
    screen_shows "d/d/d/d"
    keys Escape g
    for _ in $(seq 60); do types 'lj'; done
    screen_shows "[58]"
    keys -
    screen_shows "loop -> loop"
    screen_hides "[58]"
    keys /
    types '*d'
    screen_shows "2001 found"
    keys q Escape q
    ended 0
}

# A content that is stored once for two layers is in the pack of the other one; an empty one is in none.
case_explore_shared_content() {
    PYTHONPATH=$root/tests/lib python3 - <<'END'
from made_image import Image, Tar
content = b"shared\n" * 2000
for name, tar in (("first", Tar().file("f", content)), ("second", Tar().file("empty", b"").file("g", content, mtime=5))):
    open(name + ".tar", "wb").write(Image([tar.end()], name=name + ":1").oci_archive())
END
    expect 0 import first.tar
    expect 0 import second.tar
    [ -n "$(find store/layers -name places)" ] || fail "no content is shared"
    terminal_start 80 24 "$mica explore second:1"
    screen_shows "14 kB"
    keys Tab s Enter
    screen_shows "saved as empty"
    keys j s Enter
    screen_shows "saved as g"
    cmp empty /dev/null || fail "empty is not empty"
    cmp g <(yes shared | head -n 2000) || fail "another content"
    keys q
    ended 0
}
