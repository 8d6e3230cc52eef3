# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A copy-up on a file system that can share blocks between files.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

# Blocks in use on the file system at $me/fs, in KiB.
used() {
    sync -f "$me/fs"
    df -k --output=used "$me/fs" | tail -1
}

# The data of a large file are neither written again nor take room again; what is written to the copy is its own.
root_blocks_are_shared() {
    local before after layer pid
    truncate -s 400M "$me/disk"
    mkfs.xfs -q -m reflink=1 "$me/disk"
    mkdir "$me/fs"
    mount -o loop "$me/disk" "$me/fs"
    mkdir "$me/fs/l" "$me/fs/u" "$me/fs/w"
    head -c 64M /dev/urandom >"$me/fs/l/big"
    cp --reflink=never "$me/fs/l/big" "$me/big"
    layer=$(sha256sum <"$me/fs/l/big")
    before=$(used)
    micafs -o "lowerdir=$me/fs/l,upperdir=$me/fs/u,workdir=$me/fs/w" "$mnt"
    printf x | dd of="$mnt/big" bs=1 seek=1000000 conv=notrunc status=none
    printf x | dd of="$me/big" bs=1 seek=1000000 conv=notrunc status=none
    after=$(used)
    [ "$((after - before))" -lt 4096 ] || fail "the copy takes $((after - before)) KiB"
    filefrag -v "$me/fs/u/big" | grep -q shared || fail "no block is shared"
    cmp "$me/big" "$mnt/big"
    same "$layer" "$(sha256sum <"$me/fs/l/big")"
    pid=$(daemon)
    umount "$mnt"
    await gone "$pid"
    umount "$me/fs"
}

main "$@"
