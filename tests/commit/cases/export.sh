# shellcheck shell=bash
# mica export.
# shellcheck source=tests/commit/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

# What a layout or an archive of one has by the name of the image.
manifest_of() { # DIR NAME
    as jq -r --arg name "$2" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $name) | .digest' "$1/index.json"
}

# Every blob is named by its digest.
check_blobs() { # DIR
    local blob
    for blob in "$1"/blobs/sha256/*; do
        same "${blob##*/}" "$(as sha256sum "$blob" | cut -d' ' -f1)"
    done
}

each_the_same_digests() {
    local source sources=(zstd) expected
    [ "$identity" != root ] || sources=(oci zstd oci-archive)
    for source in "${sources[@]}"; do
        import "$source"
        expected=$(digest pyapp)
        mica export --quiet pyapp "oci:$me/out-$source:there"
        same "$expected" "$(manifest_of "out-$source" there)"
        check_blobs "out-$source"
        mica export pyapp "oci-archive:$me/out.tar"
        as mkdir "$me/unpacked"
        as tar -C "$me/unpacked" -xf "$me/out.tar"
        same "$expected" "$(manifest_of unpacked pyapp)"
        check_blobs unpacked
        # The same bytes every time.
        mica export pyapp oci-archive:- | cmp - "$me/out.tar"
        rm -rf unpacked out.tar
    done
    # Imported again, it is the very same image.
    import zstd
    mica --store "$me/other" import --quiet "oci:$me/out-zstd:there"
    same "$(mica inspect pyapp | jq -c '[.config_digest, .chain_id]')" "$(mica --store "$me/other" inspect there | jq -c '[.config_digest, .chain_id]')"
}

each_docker_archives() {
    import docker-archive
    mica export --quiet pyapp "docker-archive:$me/out.tar"
    as tar -xOf "$images/pyapp.docker.tar" manifest.json | jq -S '.[0].Config | ltrimstr("blobs/sha256/") | rtrimstr(".json")' >expected
    as tar -xOf "$me/out.tar" manifest.json | jq -S '.[0].Config | rtrimstr(".json")' | diff expected -
    same '["pyapp:latest"]' "$(as tar -xOf "$me/out.tar" manifest.json | jq -c '.[0].RepoTags')"
    # Each layer is what its diff ID says, compressed by nobody.
    local layer
    for layer in $(as tar -xOf "$me/out.tar" manifest.json | jq -r '.[0].Layers[]'); do
        same "${layer%.tar}" "$(as tar -xOf "$me/out.tar" "$layer" | sha256sum | cut -d' ' -f1)"
    done
    same "$(mica inspect pyapp | jq -c '[.layers[].diff_id | ltrimstr("sha256:") + ".tar"]')" "$(as tar -xOf "$me/out.tar" manifest.json | jq -c '.[0].Layers')"
    mica export --quiet pyapp docker-archive:- | cmp - "$me/out.tar"
    # Under another name.
    mica export --quiet --name example.org/a/b:2 pyapp "docker-archive:$me/named.tar"
    same '["example.org/a/b:2"]' "$(as tar -xOf "$me/named.tar" manifest.json | jq -c '.[0].RepoTags')"
}

root_skopeo_and_umoci_take_what_was_made() {
    import_scene
    mica mount -o dev --rw=b made "$mnt"
    play_scene "$mnt"
    mica umount "$mnt"
    local how form
    for how in zstd gzip none; do
        mica commit --quiet --compress $how b "new-$how"
        mica export "new-$how" "oci:layout:$how"
        mica export "new-$how" "oci-archive:$how.oci.tar"
        mica export "new-$how" "docker-archive:$how.docker.tar"
        for form in "oci:layout:$how" "oci-archive:$how.oci.tar" "docker-archive:$how.docker.tar"; do
            same "$(config "new-$how" '.rootfs.diff_ids | length')" "$(skopeo inspect --config "$form" | jq '.rootfs.diff_ids | length')"
            rm -rf copied
            skopeo copy --quiet "$form" "dir:copied"
        done
    done
    # As what is beneath, which these read.
    mica commit --quiet b new-unsaid
    mica export new-unsaid "oci:layout:unsaid"
    # The layout has them all, and none of their blobs twice.
    same "gzip none unsaid zstd" "$(umoci list --layout layout | sort | xargs)"
    umoci unpack --image layout:none bundle >/dev/null
    "$compare" scan bundle/rootfs >none
    rm -rf bundle
    umoci unpack --image layout:gzip bundle >/dev/null
    "$compare" scan bundle/rootfs >gzip
    same_trees none gzip
    rm -rf bundle
    umoci unpack --image layout:unsaid bundle >/dev/null
    "$compare" scan bundle/rootfs >unsaid
    same_trees none unsaid
}

