# shellcheck shell=bash
# shellcheck disable=SC2016 # what an inner shell is to expand
# SPDX-License-Identifier: Apache-2.0
# An engine in a container: its storage, and so the upper directories of the inner micafs, lie in an outer union. The container
# is this machine's own root directory, as the lower layer of that union.
# shellcheck source=tests/engines/lib.sh
. "$(dirname "$0")/../lib.sh"

# A root directory for the engine: outer KIND, micafs or overlay. Both are mounted in a mount namespace of the test's own, which
# takes them away.
write_enter() {
    cat >enter <<'SH'
set -euo pipefail
kind=$1 top=$2
shift 2
mount --make-rprivate /
cd "$top"
rest=upperdir=$top/outer/u,workdir=$top/outer/w
case $kind in
micafs) "$top/outer/micafs" -o "lowerdir=/,$rest" outer/root ;;
overlay)
    # In a user namespace / cannot be a lower directory of the kernel's, for what is mounted in it; and its marks are user.*.
    "$top/outer/micafs" -o lowerdir=/ outer/low
    rest+=$(awk 'NR == 1 && $2 != 0 { print ",userxattr" }' /proc/self/uid_map)
    mount -t overlay outer -o "lowerdir=$top/outer/low,$rest" outer/root
    ;;
esac
for d in dev proc sys; do mount --rbind /$d outer/root/$d; done
status=0
chroot outer/root "$@" || status=$?
umount -l outer/root/{dev,proc,sys}
umount outer/root
[ "$kind" != overlay ] || umount outer/low
exit $status
SH
}

# Whatever an engine does with a layer: made, run, committed, merged, renamed, told apart, run again, removed.
write_work() {
    cat >work.sh <<'SH'
set -euo pipefail
exec 3>&1 >&2
cd "$1"
cp /bin/busybox .
cat >Containerfile <<'FILE'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin && mkdir -p /d/sub /gone /opaque/in && echo 1 >/d/f && echo 1 >/gone/f && echo 1 >/opaque/in/f && echo 1 >/f && ln /f /twin"]
RUN rm -r /gone /opaque && mkdir /opaque && echo 2 >/opaque/f && echo 2 >>/f && mv /d /moved && chmod 700 /moved/f
FILE
buildah bud -q --isolation chroot --layers -t localhost/inner .
buildah from --name work localhost/inner
buildah run --isolation chroot work -- sh -c 'ls / /opaque /moved | xargs; cat /f /twin | xargs; rm -r /opaque /moved/sub; echo 3 >/gone; mkdir /moved/sub; echo 3 >/moved/sub/f' >seen
buildah commit -q work localhost/changed
buildah rm work
buildah from --name work localhost/changed
buildah run --isolation chroot work -- sh -c 'find / -xdev -path /bin -prune -o \( -path /proc -o -path /sys -o -path /dev -o -path /etc -o -path /run \) -prune -o -type f -exec grep -H . {} +' | sort >>seen
buildah rm work
podman run --rm --network none localhost/changed grep ' / ' /proc/mounts | cut -d ' ' -f 3 >>seen
podman create -q --name diffed localhost/changed true
d=$(podman mount diffed)
rm "$d/moved/f"
echo 4 >"$d/new"
podman umount diffed >/dev/null
podman diff diffed | sort >>seen
podman rm diffed
podman rmi -f localhost/changed localhost/inner
cat seen >&3
SH
}

inside() { # KIND
    write_enter
    write_work
    mkdir -p outer/{u,w,root,low} inner/{home,run,tmp,graph,state}
    cp "$storages/bin/micafs" outer/micafs
    [ "$identity" = root ] || chown -R "$test_user:$test_user" outer inner enter work.sh
    write_settings "$T/inner"
    unshared unshare -m bash "$T/enter" "$1" "$T" env HOME="$T/inner/home" XDG_RUNTIME_DIR="$T/inner/run" TMPDIR="$T/inner/tmp" \
        CONTAINERS_CONF="$T/inner/containers.conf" CONTAINERS_STORAGE_CONF="$T/inner/storage.conf" \
        bash "$T/work.sh" "$T/inner" >told
    same "/: bin dev etc f moved opaque proc run sys twin /moved: f sub /opaque: f
1 2 1 2
/f:1
/f:2
/gone:3
/moved/f:1
/moved/sub/f:3
/twin:1
/twin:2
fuse.micafs
A /new
C /moved
D /moved/f" "$(cat told)"
    no_mount
}

each_an_engine_in_a_container_on_micafs() {
    inside micafs
}

each_an_engine_in_a_container_on_kernel_overlayfs() {
    inside overlay
}

main "$@"
