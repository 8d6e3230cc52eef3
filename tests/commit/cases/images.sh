# shellcheck shell=bash
# mica commit: the image is what the branch showed.
# shellcheck source=tests/commit/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

every_kind_of_change() {
    import_scene
    dump_image made before
    mica mount -o dev --rw=b made "$mnt"
    play_scene "$mnt"
    mica umount "$mnt"
    dump_branch b shown
    ! "$compare" diff before shown >/dev/null || fail "the scene changes nothing"
    mica commit b new
    dump_image new committed
    same_trees shown committed
    mica commit --squash b flat
    dump_image flat squashed
    same_trees shown squashed
    same 1 "$(mica layers --json flat | jq length)"
    same 3 "$(mica layers --json new | jq length)"
    # Neither the branch nor what it stands on is changed.
    dump_branch b again
    same_trees shown again
    dump_image made after
    same_trees before after
    # A branch of the new image, and an image of that.
    mica mount -o dev --rw=c new "$mnt"
    as sh -c 'cd "$1" && rm -r deep opaque && mkdir deep && mv tree deep && rm holes && echo 3 >>link2' sh "$mnt"
    mica umount "$mnt"
    dump_branch c shown
    mica commit --compress gzip c newer
    dump_image newer committed
    same_trees shown committed
    no_mount
}
each_every_kind_of_change() { every_kind_of_change; }
one_every_kind_of_change() { every_kind_of_change; }

root_umoci_unpacks_the_same() {
    import_scene
    mica mount -o dev --rw=b made "$mnt"
    play_scene "$mnt"
    # What Go's archive/tar cannot say.
    setfattr -x user.empty "$mnt/attributes"
    setfattr -x user.a=b "$mnt/attributes"
    mica umount "$mnt"
    dump_branch b shown
    mica commit --compress gzip b new
    mica export new oci:layout:new
    umoci unpack --image layout:new bundle >/dev/null
    "$compare" scan bundle/rootfs >unpacked
    same_trees shown unpacked
}

# How a layer says that things are deleted (image-spec, layer.md); who reads the list of its entries sees it.
root_marks_of_deletions() {
    import_scene
    mica mount -o dev --rw=b made "$mnt"
    play_scene "$mnt"
    mica umount "$mnt"
    mica commit --compress none b new
    as tar -tf "$store/blobs/sha256/$(mica inspect new | jq -r '.layers[-1].blob_digest | ltrimstr("sha256:")')" --quoting-style=escape >entries
    # Of what is left empty, one mark for all; of others one each; none beneath what is gone; none where there was nothing.
    same "a/.wh.file anew/.wh..wh..opq wiped/.wh..wh..opq" "$(grep -E '^(a|anew|wiped)/.*\.wh\.' entries | xargs)"
    same "opaque/.wh.dir opaque/.wh.third" "$(grep -E '^opaque/.*\.wh\.' entries | xargs)"
    same "" "$(grep -E '\.wh\.(moved|deep|new)' entries)"
    same 1 "$(grep -cxE '\.wh\.n{255}' entries)"
    # Directories come before what is in them, and each name once.
    same ./ "$(head -n 1 entries)"
    same "" "$(sort entries | uniq -d)"
    awk -F/ '{ path = ""; n = NF - ($NF == ""); for (i = 1; i < n; i++) { path = path $i "/"; if (!(path in seen) && path != "./") { print "before its directory: " $0; exit 1 } } seen[$0] = 1 }' entries
}

each_a_socket_is_left_out() {
    import_scene
    mica mount --rw=b made "$mnt"
    as python3 -c 'import os, socket, sys; os.chdir(sys.argv[1]); os.unlink("big"); [socket.socket(socket.AF_UNIX).bind(n) for n in ("s", "big")]' "$mnt"
    mica umount "$mnt"
    same "added socket,changed socket" "$(mica diff --json b | jq -r 'map(select(.type == "socket") | .change + " " + .type) | sort | join(",")')"
    mica commit b new >out 2>note
    grep -q '2 sockets left out' note || fail "says $(cat note)"
    refuses 1 'big' mica ls new:/big
    refuses 1 '/s' mica ls new:/s
}

# In a container an ordinary user gives files to anybody, and the image knows whose they are.
each_owners_of_containers() {
    import zstd
    mica run --branch b pyapp sh -c 'echo 1 >/f && chown 33:8 /f && chmod 6711 /f && mkdir /d && chown -h 42:65534 /d && ln -s f /l && chown -h 5 /l && chown 33 /etc/issue && rm /etc/debian_version'
    mica commit b new
    local expected="33:8 6711 /f 42:65534 755 /d 5:0 777 /l 33:0 644 /etc/issue"
    same "$expected" "$(mica run --rm new stat -c '%u:%g %a %n' /f /d /l /etc/issue | xargs)"
    same 1 "$(mica run --rm new test -e /etc/debian_version; echo $?)"
    # The mount points that a container is given are no changes.
    same "A /d
A /f
A /l
C /
C /etc
C /etc/issue
D /etc/debian_version" "$(mica diff b | sort)"
}