# podman with a storage of its own, in a directory whose name is short enough for it.
podman() {
    env -i HOME="$pod" XDG_RUNTIME_DIR="$pod" PATH="$PATH" TMPDIR="$pod" CONTAINERS_CONF="$pod/containers.conf" \
        CONTAINERS_STORAGE_CONF="$pod/storage.conf" unshare --mount --propagation private \
        sh -c 'mount --make-rshared / && exec podman "$@"' podman "$@"
}

make_podman() {
    pod=$T/p
    mkdir -m 700 "$pod"
    printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/graph"\nrunroot = "%s/state"\n' "$pod" "$pod" >"$pod/storage.conf"
    cp "$root/tests/lib/containers.conf" "$pod"
}

root_podman_runs_what_was_made() {
    import_made small 'Tar().dir("bin").file("bin/busybox", open("/bin/busybox", "rb").read(), mode=0o755).link("bin/sh", "bin/busybox")' \
        'Tar().file("etc/passwd", b"root:x:0:0::/:/bin/sh\n").dir("doc").file("doc/f", b"x").dir("man").file("man/f", b"y").file("man/g", b"z")'
    make_podman
    mica mount --rw=b small "$mnt"
    sh -c 'cd "$1" && rm -r doc man/g && mv man manual && ln etc/passwd etc/names && ln bin/sh bin/stat && echo changed >new' sh "$mnt"
    python3 -c 'import sys; f = open(sys.argv[1] + "/holes", "wb"); f.truncate(5000000); f.seek(1000000); f.write(b"data")' "$mnt"
    mica umount "$mnt"
    mica commit --quiet --compress gzip --change 'ENV GREETING=hello' --change 'CMD cat /new' b localhost/new:1
    local source
    for source in docker-archive oci-archive; do
        mica export --quiet localhost/new:1 "$source:$me/new.tar"
        podman load --quiet --input "$me/new.tar"
        same changed "$(podman run --rm localhost/new:1)"
        same "hello 2 5000000 manual/f" "$(podman run --rm localhost/new:1 sh -c 'echo $GREETING $(stat -c %h /etc/names) $(stat -c %s /holes) manual/*')"
        podman run --rm localhost/new:1 sh -c '! busybox test -e /doc && ! busybox test -e /man'
        podman rmi --all --force >/dev/null
    done
}

# docker's manifests are found in no layout, by no tool: they go out as OCI's, with the same config and layers.
each_docker_manifests_into_layouts() {
    local form
    for form in gzip none; do
        PYTHONDONTWRITEBYTECODE=1 python3 - "$root/tests/lib" "$form" >"$me/docker.tar" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
from made_image import Image, Tar
image = Image([Tar().file("f", b"1").end(), Tar().file("g", b"2").end()], sys.argv[2], docker_types=True, name="docker")
if sys.argv[2] == "none":
    for layer in image.manifest["layers"]:
        layer["mediaType"] = layer["mediaType"].replace("diff.tar.gzip", "foreign.diff.tar")
sys.stdout.buffer.write(image.oci_archive())
PYTHON
        mica import --quiet "$me/docker.tar"
        mica export docker "oci:$me/$form:there" 2>"$T/said"
        grep -q "tools find no docker manifest in an OCI layout: it has an OCI manifest there, $(manifest_of "$form" there)" "$T/said" || fail "does not say it: $(cat "$T/said")"
        mica export --quiet docker "oci-archive:$me/$form.tar" 2>"$T/said"
        same "" "$(cat "$T/said")"
        check_blobs "$form"
        as python3 - "$me/$form" "$(mica inspect docker | jq -r .config_digest)" "$(mica inspect docker | jq -c '[.layers[].blob_digest]')" <<'PYTHON'
import json, sys
here, config, layers = sys.argv[1:]
listed, = json.load(open(here + "/index.json"))["manifests"]
manifest = json.load(open(here + "/blobs/" + listed["digest"].replace(":", "/")))
assert listed["mediaType"] == manifest["mediaType"] == "application/vnd.oci.image.manifest.v1+json", manifest
assert manifest["config"]["digest"] == config and manifest["config"]["mediaType"].startswith("application/vnd.oci"), manifest
assert [l["digest"] for l in manifest["layers"]] == json.loads(layers), manifest
assert all(l["mediaType"].startswith("application/vnd.oci.image.layer.") for l in manifest["layers"]), manifest
PYTHON
        mica --store "$me/again-$form" import --quiet "oci:$me/$form:there"
        [ "$identity" = root ] || continue
        same 2 "$(skopeo inspect "oci:$form:there" | jq '.Layers | length')"
        same 2 "$(skopeo inspect "oci-archive:$form.tar:docker" | jq '.Layers | length')"
        rm -rf bundle
        umoci unpack --image "$form:there" bundle >/dev/null 2>&1 || [ $form = none ] # umoci knows no layers that may not be distributed
    done
}

