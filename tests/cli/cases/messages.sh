# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What failed, on which thing, why, and what to do.
# shellcheck disable=SC2154

case_message_names() {
    fill
    expect 1 layers ap:1
    complains 'did you mean "app:1"?'
    expect 1 layers bsae
    complains 'did you mean "base:1"?'
    expect 1 layers something-else
    has_not err "did you mean"
}

# Two manifests of one config, and two digests that only begin alike.
case_message_digests() {
    local config
    expect 0 import --json "$images/app.tar"
    expect 0 export app:1 "oci-archive:$PWD/app.oci.tar"
    PYTHONDONTWRITEBYTECODE=1 python3 - "$root/tests/lib" <<'P'
import sys
sys.path.insert(0, sys.argv[1])
from made_image import Image, Tar
for form in ("gzip", "none"):
    with open(form + ".tar", "wb") as file:
        file.write(Image([Tar().file("f", b"f").end()], form=form, name="of-" + form).oci_archive())
P
    expect 0 import gzip.tar none.tar
    expect 0 images --json
    config=$(python3 -c 'import json; print([i["config_digest"] for i in json.load(open("out")) if i["name"] == "of-gzip"][0])')
    expect 1 inspect "${config:7:12}"
    complains "is a prefix of the digests of 2 images' configs (what docker and podman call their IDs)"
    has err "(of-gzip)"
    has err "(of-none)"
}

case_message_registries() {
    local word
    expect 1 import nginx:latest
    complains "no such file: nginx:latest; for an image of a registry: skopeo copy docker://nginx:latest oci:DIR:TAG"
    has err "docker save nginx:latest | mica import -"
    expect 1 import ./nginx:latest
    has_not err registry
    expect 1 import docker://nginx
    complains "skopeo copy docker://nginx oci:DIR:TAG"
    expect 1 import docker-daemon:nginx:latest
    complains "docker save nginx:latest | mica import -"
    expect 1 import containers-storage:localhost/x
    complains "podman save localhost/x | mica import -"
    fill
    for word in docker://nginx docker-daemon:x:1; do
        expect 2 export app:1 "$word"
        complains "mica does not write to \"$word\": export to oci:DIR:TAG, and skopeo copy oci:DIR:TAG $word"
        has_not err "dir:"
    done
}

case_message_volumes() {
    fill
    expect 125 run -v named:/data app:1 true
    complains "named volumes are not supported; for a directory use ./named, which does not exist"
    mkdir named
    expect 125 run -v named:/data app:1 true
    complains "for a directory use ./named"
    has_not err "which does not exist"
}

# Without the device, in a mount namespace that has none.
case_message_no_device() {
    can_mount
    [ "$(id -u)" = 0 ] || exit 77
    fill
    mkdir mnt
    # shellcheck disable=SC2016
    local inside='mount -t tmpfs none /dev && shift && exec "$@"' status=0
    unshare -m sh -c "$inside" sh x "$mica" mount app:1 mnt >out 2>err || status=$?
    [ "$status" = 1 ] || fail "status $status"
    has err "no /dev/fuse; modprobe fuse creates it, and in a container it takes --device /dev/fuse"
}

# A directory that an ordinary user may not write to, and root's mount: as the user nobody.
case_message_users() {
    can_mount
    [ "$(id -u)" = 0 ] || exit 77
    [ "$(stat -c %a /dev/fuse)" = 666 ] || exit 77
    local status=0
    mkdir user mnt rootmnt
    chmod 755 "$scratch" . mnt rootmnt
    cp "$mica" "$build/fuse/micafs" "$images/app.tar" user/
    chown -R 65534:65534 user
    fill
    expect 0 mount app:1 rootmnt
    cat >script <<'S'
cd "$1/user"
export MICA_STORE=$PWD/store
./mica import -q app.tar >/dev/null || exit 10
./mica mount app:1 ../mnt && exit 11
./mica umount ../rootmnt && exit 12
exit 0
S
    setpriv --reuid=65534 --regid=65534 --clear-groups env PATH="$PATH" HOME="$PWD/user" bash script "$PWD" >out 2>err || status=$?
    expect_err=$(cat err)
    [ "$status" = 0 ] || fail "as an ordinary user: $status"
    cp err said
    expect 0 umount rootmnt
    printf '%s\n' "$expect_err" >err
    has err "cannot mount on $PWD/mnt: an ordinary user can mount only on a writable directory; use one of yours"
    has err "$PWD/rootmnt is a mount of root, who alone can end it"
}

# Two who end one mount at once.
case_message_two_umounts() {
    can_mount
    fill
    mkdir mnt
    local i one two
    for i in 1 2 3 4 5; do
        expect 0 mount app:1 mnt
        "$mica" umount mnt >out1 2>err1 &
        one=$!
        "$mica" umount mnt >out2 2>err2 &
        two=$!
        wait $one || true
        wait $two || true
        ! grep -h "Invalid argument\|No such file" err1 err2 || fail "round $i"
        ! mountpoint -q mnt || fail "still mounted"
    done
}
