# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What copies whole trees, and looks at them: rsync, tar, cp, find, du. The trees have something of every kind (make-tree).

# shellcheck source=tests/work/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

make_tree() { # DIR VERSION
    as python3 "$T/bin/make-tree" "$1" "$2" "${no_lists[@]}"
}

# Times of what is made on the way are nobody's.
settle() { # PATH...
    as touch -h -d '2001-01-01 UTC' "$@"
}

first_version() {
    as mkdir "$here/tree"
    make_tree "$here/tree" 1
    settle "$here"
}

# The other version is in a plain directory: rsync brings it, and takes it back to another.
synchronise() {
    [ -e "$me/other" ] || make_tree "$me/other" 2
    as rsync "$flags" --modify-window=-1 --delete "$me/other/" "$here/tree/"
    as rsync "$flags" --modify-window=-1 --delete --checksum --dry-run --itemize-changes "$me/other/" "$here/tree/"
    again
    as rsync "$flags" --modify-window=-1 --delete --checksum --dry-run --itemize-changes "$me/other/" "$here/tree/"
    as rsync "$flags" --modify-window=-1 --sparse "$here/tree/" "$me/back/"
    as rsync "$flags" --modify-window=-1 --delete --checksum --dry-run --itemize-changes "$here/tree/" "$me/back/"
    as python3 "$compare" trees "$me/other" "$me/back"
    as rm -rf "$me/back"
    # Within: from the layer's and the branch's to what is new.
    as rsync "$flags" --modify-window=-1 "$here/tree/" "$here/new/"
    as rsync "$flags" --modify-window=-1 --delete --checksum --dry-run --itemize-changes "$me/other/" "$here/new/"
    as rsync "$flags" --modify-window=-1 --inplace --no-whole-file --ignore-times "$me/other/files/" "$here/new/files/"
    settle "$here"
}

# Looks at the layer's and the branch's, and makes archives and copies of them, of which one is compared by tar itself.
pack() {
    local tree
    as chmod 711 "$here/tree/files/3" "$here/tree/links/7"
    as sh -c 'echo more >>"$1/links/9"' - "$here/tree"
    as rm "$here/tree/links/d/11-1"
    as mv "$here/tree/names" "$here/tree/moved"
    settle "$here/tree" "$here/tree/links" "$here/tree/links/9" "$here/tree/links/d"
    again
    as tar --xattrs --xattrs-include='*' --acls --sparse --numeric-owner -C "$here/tree" --sort=name -cf "$here/all.tar" . 2>"$T/tar.err"
    sed '/socket ignored/d' "$T/tar.err"
    as tar --xattrs --acls --numeric-owner -C "$here/tree" --compare -f "$here/all.tar"
    again
    as tar --xattrs --acls --numeric-owner -C "$here/tree" --compare -f "$here/all.tar"
    as mkdir "$here/untarred"
    as tar --xattrs --xattrs-include='*' --acls --numeric-owner -C "$here/untarred" -xpf "$here/all.tar"
    as cp -a "$here/tree" "$here/copied"
    as cp -al "$here/tree/links" "$here/linked"
    again
    for tree in tree untarred copied linked; do
        look_at "$here/$tree"
    done
    as rm "$here/all.tar" # its holes and padding are compared above
    settle "$here"
}

look_at() { # DIR
    as find "$1" -links +1 ! -type d -printf '%P %n\n' | sort
    as find "$1" -type d -empty -printf '%P\n' | sort
    as find "$1" ! -type d -printf '%P %y %s %m %T@ %l\n' | sort | sha256sum
    # Each file once, whatever names it has.
    as find "$1" ! -type d -print0 | sort -z | as du --files0-from=- --apparent-size -B1 -c | tail -n 1 | cut -f 1
    as find "$1" -type f -size +128k -printf '%P %b\n' | sort
}

prepare() {
    cp "$work_folder/make-tree" "$T/bin"
    case $identity in
    root) flags=-aHAX no_lists=() ;;
    *) flags=-aHX no_lists=(--no-lists) ;; # access lists are not kept where owners are
    esac
}

rsync_there_and_back() {
    prepare
    twice first_version synchronise
    same_trees
}

root_rsync() {
    rsync_there_and_back
}

user_rsync() {
    rsync_there_and_back
}

tar_and_cp() {
    prepare
    twice first_version pack
    same_trees
}

root_tar_and_cp() {
    tar_and_cp
}

space_tar_and_cp() {
    tar_and_cp
}

main "$@"
