# shellcheck shell=bash
# mica commit: config, history, digests, mistakes.
# shellcheck source=tests/commit/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

root_history() {
    import zstd
    small_branch b pyapp
    local layers history
    layers=$(mica inspect pyapp | jq '.layers | length') history=$(config pyapp '.history | length')
    SOURCE_DATE_EPOCH=1700000000 mica commit --message 'why: "x"' --author 'Ann <a@example.org>' b new
    same '{"author":"Ann <a@example.org>","comment":"why: \"x\"","created":"2023-11-14T22:13:20Z","created_by":"mica commit b"}' "$(config new '.history[-1]')"
    same '"2023-11-14T22:13:20Z"' "$(config new .created)"
    same '"Ann <a@example.org>"' "$(config new .author)"
    same "$((history + 1))" "$(config new '.history | length')"
    same "$((layers + 1))" "$(mica inspect new | jq '.layers | length')"
    # The rest of the config is the base's, and so are its layers.
    same "$(config pyapp 'del(.history, .created, .rootfs, .author)')" "$(config new 'del(.history, .created, .rootfs, .author)')"
    same "$(mica inspect pyapp | jq -c '[.layers[].blob_digest]')" "$(mica inspect new | jq -c '[.layers[:-1][].blob_digest]')"
    # One layer has one entry.
    import_scene
    small_branch c made
    mica commit --squash c flat
    same 1 "$(config flat '.history | length')"
    same 1 "$(config flat '.rootfs.diff_ids | length')"
    # Another name of the same commit; and a name that was another image's.
    SOURCE_DATE_EPOCH=1700000000 mica commit --quiet --message 'why: "x"' --author 'Ann <a@example.org>' b again
    same "$(digest new)" "$(digest again)"
    SOURCE_DATE_EPOCH=1700000001 mica commit --quiet --force b again 2>said
    same "mica: \"again\" was another image, which stays as $(digest new | cut -c 1-19)" "$(cat said)"
    [ "$(digest new)" != "$(digest again)" ] || fail "the time does not count"
}

# docker's own forms become OCI's, and the layers' blobs stay what they are.
root_on_an_image_of_docker() {
    import docker-archive
    small_branch b pyapp
    mica commit --quiet b new
    mica export --quiet new oci:layout:new
    skopeo inspect --raw oci:layout:new >manifest
    same "application/vnd.oci.image.config.v1+json" "$(jq -r .config.mediaType manifest)"
    same "" "$(jq -r '.layers[].mediaType' manifest | grep -v '^application/vnd.oci.image.layer.v1.tar')"
    same "$(mica inspect pyapp | jq -c '[.layers[] | .blob_digest]')" "$(jq -c '[.layers[:-1][].digest]' manifest)"
    skopeo copy --quiet oci:layout:new dir:copied
}

# What is deterministic has no time of its own, no host's name and no order of a directory's.
each_digests_are_the_same() {
    import_scene
    mica mount -o dev --rw=b made "$mnt"
    play_scene "$mnt"
    mica umount "$mnt"
    local how first
    export SOURCE_DATE_EPOCH=4102444800
    for how in zstd gzip none; do
        first=$(as env SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH "$T/bin/mica" --store "$store" commit --quiet --force --compress $how b one)
        same "$first" "$(as env SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH taskset 1 "$T/bin/mica" --store "$store" commit --quiet --force --compress $how b two)"
        case $how in none) how=tar ;; *) how="tar+$how" ;; esac
        same "application/vnd.oci.image.layer.v1.$how" "$(mica inspect one | jq -r '.layers[-1].media_type')"
    done
    # However it is compressed, it is the same layer.
    same 1 "$(mica images --json | jq -r '.[].name' | grep -E '^(one|two)$' | while read -r name; do config "$name" '.rootfs.diff_ids'; done | uniq | wc -l)"
    # In another store, with the calls in another order, at another place.
    first=$(as env SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH "$T/bin/mica" --store "$store" commit --quiet --force b one)
    mica export --quiet made oci-archive:"$me/base"
    store=$me/other
    mica import --quiet "oci-archive:$me/base"
    mica mount -o dev --rw=b made "$mnt"
    play_scene "$mnt"
    as python3 - "$mnt" <<'PYTHON'
import os, sys
os.chdir(sys.argv[1])
os.rename("holes", "h")
os.rename("h", "holes")
PYTHON
    mica umount "$mnt"
    # Times that are now are cut to the epoch only where they are later: so all are set to one.
    for store in "$me/store" "$me/other"; do
        mica mount -o dev --rw=b "$mnt"
        as find "$mnt" -newermt '2020-01-01' -exec touch -h -d @1600000000 {} +
        mica umount "$mnt"
        as env SOURCE_DATE_EPOCH=1700000000 "$T/bin/mica" --store "$store" commit --quiet --force b same
    done >digests
    same 1 "$(uniq digests | wc -l)"
}

