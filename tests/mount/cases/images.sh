#!/bin/bash
# The real images, in every form that they come in, show what umoci unpacks: entry by entry, with no difference excused.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Mounts IMAGE, compares it with umoci's unpacking of NAME, unmounts it.
shows() { # IMAGE NAME
    mica mount "$1" "$mnt"
    as python3 "$compare" scan --mount "$mnt" >"$T/mount.dump"
    mica umount "$mnt"
    no_mount
    "$compare" diff "$dumps/$2.dump" "$T/mount.dump"
}

each_oci_layout() {
    import oci
    shows pyapp pyapp
}

each_zstd_layout() {
    import zstd
    shows pyapp pyapp
}

each_oci_archive() {
    import oci-archive
    shows pyapp pyapp
}

each_docker_archive() {
    import docker-archive
    shows pyapp pyapp
}

each_worker_beside_pyapp() {
    import oci
    # Three layers are shared: those below are not read again, and the import says so.
    mica import "oci:$images/oci:worker" >"$T/said" 2>&1
    grep -qE '6 layers, 3 already here' "$T/said"
    shows worker worker
    shows pyapp pyapp
}

root_zstd_worker() {
    import zstd-worker
    shows worker worker
}

# The same image gives the same bytes, whatever its compression, its archive and who imports it.
root_forms_agree() {
    local form list
    for form in oci zstd oci-archive docker-archive; do
        store=$me/$form
        import "$form"
        # In which of an import's layers an equal content is stored depends on which is unpacked first.
        list=$(cd "$store" && find layers trees -type f ! -path '*/from/*' ! -name pack ! -path '*/packs/*' ! -name places \
            -exec sha256sum {} + | sort -k2)
        mica verify --deep --quiet
        [ "$form" != oci ] || echo "$list" >"$T/list"
        [ -n "$list" ] && diff "$T/list" - <<<"$list"
    done
}

# From a pipe, compressed or not.
each_standard_input() {
    mica import --quiet --name pyapp - <"$images/pyapp.docker.tar"
    shows pyapp pyapp
    store=$me/second
    gzip -1 <"$images/pyapp.oci.tar" | mica import --quiet --name pyapp -
    shows pyapp pyapp
}

root_runs() {
    import oci
    mica mount pyapp "$mnt"
    same "hello from app" "$(chroot "$mnt" python3 /app/app.py)"
    mica umount "$mnt"
}

space_runs() {
    import oci
    mica mount pyapp "$mnt"
    same "hello from app" "$(as chroot "$mnt" python3 /app/app.py)"
    mica umount "$mnt"
}

# Inode numbers are the image's: the same in two mounts at once, after a remount, and in another store.
each_inode_numbers_stay() {
    local number
    import oci
    as mkdir "$me/second"
    mica mount pyapp "$mnt"
    mica mount pyapp "$me/second"
    number=$(as stat -c '%i %Y %s' "$mnt/etc/passwd")
    same "$number" "$(as stat -c '%i %Y %s' "$me/second/etc/passwd")"
    mica umount "$mnt" "$me/second"
    mica mount pyapp "$mnt"
    same "$number" "$(as stat -c '%i %Y %s' "$mnt/etc/passwd")"
    mica umount "$mnt"
    no_mount
}

main "$@"
