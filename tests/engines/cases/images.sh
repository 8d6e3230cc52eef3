# shellcheck shell=bash
# The images that come out are those that come out with other mount programs, and with the kernel's overlayfs.
# shellcheck source=tests/engines/lib.sh
. "$(dirname "$0")/../lib.sh"

# Runs a function on the storage of each driver, and compares what it left as localhost/made: entry by entry with what
# fuse-overlayfs gave; with the kernel's overlayfs the engine writes its upper directories as layers, opaque marks and all, where
# it compares two mounts otherwise, so that there the trees are compared, layer by layer.
compare_made() { # FUNCTION DRIVER...
    local driver how made=$1
    shift
    "$made"
    keep_made micafs
    for driver in "$@"; do
        other "$driver" "$made"
        other "$driver" keep_made "$driver"
        how=entries
        [ "$driver" != kernel ] || how=trees
        "$here/layers" "$how" "$T/micafs" "$T/$driver" || fail "the images are not alike"
    done
    no_mount
}

keep_made() { # NAME
    podman save -q --format docker-dir -o "$T/$1" localhost/made
    podman rmi -f localhost/made >/dev/null
}

built() {
    buildah bud -q --isolation chroot --layers -t localhost/made "$T/build" >&2
    [[ $storage = *-micafs ]] || return 0
    # Once more: every step is found in the cache.
    buildah bud --isolation chroot --layers -t localhost/made "$T/build" >"$T/again" 2>&1
    same "$(grep -vc '^FROM' <(grep -v '^#' "$T/build/Containerfile"))" "$(grep -c 'Using cache' "$T/again")"
}

prepare_build() {
    mkdir debs
    "$root/tests/work/make-debs" debs
    cp -r "$here/build" .
    cp debs/mica-one_1_all.deb build/mica-one.deb
    find build -exec touch -d @1500000000 {} +
    chmod -R a+rX build
}

each_a_containerfile_is_built() {
    prepare_build
    compare_made built kernel
}

slow_each_a_containerfile_is_built_as_on_fuse_overlayfs() {
    prepare_build
    compare_made built fuse
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
    compare_made committed kernel fuse
}

worked() {
    buildah from -q --name made localhost/pyapp >&2
    buildah run --isolation chroot made -- sh -c '
        rm -r /usr/share/perl5 /app && mkdir /app && chmod 700 /app && ln -s /app /application
        chown -R 7:8 /usr/lib/python3 && cp -a /etc/ssl /etc/ssl.again' >&2
    mkdir -p tree/app tree/etc/ssl
    echo copied | tee tree/app/copied >tree/etc/ssl/copied
    find tree -exec touch -d @1500000000 {} +
    chmod -R a+rX tree
    buildah copy -q made tree / >&2
    buildah config --entrypoint '["cat"]' --cmd /app/copied --user 7 made
    buildah commit -q --rm made localhost/made >&2
}

each_a_working_container_is_committed() {
    compare_made worked kernel
}

slow_each_a_working_container_is_committed_as_on_fuse_overlayfs() {
    compare_made worked fuse
}

# fuse-overlayfs 1.10 cannot do these. Of files of a directory it says that they are there already (EEXIST) where one of that name
# was removed in a layer; it copies a device of a layer up as a file; and of what was in a directory that a
# step removed and made again, some stays in the image.
moved_back() {
    mkdir moved
    # In a user namespace no device can be made.
    cat >moved/Containerfile <<'CONTAINERFILE'
FROM localhost/pyapp
RUN mv /usr/share/zoneinfo /usr/share/zones && { mknod /opt/device c 1 3 || touch /opt/device; }
RUN mv /usr/share/zones /usr/share/zoneinfo && rm -r /usr/share/zoneinfo/Africa && chown 1:2 /opt/device
RUN cd /usr/share && rm -r perl5 base-files && mkdir perl5 base-files && echo only | tee perl5/this >base-files/motd
RUN mv /usr/share/zoneinfo /opt/zones && mkdir /usr/share/zoneinfo && mv /opt/zones/Asia /usr/share/zoneinfo/Africa
CONTAINERFILE
    buildah bud -q --isolation chroot --layers -t localhost/made moved >&2
    rm -r moved
}

each_directories_move_back() {
    compare_made moved_back kernel
}

main "$@"
