# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# dpkg and apt-get in a branch of an image, beside the same in a plain copy of the unpacked image.

# shellcheck source=tests/work/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

inside() { # COMMAND...: in the root directory
    as env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$here" "$@"
}

# Of what dpkg and apt say, times and speeds are left out.
install() { # COMMAND...
    local status=0
    inside "$@" >"$T/install.log" 2>&1 </dev/null || status=$?
    sed -E '/^(Get:|Fetched|Selecting|\(Reading)/d' "$T/install.log"
    [ "$status" = 0 ] || fail "exit status $status of $* ($side)"
}

apt() { # VERB PACKAGE...
    install apt-get -y -q -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root -o Dir::Etc::SourceList=/debs/sources.list \
        -o Dir::Etc::SourceParts=/none "$@"
}

state() {
    inside dpkg --audit
    inside dpkg -l | sha256sum
    inside dpkg-divert --list
    inside sh -c 'find /opt /etc/mica-one /usr/lib/mica-one /usr/share/mica-one /var/lib/mica-one \
            -type d -printf "%p %m\n" -o -printf "%p %y %m %n %s %l\n" | sort
        cat /var/log/mica-scripts /opt/triggered' 2>/dev/null || true # some are gone at the end
}

# Packages are installed, changed, upgraded, removed and purged.
use_packages() {
    install dpkg -i /debs/mica-two_1_all.deb /debs/mica-one_1_all.deb
    state
    inside sh -c 'echo mine >>/etc/mica-one/kept.conf; rm /usr/share/mica-one/file-7'
    again
    state
    inside dpkg --verify || true
    install dpkg --force-confold -i /debs/mica-one_2_all.deb
    state
    # From a repository of the image's own file system; one package brings another.
    apt update
    apt install mica-four
    again
    state
    apt remove mica-one
    state
    # Files of the image's own packages, many of them.
    install dpkg --force-depends --purge python3-flask
    apt purge mica-one mica-four mica-two mica-three
    state
    inside dpkg --verify || true
}

root_packages_in_an_image() {
    trap tell_and_clean_up EXIT
    here=$me/here
    mkdir "$here" "$T/debs"
    "$work_folder/make-debs" "$T/debs"
    cp -a "${MICA_TEST_IMAGES:?}/rootfs-pyapp/." "$here"
    side=plain
    cp -r "$T/debs" "$here/debs"
    use_packages >"$T/plain.said"
    mv "$here" "$me/plain"
    mkdir "$here"
    mica import --quiet "oci:$MICA_TEST_IMAGES/oci:pyapp"
    side=mount
    mount_here
    cp -r "$T/debs" "$here/debs"
    use_packages >"$T/mount.said"
    diff "$T/plain.said" "$T/mount.said" >&2 || fail "says something else in the mount"
    same_trees --no-times --loose 'var/log/*' --loose 'var/cache/*' --loose 'var/lib/apt/*'
}

mount_here() {
    mica mount --rw=packages -o dev,suid pyapp "$here"
}

unmount_here() {
    local pid
    pid=$(daemon)
    mica umount "$here"
    await gone "$pid"
}

main "$@"
