# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica mount --rw, mica branches.
# shellcheck disable=SC2154

branch_names() { # NAME...: these are the branches
    expect 0 branches --quiet
    [ "$(xargs <out)" = "$*" ] || fail "branches: $(xargs <out), not $*"
}

case_branches_of_a_name_that_moved() {
    can_mount
    fill
    mkdir mnt
    expect 0 mount --rw=work app:1 mnt
    expect 0 branches --json
    json "[(b['image'], b['image_moved']) for b in x] == [('app:1', False)]"
    expect 0 import "$images/also.tar"
    has err '"app:1" was another image'
    expect 0 branches --json
    json "[(b['image'], b['image_moved']) for b in x] == [('app:1', True)]"
    expect 0 branches
    has out "app:1 (moved)"
    expect 0 mounts --json
    json "[m['image_moved'] for m in x if m['mountpoint'] == '$PWD/mnt'] == [True]"
    expect 0 mounts
    has out "app:1 (moved)"
    expect 0 umount mnt
}

case_branch() {
    can_mount
    fill
    mkdir mnt mnt2
    expect 0 branches
    expect 0 branches --json
    json 'x == []'
    expect 0 mount --rw=work app:1 mnt
    empty out
    empty err
    echo mine >mnt/etc/motd
    rm mnt/doc/new
    expect 0 branches
    grep -qE "^work +app:1 .* $PWD/mnt\$" out || fail "not in the list"
    expect 0 branches --json
    json "[(b['name'], b['image'], b['mountpoint'], b['temporary']) for b in x] == [('work', 'app:1', '$PWD/mnt', False)]"
    json 'x[0]["disk_size"] > 0'
    expect 0 mounts --json
    json "[m['branch'] for m in x if m['mountpoint'] == '$PWD/mnt'] == ['work']"
    expect 0 mounts
    grep -qE "^$PWD/mnt +app:1 .* work " out || fail "mounts does not tell of the branch"

    # Once at a time, and who is refused is told by whom.
    local pid
    pid=$(daemon_of "$PWD/mnt")
    for words in "mount --rw=work app:1 mnt2" "mount --rw=work mnt2" "branches rm work" "branches rename work play"; do
        # shellcheck disable=SC2086
        expect 1 $words
        complains "branch work is mounted on $PWD/mnt by process $pid"
    done
    expect 0 umount mnt
    expect 0 branches --json
    json "[b['mountpoint'] for b in x] == [None]"

    # Again, on its own image and by another name.
    expect 0 branches rename work play
    branch_names play
    expect 0 mount --rw=play mnt
    [ "$(cat mnt/etc/motd)" = mine ] || fail "what was written is gone"
    [ ! -e mnt/doc/new ] || fail "what was removed is back"
    expect 0 umount mnt
    expect 0 mount --rw=play app:1 mnt
    [ "$(cat mnt/etc/motd)" = mine ] || fail "what was written is gone"
    expect 0 umount mnt
    expect 0 mount app:1 mnt
    [ "$(cat mnt/etc/motd)" = changed ] || fail "the image has changed"
    expect 0 umount mnt

    expect 1 mount --rw=play base:1 mnt
    complains "branch play belongs to another image: to app:1"
    expect 0 branches rm play
    branch_names
    expect 1 mount --rw=play mnt
    complains "no branch play"
    nothing_left
}

case_branch_made_up() {
    can_mount
    fill
    mkdir mnt
    expect 0 mount --rw app:1 mnt
    local name
    name=$(cat out)
    grep -qE '^[a-z]+-[a-z]+$' out || fail "not a name"
    touch mnt/file
    expect 0 umount mnt
    branch_names "$name"
    expect 0 mount --rw="$name" mnt
    [ -e mnt/file ] || fail "what was written is gone"
    expect 0 umount mnt
    expect 0 mount --rw=read -o ro app:1 mnt
    ! touch mnt/file 2>/dev/null || fail "written to a read-only mount"
    expect 0 umount mnt
}

case_branch_temporary() {
    can_mount
    fill
    mkdir mnt
    expect 0 mount --rw --rm app:1 mnt
    empty out
    touch mnt/file
    expect 0 branches --json
    json '[b["temporary"] for b in x] == [True]'
    expect 0 umount mnt
    branch_names
    expect 0 mount --rw=named --rm app:1 mnt
    branch_names named
    local pid
    pid=$(daemon_of "$PWD/mnt")
    kill -KILL "$pid"
    tail --pid="$pid" -s 0.05 -f /dev/null
    [ -d "$MICA_STORE/branches/named" ] || fail "nobody can have removed it"
    expect 0 mounts # whoever looks next sweeps it
    [ ! -e "$MICA_STORE/branches/named" ] || fail "it is still there"
    expect 0 umount mnt
    expect 0 mount --rw=kept app:1 mnt
    expect 0 umount mnt
    expect 1 mount --rw=kept --rm app:1 mnt
    complains "branch kept exists"
    branch_names kept
    nothing_left
}

# A branch that was made for a mount goes when there is no mount.
case_branch_mount_fails() {
    can_mount
    fill
    mkdir mnt
    expect 2 mount --rw=work -o timeout=never app:1 mnt
    branch_names
    expect 2 mount --rw=work -o max_read=nonsense app:1 mnt
    branch_names
    expect 1 mount --rw=work nosuch mnt
    branch_names
    expect 0 mount --rw=work -o redirect_dir=off app:1 mnt
    expect 0 umount mnt
    expect 1 mount --rw=work -o redirect_dir=on mnt
    complains "was created with redirect_dir=off, which cannot change"
    branch_names work
}

case_branch_volatile() {
    can_mount
    fill
    mkdir mnt
    expect 0 mount --rw=work -o volatile app:1 mnt
    expect 0 umount mnt
    expect 1 mount --rw=work mnt
    complains "was mounted volatile"
    local cure
    cure=$(sed -n 's/.*if it has not: //p' err)
    eval "$cure"
    expect 0 mount --rw=work mnt
    expect 0 umount mnt
}

case_branch_words() {
    fill
    expect 2 mount --rw app:1
    complains "needs IMAGE DIR"
    expect 2 mount --rw=work
    complains "needs DIR, or IMAGE DIR"
    expect 2 mount --rw=work --rm .
    complains "needs IMAGE DIR"
    expect 2 mount --rm app:1 .
    complains "it needs --rw"
    expect 2 mount --rw=../x app:1 .
    complains '"../x" cannot be the name of a branch'
    expect 2 branches prune
    complains '"prune" is neither rm nor rename'
    expect 2 branches rm
    expect 2 branches rename one
    expect 2 branches rename one two three
    expect 2 branches --json rm one
    expect 1 branches rm one two
    [ "$(grep -c 'no branch' err)" = 2 ] || fail "not both were tried"
    expect 1 branches rename one two
    complains "no branch one"
    mkdir "$MICA_STORE/branches/odd"
    expect 1 branches
    complains "branch odd: its branch.json cannot be read"
}
