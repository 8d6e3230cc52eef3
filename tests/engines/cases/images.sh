# shellcheck shell=bash
# The images that come out are those that come out with other mount programs, and with the kernel's overlayfs.
# shellcheck source=tests/engines/lib.sh
. "$(dirname "$0")/../lib.sh"

others() {
    case $identity in
    root) echo fuse-overlayfs kernel ;;
    user) echo fuse-overlayfs ;;
    esac
}

# Runs a function on each storage, and compares what it left as localhost/made: entry by entry with what fuse-overlayfs gave;
# with the kernel's overlayfs the engine writes its upper directories as layers, opaque marks and all, where it compares two
# mounts otherwise, so that there the trees are compared, layer by layer.
compare_made() { # FUNCTION
    local driver how
    "$1"
    keep_made micafs
    for driver in $(others); do
        other "$driver" "$1"
        other "$driver" keep_made "$driver"
        how=entries
        [ "$driver" != kernel ] || how=trees
        "$here/layers" "$how" "$T/micafs" "$T/$driver" || fail "the images are not alike"
    done
    no_mount
}

keep_made() { # NAME
    podman push -q localhost/made "oci:$T/$1:made"
    podman rmi -f localhost/made >/dev/null
}

built() {
    buildah bud -q --isolation chroot --layers -t localhost/made "$T/build" >&2
}

each_a_containerfile_is_built() {
    mkdir debs
    "$root/tests/work/make-debs" debs
    cp -r "$here/build" .
    cp debs/mica-one_1_all.deb build/mica-one.deb
    find build -exec touch -d @1500000000 {} +
    chmod -R a+rX build
    compare_made built
    # Once more: every step is found in the cache.
    buildah bud --isolation chroot --layers -t localhost/made "$T/build" 2>&1 | tee again >&2
    podman rmi -f localhost/made
}

# Nothing is copied to where a directory of the image was that has been renamed: of each file in it fuse-overlayfs 1.10 says that
# it is there already (EEXIST).
committed() {
    podman run --network none --name made localhost/pyapp sh -c '
        mv /usr/lib/python3/dist-packages/flask /usr/lib/python3/dist-packages/bottle
        ln /usr/bin/perl /usr/bin/perl.again && rm /usr/bin/perl && mv /usr/bin/perl.again /usr/bin/perl
        touch -r /etc/shells /tmp/keep && echo >>/etc/shells && cp -p /usr/share/base-files/motd /tmp/motd
        rm -r /var/log && mkdir -p /var/log/a/b && chmod 1777 /var/log/a && setfattr -n user.x -v y /tmp/motd 2>/dev/null
        true' >&2
    podman commit -q made localhost/made >&2
    podman rm made >&2
}

each_a_container_is_committed() {
    compare_made committed
}

main "$@"