each_times_are_cut_to_the_epoch() {
    import_scene
    small_branch b made
    as env SOURCE_DATE_EPOCH=1000000000 "$T/bin/mica" --store "$store" commit --quiet --force b new
    mica mount new "$mnt"
    same 1000000000 "$(as stat -c %Y "$mnt/added")"
    mica umount "$mnt"
    refuses 1 'SOURCE_DATE_EPOCH=soon: not a number of seconds' as env SOURCE_DATE_EPOCH=soon "$T/bin/mica" --store "$store" commit b new
    refuses 1 'SOURCE_DATE_EPOCH=253402300800: not a number of seconds' as env SOURCE_DATE_EPOCH=253402300800 "$T/bin/mica" --store "$store" commit b new
    refuses 1 'SOURCE_DATE_EPOCH=-1: not a number of seconds' as env SOURCE_DATE_EPOCH=-1 "$T/bin/mica" --store "$store" commit b new
}

becomes() { # INSTRUCTION JQ-FILTER VALUE: of an image that was committed with the one instruction
    mica commit --quiet --force --change "$1" b changed >/dev/null
    same "$3" "$(config changed ".config$2")"
}

root_instructions() {
    import zstd
    small_branch b pyapp
    becomes 'CMD ["/bin/sh", "-c", "echo $X"]' .Cmd '["/bin/sh","-c","echo $X"]'
    becomes 'CMD echo  "two  words"' .Cmd '["/bin/sh","-c","echo  \"two  words\""]'
    becomes 'cmd []' .Cmd '[]'
    becomes 'CMD=/bin/true' .Cmd '["/bin/sh","-c","/bin/true"]'
    becomes 'ENTRYPOINT ["/bin/cat"]' .Entrypoint '["/bin/cat"]'
    becomes 'ENTRYPOINT exec top' .Entrypoint '["/bin/sh","-c","exec top"]'
    becomes 'ENV NEW=1' '.Env[-1]' '"NEW=1"'
    becomes 'ENV A="x y" B=z\ z C='"'"'$q'"'" '.Env[-3:]' '["A=x y","B=z z","C=$q"]'
    becomes 'ENV OLD form with  blanks' '.Env[-1]' '"OLD=form with  blanks"'
    becomes 'ENV PATH=/only' '.Env | map(select(startswith("PATH=")))' '["PATH=/only"]'
    becomes 'EXPOSE 80 443/tcp 53/udp 8000-8010' '.ExposedPorts | keys' '["443/tcp","53/udp","80/tcp","8000-8010/tcp"]'
    becomes 'LABEL org.example.a="b c" d=e' '.Labels | [."org.example.a", .d]' '["b c","e"]'
    becomes 'ONBUILD RUN make' '.OnBuild[-1]' '"RUN make"'
    becomes 'STOPSIGNAL SIGINT' .StopSignal '"SIGINT"'
    becomes 'USER 33:33' .User '"33:33"'
    becomes 'VOLUME /data /more' '.Volumes | keys' '["/data","/more"]'
    becomes 'VOLUME ["/a b"]' '.Volumes | keys' '["/a b"]'
    becomes 'WORKDIR /srv' .WorkingDir '"/srv"'
    mica commit --quiet --force -c 'WORKDIR /srv' -c 'WORKDIR sub' -c 'ENV A=1' -c 'ENV A=2' b changed
    same '"/srv/sub"' "$(config changed .config.WorkingDir)"
    same '["A=2"]' "$(config changed '.config.Env | map(select(startswith("A=")))')"
}

# The same of the same instructions as buildah.
root_instructions_as_buildah() {
    python3 "$scenes/instructions.py" image >"$me/base.tar"
    mica import --quiet "$me/base.tar"
    mica mount --rw=b base "$mnt"
    mica umount "$mnt"
    python3 "$scenes/instructions.py" b "$T/bin/mica" --store "$store" >"$T/differences" || fail "$(cat "$T/differences")"
}

# As the layers beneath, so that who reads these reads the new one; gzip over what has no form of layers.
each_compressed_as_the_layer_beneath() {
    local form expected
    for form in gzip zstd none xz xz-as-none; do
        python3 - "$root/tests/lib" "$form" >"$me/$form.tar" <<'PYTHON'
import lzma, sys
sys.path.insert(0, sys.argv[1])
from made_image import Image, Tar
tars = [Tar().file("f", b"x" * n).end() for n in (1, 2)]
form = sys.argv[2]
blobs = [lzma.compress(tar) for tar in tars] if "xz" in form else None
image = Image(tars, "none" if "xz" in form else form, name=form, blobs=blobs)
sys.stdout.buffer.write(image.docker_archive(tags=[form]) if form == "xz" else image.oci_archive())
PYTHON
        mica import --quiet "$me/$form.tar"
        small_branch "b-$form" "$form"
        mica commit --quiet "b-$form" "new-$form"
        mica commit --quiet --squash "b-$form" "flat-$form"
        case $form in none | xz) expected= ;; zstd) expected=+zstd ;; *) expected=+gzip ;; esac
        for image in "new-$form" "flat-$form"; do
            same "application/vnd.oci.image.layer.v1.tar$expected" "$(mica inspect "$image" | jq -r '.layers[-1].media_type')"
        done
        mica export --quiet "new-$form" "oci-archive:$me/again.tar"
        mica --store "$me/other-$form" import --quiet "$me/again.tar"
        mica commit --quiet --force --compress zstd "b-$form" "new-$form"
        same "application/vnd.oci.image.layer.v1.tar+zstd" "$(mica inspect "new-$form" | jq -r '.layers[-1].media_type')"
    done
}

