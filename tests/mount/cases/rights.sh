# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What is granted is granted whole: every operation on files of every owner, mode, capability and access list, compared with what
# comes of it on a disk for who may do all that (rights.py).

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

rights() {
    python3 "$T/rights.py" "$@"
}

prepare() {
    [ "$(id -u)" = 0 ] || skip "makes files of others: takes root"
    cp "$here/rights.py" "$T"
    mkdir "$T/layer" "$T/plain"
    rights make "$identity" "$T/layer" "$T/plain"
    as sh -c 'mkdir u w && python3 "$0" readable "$1" >readable.json' "$T/rights.py" "$T/layer"
}

# Nobody but the machine's root keeps set-user-ID over a write.
in_plain() {
    local keeping=()
    [ "$identity" = root ] || keeping=(setpriv --bounding-set -fsetid --inh-caps -fsetid)
    "${keeping[@]}" python3 "$T/rights.py" "do" "$T/plain" "$identity" >"$me/plain.json"
}

again() { # OPTIONS
    local pid
    pid=$(daemon)
    as umount "$mnt" 2>/dev/null || as fusermount3 -u "$mnt"
    await gone "$pid"
    micafs -o "$1" "$mnt"
}

try() { # KIND OPTIONS
    micafs -o "$2,upperdir=$me/u,workdir=$me/w" "$mnt"
    as python3 "$T/rights.py" "do" "$mnt" "$identity" >"$me/mount.json"
    again "$2,upperdir=$me/u,workdir=$me/w"
    as python3 "$T/rights.py" state "$mnt" >"$me/again.json"
    rights compare "$identity" "$1"
}

over_a_directory() {
    prepare
    in_plain
    try live "lowerdir=$T/layer"
}

over_an_image() {
    prepare
    tar --format=pax --xattrs --xattrs-include='*' --acls -C "$T/plain" -cf "$T/layer.tar" .
    PYTHONDONTWRITEBYTECODE=1 python3 - "$root/tests/lib" "$T/layer.tar" >"$me/image.tar" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
from made_image import Image
sys.stdout.buffer.write(Image([open(sys.argv[2], "rb").read()], form="none", name="made").oci_archive())
PYTHON
    mica import --quiet "oci-archive:$me/image.tar"
    in_plain
    try image "store=$store,image=made"
}

root_rights_over_a_directory() { over_a_directory; }
user_rights_over_a_directory() { over_a_directory; }
space_rights_over_a_directory() { over_a_directory; }
one_rights_over_a_directory() { over_a_directory; }
user_rights_over_an_image() { over_an_image; }
space_rights_over_an_image() { over_an_image; }

main "$@"
