# shellcheck shell=bash
# shellcheck disable=SC2016 # what a container is to expand
# buildah, as people use it.
# shellcheck source=tests/engines/lib.sh
. "$(dirname "$0")/../lib.sh"

each_from_run_copy_commit_and_mount() {
    buildah from --name work localhost/pyapp
    buildah run --isolation chroot work -- sh -c 'echo new >/new; rm -r /usr/share/perl5'
    echo copied >copied
    chmod 644 copied
    buildah copy work copied /etc/copied
    buildah config --env A=B --cmd 'cat /new' work
    buildah commit -q work localhost/made
    cat >look <<'SH'
set -e
m=$(buildah mount work)
cat "$m/new" "$m/etc/copied"
echo there >"$m/there"
test ! -e "$m/usr/share/perl5"
buildah umount work >/dev/null
SH
    unshared sh look >seen
    same "new copied" "$(xargs <seen)"
    same there "$(buildah run --isolation chroot work -- cat /there)"
    buildah rm work
    same new "$(podman run --rm localhost/made)"
    buildah rmi localhost/made
    no_mount
}

each_runs_by_a_runtime() {
    buildah from --name work localhost/pyapp
    same "hello from app" "$(buildah run --network none --runtime runc work -- python3 /app/app.py)"
    buildah rm work
    no_mount
}

each_an_image_from_nothing() {
    buildah from --name work scratch
    mkdir tree
    echo alone >tree/f
    [ "$identity" = root ] || chown -R "$test_user" tree
    buildah copy work tree /
    buildah commit -q --rm work localhost/alone
    buildah from --name work localhost/alone
    same alone "$(unshared sh -c 'cat $(buildah mount work)/f; buildah umount work >/dev/null')"
    buildah rm work
    buildah rmi localhost/alone
    no_mount
}

main "$@"