# Names are those that docker and podman take, or refused with the rule, as skopeo refuses them.
root_names_in_docker_archives() {
    local name taken
    import_made made 'Tar().file("f", b"x")'
    mica export --quiet made "oci:$me/layout:made"
    for name in a A App:1 a/B:2 a+b a__b a___b a-.b localhost:5000/x:T HOST.x/y Host/y a:x+y a:.x a/b:1 x.y:80/z -a; do
        rm -f s.tar m.tar
        taken=no
        ! skopeo copy --quiet oci:layout:made "docker-archive:s.tar:$name" 2>"$T/said" || taken=yes
        if mica export --quiet --name "$name" made "docker-archive:$me/m.tar" 2>"$T/refused"; then
            same "yes $name" "$taken $name"
            skopeo inspect "docker-archive:m.tar:$name" >/dev/null
        else
            same "no $name" "$taken $name"
            [ ! -e m.tar ] || fail "an archive was made"
            grep -qE "mica: .*(docker and podman take no image of the name|cannot be the name of an image)" "$T/refused" || fail "$(cat "$T/refused")"
        fi
    done
    mica import --quiet --name Big "oci:$me/layout:made"
    refuses 1 'small letters.*; --name NAME sets another one' mica export Big "docker-archive:$me/m.tar"
    mica export --quiet --name small Big "docker-archive:$me/m.tar"
    mica export --quiet Big "oci-archive:$me/big.tar"
}

each_into_a_layout_that_is_there() {
    import_scene
    small_branch b made
    mica commit --quiet b new
    mica export --quiet made "oci:$me/out:one"
    local one two
    one=$(digest made) two=$(digest new)
    mica export --quiet new "oci:$me/out:two"
    same "$one $two" "$(manifest_of out one) $(manifest_of out two)"
    # In the place of one that has the name, which is said; others stay.
    mica export new "oci:$me/out:one" 2>"$T/said"
    grep -q "\"one\" was another image in $me/out, which stays there without the name as ${one:0:19}" "$T/said" || fail "says $(cat "$T/said")"
    mica export new "oci:$me/out:one" 2>"$T/said"
    ! grep -q another "$T/said" || fail "it was this image already"
    same "$two $two" "$(manifest_of out one) $(manifest_of out two)"
    check_blobs out
    # One whose file has been cut off is written again.
    local blob
    blob=$(mica inspect new | jq -r '.layers[-1].blob_digest | ltrimstr("sha256:")')
    as sh -c ': >"$1"' sh "$me/out/blobs/sha256/$blob"
    mica export --quiet new "oci:$me/out:one"
    check_blobs out
    same "" "$(as find out -name '.mica*')"
    # Two at once.
    mica export --quiet made "oci:$me/both:one" &
    mica export --quiet new "oci:$me/both:two"
    wait $!
    same "$one $two" "$(manifest_of both one) $(manifest_of both two)"
}

# Directories of a layout that somebody else has made may be links: nothing is written where they lead, not even a directory.
each_links_for_directories_of_a_layout() {
    import zstd
    as mkdir "$me/aside"
    mica export --quiet pyapp "oci:$me/out"
    as sh -c 'rm -rf out/blobs; ln -s ../aside out/blobs'
    refuses 1 "Too many levels of symbolic links" mica export pyapp "oci:$me/out"
    same "" "$(as ls -A aside)"
    as sh -c 'rm out/blobs; mkdir out/blobs; ln -s ../../aside out/blobs/sha256'
    refuses 1 "Too many levels of symbolic links" mica export pyapp "oci:$me/out"
    same "" "$(as ls -A aside)"
}