# Access lists and capabilities name users: those of the container, not those of the host that it was given.
each_users_named_in_attributes() {
    import zstd
    mica run --branch b pyapp python3 -c '
import os, struct
open("/f", "w").close()
os.setxattr("/f", "security.capability", struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0))
entries = ((1, 6, 0xFFFFFFFF), (2, 4, 33), (4, 4, 0xFFFFFFFF), (8, 4, 42), (16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF))
os.setxattr("/f", "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries))
'
    local look='import os
print({name: os.getxattr("/f", name).hex() for name in sorted(os.listxattr("/f"))})' shown
    shown=$(mica run --branch b pyapp python3 -c "$look")
    [[ $shown == *0100000200040000* && $shown == *0200040021000000* ]] || fail "the container sees $shown"
    mica commit b new
    same "$shown" "$(mica run --rm new python3 -c "$look")"
    mica commit --squash b flat
    same "$shown" "$(mica run --rm flat python3 -c "$look")"
}

each_names_that_say_something_else() {
    import_scene
    mica mount --rw=b made "$mnt"
    as touch "$mnt/.wh.big"
    mica umount "$mnt"
    store_names >before
    refuses 1 '/\.wh\.big: .*rename it' mica commit b new
    store_names | diff before -
    same "" "$(digest new)"
}

each_nothing_changed() {
    import_scene
    mica mount --rw=b made "$mnt"
    mica umount "$mnt"
    mica commit b new | grep -q 'nothing changed'
    dump_image made before
    dump_image new after
    same_trees before after
    same 2 "$(mica layers --json new | jq length)"
    same true "$(config new '.history[-1].empty_layer')"
    # A branch that was never mounted has changed nothing either.
    mica commit --squash b flat
    dump_image flat after
    same_trees before after
}

# Files of every size around those of blocks and buffers, and many of them.
each_contents() {
    import_scene
    mica mount --rw=b made "$mnt"
    as python3 - "$mnt" <<'PYTHON'
import os, random, sys
os.chdir(sys.argv[1])
rng = random.Random(1)
for size in (1, 511, 512, 513, 131071, 131072, 131073, 262143, 262144, 262145, 3_000_001):
    with open("size-%d" % size, "wb") as f:
        f.write(rng.randbytes(size))
os.mkdir("many")
for i in range(600):
    with open("many/%d" % i, "wb") as f:
        f.write(b"%d" % i)
PYTHON
    mica umount "$mnt"
    dump_branch b shown
    for how in zstd gzip none; do
        mica commit --compress "$how" b "new-$how"
        dump_image "new-$how" committed
        same_trees shown committed
    done
}

# A config and nothing else: an empty root, on which a branch stands as on any other.
each_an_image_without_layers() {
    local form
    # shellcheck disable=SC2016
    as env PYTHONDONTWRITEBYTECODE=1 python3 -c 'import sys
sys.path.insert(0, sys.argv[1])
from made_image import Image
open("none.oci.tar", "wb").write(Image([], name="oci").oci_archive())
open("none.docker.tar", "wb").write(Image([]).docker_archive(tags=("docker:latest",)))' "$root/tests/lib"
    mica import --quiet oci-archive:none.oci.tar docker-archive:none.docker.tar
    for form in oci docker:latest; do
        same 0 "$(mica inspect "$form" | jq '.layers | length')"
        mica mount --rw="${form%:*}" "$form" "$mnt"
        same "" "$(as ls -A "$mnt")"
        as sh -c 'echo first >"$1/f"' sh "$mnt"
        mica umount "$mnt"
        no_mount
        mica commit --quiet "${form%:*}" "new-${form%:*}"
        same first "$(mica cat "new-${form%:*}:/f")"
        same 1 "$(mica inspect "new-${form%:*}" | jq '.layers | length')"
    done
    # Nothing but other words in the config.
    mica mount --rw=nothing oci "$mnt"
    mica umount "$mnt"
    mica commit --quiet --change 'CMD ["/f"]' nothing words
    same 0 "$(mica inspect words | jq '.layers | length')"
    mica export --quiet words oci:layout:words
    mica export --quiet words docker-archive:words.tar
    same "$(digest words)" "$(mica --store again import --quiet oci:layout:words)"
    mica --store again import --quiet --name words docker-archive:words.tar
    same 0 "$(skopeo inspect --raw oci:layout:words | jq '.layers | length')"
}

main "$@"
