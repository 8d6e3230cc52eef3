# shellcheck shell=bash
# How engines call their mount program. What they pass is kept in calls.IDENTITY, which tests/mount replays.
# shellcheck source=tests/engines/lib.sh
. "$(dirname "$0")/../lib.sh"

# Every kind of mount that engines make.
call_all() {
    local outside=$1
    buildah from --name work localhost/pyapp
    unshared sh -c 'buildah mount work && buildah umount work'
    buildah run --isolation chroot work -- touch /new
    buildah commit -q work localhost/made
    buildah rm work
    printf '%s\n' "FROM localhost/made" "RUN rm /new" "COPY outside/f /f" \
        "RUN --mount=type=bind,from=localhost/pyapp,target=/other test -e /other/app" >Containerfile
    buildah bud -q --isolation chroot --layers -t localhost/built .
    podman rmi localhost/built localhost/made
    podman run --rm localhost/pyapp true
    podman run --rm --read-only --tmpfs /scratch localhost/pyapp true
    podman run --name work localhost/pyapp touch /new
    podman diff work
    podman rm work
    podman run --rm -v "$outside:/v:O" localhost/pyapp touch /v/new
    podman run --rm --mount type=image,source=localhost/pyapp,destination=/other localhost/pyapp true
    podman run --rm --mount type=image,source=localhost/pyapp,destination=/other,rw=true localhost/pyapp true
    unshared sh -c 'podman image mount localhost/pyapp && podman image umount localhost/pyapp'
    case $identity in
    root)
        podman run --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 localhost/pyapp true
        buildah from --name mapped --userns-uid-map 0:200000:1 --userns-gid-map 0:200000:1 localhost/pyapp
        buildah mount mapped
        buildah rm mapped
        ;;
    user)
        podman run --rm --userns=keep-id localhost/pyapp true
        podman run --rm --userns=auto localhost/pyapp true
        podman run --rm --userns=nomap localhost/pyapp true
        ;;
    esac
}

each_calls_are_those_that_are_known() {
    mkdir outside
    echo outside >outside/f
    touch record
    [ "$identity" = root ] || chown -R "$test_user" outside record .
    MICA_RECORD=$T/record other recorder call_all "$T/outside" >&2
    "$here/calls" record "$(id -u "$test_user")" "GRAPH=$storages/$identity-recorder/graph" "TEST=$T" >seen
    diff "$here/calls.$identity" seen >&2 || fail "engines call otherwise (< known, > seen)"
    storage=$storages/$identity-recorder no_mount
}

main "$@"