each_a_file_appears_whole() {
    import_scene
    as sh -c 'echo old >"$1"' sh "$me/out.tar"
    as chmod 600 "$me/out.tar"
    mica export --quiet made "oci-archive:$me/out.tar"
    same 644 "$(as stat -c %a "$me/out.tar")"
    # A link stays one, and what it leads to is replaced; standard output may be a file.
    as ln -s out.tar "$me/link.tar"
    as sh -c 'echo old >"$1"' sh "$me/out.tar"
    mica export --quiet made "oci-archive:$me/link.tar"
    same out.tar "$(readlink link.tar)"
    as tar -tf "$me/out.tar" >/dev/null
    as sh -c '"$1" --store "$2" export --quiet made docker-archive:/dev/stdout >"$3/stdout.tar"' sh "$T/bin/mica" "$store" "$me"
    as tar -tf "$me/stdout.tar" >/dev/null
    [ -L /dev/stdout ] || fail "/dev/stdout is no link any more"
    as sh -c '"$1" --store "$2" export --quiet made docker-archive:/dev/stdout | tar -t >/dev/null' sh "$T/bin/mica" "$store"
    as mkfifo "$me/pipe"
    mica export --quiet made "oci-archive:$me/pipe" &
    as cat "$me/pipe" | cmp - <(mica export --quiet made oci-archive:-)
    wait $!
    # Where it was called.
    mica export --quiet made oci-archive:here.tar
    as tar -tf "$me/here.tar" >/dev/null
    same "" "$(as find "$me" -maxdepth 1 -name '.mica*')"
}

# What is in the way of an archive: nothing is lost, nothing that was there is half overwritten, and in a directory for
# everybody another user's link leads root nowhere, and another user's pipe gets nothing of root's image.
each_what_is_in_the_way() {
    local kind form
    import_scene
    for form in oci-archive docker-archive; do
        as mkdir way
        as sh -c 'cd way; echo old >file; echo old >target; ln -s target link; ln -s nowhere dangling; ln -s loop loop; mkdir directory; mkdir closed'
        as ln -s /dev/full way/full
        for kind in file link; do
            mica export --quiet made "$form:$me/way/$kind"
            as tar -tf "$me/way/$kind" >/dev/null
        done
        same target "$(readlink way/link)"
        refuses 1 'dangling: No such file' mica export made "$form:$me/way/dangling"
        refuses 1 'loop: Too many levels' mica export made "$form:$me/way/loop"
        refuses 1 'directory: Is a directory' mica export made "$form:$me/way/directory"
        refuses 1 'No space left' mica export made "$form:$me/way/full"
        same "closed dangling directory file full link loop target" "$(as ls -A way | xargs)"
        as rm -r way
    done
    for kind in file fifo dangling; do
        as mkdir way
        case $kind in
        file) as touch way/it ;;
        fifo) as mkfifo way/it ;;
        dangling) as ln -s nowhere way/it ;;
        esac
        ! mica export made "oci:$me/way/it" 2>"$T/said" || fail "exported into a $kind"
        same it "$(as ls -A way)"
        as rm -r way
    done
    [ "$identity" = root ] || return 0
    mkdir -m 1777 "$T/shared"
    echo precious >"$T/precious"
    setpriv --reuid=nobody --regid=nogroup --clear-groups ln -s "$T/precious" "$T/shared/out.tar"
    refuses 1 "another user's symbolic link" mica export made "oci-archive:$T/shared/out.tar"
    same precious "$(cat "$T/precious")"
    setpriv --reuid=nobody --regid=nogroup --clear-groups mkfifo "$T/shared/pipe.tar"
    refuses 1 "another user's pipe" timeout --kill-after=1 10 "$T/bin/mica" --store "$store" export made "oci-archive:$T/shared/pipe.tar"
    # Nor on the way, whatever fs.protected_symlinks says.
    mkdir "$T/target"
    setpriv --reuid=nobody --regid=nogroup --clear-groups ln -s "$T/target" "$T/shared/theirs"
    refuses 1 "another user's symbolic link" mica export made "oci-archive:$T/shared/theirs/out.tar"
    refuses 1 "another user's symbolic link" mica export made "oci:$T/shared/theirs"
    refuses 1 "another user's symbolic link" mica export made "oci:$T/shared/theirs/out"
    same "" "$(ls "$T/target")"
    # One's own is followed there, too.
    ln -s "$T/own" "$T/shared/own.tar"
    touch "$T/own"
    mica export --quiet made "oci-archive:$T/shared/own.tar"
    tar -tf "$T/own" >/dev/null
}

