# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Access lists where owners are kept in an attribute, as in a user namespace that has a single id.

# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

kept=user.containers.override_stat

list() { # FILE...: what there is besides owner and mask
    as getfacl -nacp "$@" | grep -v '^$' | paste -sd,
}

again() {
    local pid
    pid=$(daemon)
    [ ! -e "/proc/$pid" ] || as umount "$mnt"
    await gone "$pid"
    micafs -o "userxattr,lowerdir=$me/l,upperdir=$me/u,workdir=$me/w" "$mnt"
}

# As the plain directory answers, which is beside the mount.
refused_alike() { # ENTRY...
    local entry file
    for entry in "$@"; do
        for file in "$me/plain" "$mnt/f" "$mnt/g" "$mnt/new" "$mnt/d"; do
            refuses 1 "Invalid argument" as setfacl -m "$entry" "$file"
        done
    done
}

# What is on disk under the names of the layer and the branch says whose the file is, and carries the list.
one_access_lists_name_who_is_there() {
    as mkdir -p l/d u w
    as touch l/f l/g l/d/x plain
    as setfacl -m u:0:rwx,g:0:r-x,m::rwx l/g
    as setfacl -d -m u:0:rwx,g:0:r-x l/d
    micafs -o "userxattr,lowerdir=$me/l,upperdir=$me/u,workdir=$me/w" "$mnt"
    as touch "$mnt/new"
    as chmod 640 "$mnt/f" "$mnt/new" plain
    refused_alike u:5:rwx g:5:r u:65534:r
    refuses 1 "Invalid argument" as setfacl -m d:u:5:rwx "$mnt/d"
    same "" "$(as getfattr -dm system.posix_acl "$mnt/f" "$mnt/new" "$mnt/d/x")"
    # What came before it in the same call has not been set either.
    refuses 1 "Invalid argument" as setfacl -m u:0:rwx,u:5:r "$mnt/f"
    same "$(list plain)" "$(list "$mnt/f")"

    as setfacl -m u:0:rw,g:0:x plain "$mnt/f" "$mnt/new"
    same "user::rw-,user:0:rw-,group::r--,group:0:--x,mask::rwx,other::---" "$(list plain)"
    same "$(list l/g)" "$(list "$mnt/g")"
    as chmod g=r "$mnt/g" # copied up
    as touch "$mnt/d/in"
    same "user::rw-,user:0:rwx,group::r-x,group:0:r-x,mask::rw-,other::r--" "$(list "$mnt/d/in" | sed 's/#[^,]*//g; s/[\t ]//g')"
    # shellcheck disable=SC2034
    for round in shown remounted; do
        same "$(list plain)" "$(list "$mnt/f")"
        same "$(list plain)" "$(list "$mnt/new")"
        same "660 660 644" "$(as stat -c %a "$mnt/f" "$mnt/new" "$mnt/g" | xargs | sed 's/67/66/g')"
        same "user:0:rwx group:0:r-x mask::r--" "$(as getfacl -ncp "$mnt/g" | sed 's/[\t ]*#.*//' | grep -E ':0:|mask' | xargs)"
        again
    done
    as getfattr -n $kept --only-values "$me/u/f" "$me/u/g" "$me/u/new" "$me/u/d/in"
    as setfacl -b "$mnt/f" "$mnt/g"
    again
    same "" "$(as getfattr -dm system.posix_acl "$mnt/f" "$mnt/g")"
}

# Entries of the layer for ids that the namespace does not have: nobody there could use them, and the kernel refuses lists with
# them. They are not shown, and those of who is there stay with the file.
one_access_lists_of_layers_name_others() {
    local file
    [ "$(id -u)" = 0 ] || skip "somebody has to set what the namespace cannot"
    as mkdir -p l/d u w
    as touch l/f l/only
    as chmod 640 l/f l/only
    setfacl -m "u:$test_user:rwx,u:5:rwx,g:7:r,m::rwx" l/f
    setfacl -m u:5:rwx l/only
    setfacl -d -m "u:5:rwx,u:$test_user:rx" l/d
    micafs -o "userxattr,lowerdir=$me/l,upperdir=$me/u,workdir=$me/w" "$mnt"
    for file in shown copied remounted; do
        same "user::rw-,user:0:rwx,group::r--,mask::rwx,other::---" "$(list "$mnt/f")"
        same 670 "$(as stat -c %a "$mnt/f")"
        as getfacl -ncp "$mnt/only" "$mnt/d" >"$T/lists"
        ! grep -E ':(5|7|4294967295|65534):' "$T/lists" || fail "$file: $(cat "$T/lists")"
        grep -q 'default:user:0:r-x' "$T/lists" || fail "$file: $(cat "$T/lists")"
        case $file in
        shown) as touch "$mnt/f" "$mnt/only" "$mnt/d" ;;
        copied) again ;;
        esac
    done
    as touch "$mnt/d/in"
    as getfacl -ncp "$mnt/d/in" | grep -q '^user:0:r-x' || fail "not inherited"
}

main "$@"
