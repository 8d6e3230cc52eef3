#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Programs of 32 bits list and stat everything: whatever number the union makes up fits where those of the layers do.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

make_programs() {
    gcc -m32 -D_GNU_SOURCE -o "$T/bin/names32" "$root/tests/mount/names32.c"
    gcc -D_GNU_SOURCE -o "$T/bin/names64" "$root/tests/mount/names32.c"
}

# New, copied-up, renamed, linked and removed names of /d, which has the files a to h, and a directory of its own.
change() {
    as sh -euc 'cd "$1/d"
        touch new other; echo more >>a; chmod 600 b; mv c moved; mv new new2; rm d; rm e; touch e; ln f linked; echo more >>f
        mkdir -p own/deep; touch own/deep/file; mv own/deep own/deeper; ln -s a sym
        seq -f "many%.0f" 300 | xargs touch; seq -f "many%.0f" 2 3 300 | xargs rm' sh "$mnt"
}

# Both programs see all names, the same numbers, and the number that readdir tells is the one of stat; no file has another's.
all_is_seen() { # NAMES-IN-D
    local dirs=("$mnt" "$mnt/d" "$mnt/d/own" "$mnt/d/own/deeper")
    as "$T/bin/names64" "${dirs[@]}" >"$T/of64"
    as "$T/bin/names32" "${dirs[@]}" >"$T/of32"
    diff "$T/of64" "$T/of32"
    same "$1" "$(grep -c "^$mnt/d/[^/]* " "$T/of32")"
    same "" "$(awk '$1 !~ /\/\.\.?$/ && $2 != $3' "$T/of32")"
    same "f linked" "$(awk '$1 ~ /\/\.\.?$/ { next } { names[$3] = names[$3] " " $1; n[$3]++ }
        END { for (i in n) if (n[i] > 1) print names[i] }' "$T/of32" | tr ' ' '\n' | sed -n 's|.*/||p' | sort | xargs)"
}

# ., .., a, b, e to h, moved, new2, other, linked, own, sym, and 200 of many.
names=214

each_live_directories() {
    make_programs
    as sh -euc 'cd "$1"; mkdir -p l/d u w; touch l/d/a l/d/b l/d/c l/d/d l/d/e l/d/f l/d/g l/d/h l/top' sh "$me"
    micafs -o "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w" "$mnt"
    change
    all_is_seen $names
    cp "$T/of32" "$T/before"
    as umount "$mnt" 2>/dev/null || as fusermount3 -u "$mnt"
    micafs -o "lowerdir=$me/l,upperdir=$me/u,workdir=$me/w" "$mnt"
    all_is_seen $names
    diff <(sort "$T/before") <(sort "$T/of32")
}

# Layers and upper on different file systems, whose numbers are composed.
root_two_file_systems() {
    make_programs
    mkdir "$me"/{l,l2,u}
    mount -t tmpfs tmpfs "$me/l2"
    mount -t tmpfs tmpfs "$me/u"
    mkdir -p "$me"/u/{u,w} "$me"/{l,l2}/d
    (cd "$me/l/d" && touch a b c d)
    (cd "$me/l2/d" && touch e f g h)
    micafs -o "lowerdir=$me/l:$me/l2,upperdir=$me/u/u,workdir=$me/u/w" "$mnt"
    change
    all_is_seen $names
    cp "$T/of32" "$T/before"
    umount "$mnt"
    micafs -o "lowerdir=$me/l:$me/l2,upperdir=$me/u/u,workdir=$me/u/w" "$mnt"
    all_is_seen $names
    diff <(sort "$T/before") <(sort "$T/of32")
    umount "$mnt"
}

image() {
    make_programs
    import_made t "Tar().dir('d').file('d/a').file('d/b').file('d/c').file('d/d')" \
        "Tar().file('d/e').file('d/f').file('d/g').file('d/h')"
    mica mount --rw=b t "$mnt"
    change
    all_is_seen $names
    cp "$T/of32" "$T/before"
    mica umount "$mnt"
    mica mount --rw=b t "$mnt"
    all_is_seen $names
    diff <(sort "$T/before") <(sort "$T/of32")
    mica umount "$mnt"
}

root_image() {
    image
}

space_image() {
    image
}

main "$@"
