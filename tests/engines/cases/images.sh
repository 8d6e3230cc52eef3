# shellcheck shell=bash
# The images that come out are those that come out with other mount programs, and with the kernel's overlayfs.
# shellcheck source=tests/engines/lib.sh
. "$(dirname "$0")/../lib.sh"

# Of the image that everything is made from.
base_layers=6

others() {
    case $identity in
    root) echo fuse-overlayfs kernel ;;
    user) echo fuse-overlayfs ;;
    esac
}

# Runs a function on each storage, and compares with micafs's what it left as localhost/made. The function `reason` prints, for
# another driver, patterns of those lines that the driver is to blame for; each must be found.
compare_made() { # FUNCTION
    local driver line bad=0
    "$1"
    podman push -q localhost/made "oci:$T/micafs:made"
    podman rmi -f localhost/made >/dev/null
    for driver in $(others); do
        other "$driver" "$1"
        other "$driver" podman push -q localhost/made "oci:$T/$driver:made"
        other "$driver" podman rmi -f localhost/made >/dev/null
        "$here/layers" "$T/micafs" "$T/$driver" $base_layers >"$driver.lines" || true
        excused "$driver" <"$driver.lines" >"$driver.left"
        cat "$driver.left" >&2
        [ ! -s "$driver.left" ] || bad=1
    done
    [ "$bad" = 0 ] || fail "the images are not alike"
    no_mount
}

# Lines that the other driver is to blame for, each with its reason.
excused() { # DRIVER
    grep -v ' entries of .* are alike$' || true
}

built() {
    buildah bud -q --isolation chroot --layers --network none -t localhost/made "$T/build" >&2
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
    buildah bud --isolation chroot --layers --network none -t localhost/made "$T/build" 2>&1 | tee again >&2
    podman rmi -f localhost/made
}

committed() {
    podman run --network none --name made localhost/pyapp sh -c '
        cd /usr/lib/python3/dist-packages && mv flask flask.old && cp -a flask.old flask && rm -r flask.old
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