# Until the process has its handlers and sleeps.
sleeps() { # PID
    local end=$((SECONDS + 60)) caught
    until caught=$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status") && (((16#$caught >> 14) & 1)) && grep -q '^State:.S' "/proc/$1/status"; do
        [ $SECONDS -lt $end ] || fail "$1 does not sleep"
        sleep 0.1
    done
}

# Nobody reads the pipe, or somebody else has the layout locked: the first signal ends it.
root_an_export_that_waits() {
    local pid where got
    import_scene
    mkfifo fifo full
    exec 7<>full
    head -c 65536 /dev/zero >&7 # as much as it holds
    mkdir layout
    exec 8<layout
    flock 8
    for where in oci-archive:fifo docker-archive:fifo oci-archive:full oci-archive:- oci:layout; do
        "$T/bin/mica" --store "$store" export --quiet made "$where" >&7 2>said &
        pid=$!
        sleeps "$pid"
        kill -TERM "$pid"
        got=0
        wait "$pid" || got=$?
        same 143 "$got"
        grep -q 'export: interrupted' said || fail "$where: says $(cat said)"
        [ "$where" != oci:layout ] || grep -q 'has locked the layout: waiting' said || fail "says nothing of the lock: $(cat said)"
        same "" "$(find . layout -maxdepth 1 -name '.mica*')"
    done
    exec 8<&-
    mica export --quiet made oci:layout
    [ -e layout/index.json ]
}

each_mistakes() {
    import_scene
    misuses 'IMAGE DEST' mica export
    misuses 'IMAGE DEST' mica export made
    misuses 'too many words' mica export made oci:a b
    misuses 'none of oci:DIR' mica export made "$me/out.tar"
    misuses 'none of oci:DIR' mica export made dir:out
    misuses '--name' mica export --name Wrong: made oci:out
    misuses 'Wrong:' mica export made oci:out:Wrong:
    refuses 1 'none' mica export none "oci:$me/out"
    [ ! -e out ] || fail "something was made of an image that is not there"
    refuses 1 "$me/none/out.tar: No such file" mica export made "oci-archive:$me/none/out.tar"
    refuses 1 "$me/none/out: No such file" mica export made "oci:$me/none/out"
    refuses 1 "$store is a store of mica" mica export made "oci:$store"
    as mkdir "$me/full" "$me/closed"
    as touch "$me/full/file"
    refuses 1 'full is neither empty nor an OCI layout' mica export made "oci:$me/full"
    refuses 1 'full: Is a directory' mica export made "docker-archive:$me/full"
    refuses 1 "Not a directory" mica export made "oci:$me/full/file"
    refuses 1 'No space left' mica export made oci-archive:/dev/full
    same 1 "$(mica export made docker-archive:- 2>/dev/null >/dev/full; echo $?)"
    # A blob that is damaged in the store does not go on.
    local blob
    blob=$store/blobs/sha256/$(mica inspect made | jq -r '.layers[0].blob_digest | ltrimstr("sha256:")')
    as chmod u+w "$blob"
    as python3 -c 'import sys; f = open(sys.argv[1], "r+b"); f.seek(-9, 2); b = f.read(1); f.seek(-9, 2); f.write(bytes([b[0] ^ 1]))' "$blob"
    refuses 1 'damaged' mica export made "oci:$me/damaged"
    refuses 1 'damaged' mica export made "oci-archive:$me/damaged.tar"
    refuses 1 'blob sha256:.* in .*: ' mica export made "docker-archive:$me/damaged.tar"
    [ ! -e damaged.tar ] || fail "there is an archive of it"
    same null "$(as jq -c '.manifests' "$me/damaged/index.json" 2>/dev/null || echo null)"
}

main "$@"