refuses_change() { # INSTRUCTION PATTERN
    misuses "--change: .*$2" mica commit --change "$1" b changed
}

each_mistakes() {
    import_scene
    small_branch b made
    store_names >before
    refuses_change 'FROM x' 'none of CMD'
    refuses_change '' 'none of CMD'
    refuses_change 'CMD' 'no value for CMD'
    refuses_change 'ENV' 'no value for ENV'
    refuses_change 'ENV =x' 'no value for ENV'
    refuses_change 'ENV A="open' 'a quote is open: "'
    refuses_change 'ENV A=1 B' 'no value for ENV'
    refuses_change 'ENV A=${A' 'lacks its "}"'
    refuses_change 'ENV A=${A%x}' 'is invalid: use'
    refuses_change 'USER ${' 'needs the name of a variable'
    refuses_change 'EXPOSE http' 'no value for EXPOSE'
    refuses_change 'EXPOSE 80/icmp' 'no value for EXPOSE'
    refuses_change $'USER \xff' 'no value for USER'
    misuses 'neither zstd, gzip nor none' mica commit --compress xz b new
    misuses 'BRANCH NAME' mica commit b
    misuses 'too many words' mica commit b new more
    misuses 'Not/A:Name:' mica commit b Not/A:Name:
    misuses '--wrong' mica commit --wrong b new
    refuses 1 'no branch none' mica commit none new
    refuses 1 'the variable NONE is not set: missing' mica commit --change 'ENV A=${NONE:?missing}' b new
    refuses 1 'no value for EXPOSE' mica commit --change 'EXPOSE $NONE' b new
    refuses 1 'author is not UTF-8' mica commit --author $'\xff' b new
    refuses 1 'message or author is not UTF-8' mica commit --message $'\xff' b new
    refuses 1 'no store' as "$T/bin/mica" --store "$me/none" commit b new
    store_names | diff before -
}

# While somebody writes to it there is no moment that could be kept; nothing is read, and nothing left behind.
each_a_mounted_branch() {
    import_scene
    mica mount --rw=b made "$mnt"
    as sh -c 'cd "$1" && while [ -e big ]; do echo x >>growing; done' sh "$mnt" &
    local writer=$!
    store_names | grep -v '^branches/' >before
    refuses 1 "branch b .*is mounted on $mnt.*unmount it first, its changes stay in the branch" mica commit b new
    store_names | grep -v '^branches/' | diff before -
    as rm "$mnt/big"
    wait "$writer"
    # Once more after it has been unmounted: what was said to be kept is.
    dump_branch_after_umount
    mica commit b new
    dump_image new committed
    same_trees shown committed
}

dump_branch_after_umount() {
    mica umount "$mnt"
    dump_branch b shown
}

long_branch() { # BRANCH
    mica mount --rw="$1" made "$mnt"
    as sh -c 'head -c 30000000 /dev/urandom >"$1/random"' sh "$mnt"
    mica umount "$mnt"
}

# Nobody mounts a branch while it is read, or takes it away.
each_nobody_mounts_it_meanwhile() {
    import_scene
    long_branch b
    mica commit --quiet --compress gzip b new >digest &
    local commit=$! committer
    stop_commit
    refuses 1 'branch b' mica mount --rw=b "$mnt"
    refuses 1 'branch b' mica branches rm b
    refuses 1 'branch b' mica commit b other
    # What it has changed can be looked at all the same, and another branch is not concerned.
    same "A /random" "$(mica diff b | grep random)"
    small_branch c made
    mica commit --quiet c other
    kill -CONT "$committer"
    wait "$commit"
    same "$(cat digest)" "$(digest new)"
    mica mount --rw=b "$mnt"
    mica umount "$mnt"
}

each_interrupted() {
    import_scene
    long_branch b
    store_names >before
    local signal status commit committer
    for signal in INT TERM HUP; do
        as env --default-signal=INT "$T/bin/mica" --store "$store" commit --compress gzip b new 2>said &
        commit=$!
        stop_commit
        kill -$signal "$committer"
        kill -CONT "$committer"
        status=0
        wait "$commit" || status=$?
        same "$((128 + $(kill -l $signal)))" "$status"
        grep -q 'interrupted; the store is as it was before' said || fail "says $(cat said)"
        store_names | diff before -
    done
    same "" "$(daemons)"
}

# Who tells what the branch has changed dies: nobody takes a part of it for all.
each_the_teller_dies() {
    import_scene
    long_branch b
    store_names >before
    local commit committer teller
    mica commit --compress gzip b new 2>said &
    commit=$!
    stop_commit
    teller=$(daemons)
    kill -KILL "$teller"
    kill -CONT "$committer"
    ! wait "$commit" || fail "it succeeded"
    grep -q 'micafs was ended by signal 9' said || fail "says $(cat said)"
    store_names | diff before -
}

main "$@"
