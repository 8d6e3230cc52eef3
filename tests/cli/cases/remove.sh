# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# mica tag, rename, rm, gc and df.
# shellcheck disable=SC2154

names_are() { # NAME...: of the images
    expect 0 images --quiet
    [ "$(xargs <out)" = "$*" ] || fail "images: $(xargs <out), not $*"
}

objects() { # how many there are
    find "$MICA_STORE"/blobs/*/ "$MICA_STORE"/layers "$MICA_STORE"/trees -mindepth 1 -maxdepth 1 | wc -l
}

whole() {
    expect 0 verify
    nothing_left
}

case_tag() {
    fill
    expect 0 tag app:1 app:2 stable
    empty out
    empty err
    names_are app:1 app:2 base:1 stable
    # Again changes nothing; a name of another image moves and is told.
    expect 0 tag app:1 app:2
    empty err
    expect 0 tag base:1 stable
    has err '"stable" was another image, which stays as sha256:'
    names_are app:1 app:2 base:1 stable
    whole
}

case_tag_asks() {
    fill
    expect 1 tag app:1 new:1 base:1
    complains '"base:1" is the only name of another image'
    has err "--force takes it all the same"
    names_are app:1 base:1 # all of the names or none
    expect 0 tag --force app:1 base:1
    has err '"base:1" was another image'
    expect 0 images --json
    json "sorted(str(i['name']) for i in x) == ['None', 'app:1', 'base:1']"
    expect 1 tag nothing:1 new:1
    complains 'no image "nothing:1"'
    expect 2 tag app:1
    expect 2 tag app:1 '../x'
    names_are app:1 base:1 "$("$mica" images -q | tail -n 1)"
}

# References as docker and podman read them: one name in many forms.
case_names_in_many_forms() {
    local digest other word
    fill
    digest=$("$mica" inspect app:1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["digest"])')
    other=$("$mica" inspect base:1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["digest"])')
    expect 0 tag app:1 py docker.io/library/db:3 quay.example:5000/team/app
    for word in py py:latest docker.io/py docker.io/library/py:latest library/py db:3 docker.io/db:3 quay.example:5000/team/app:latest \
        "py@$digest" "docker.io/library/db@$digest" "quay.example:5000/team/app:9@$digest"; do
        expect 0 inspect "$word"
        json "x['digest'] == '$digest'"
    done
    for word in "py@$other" "nothing@$digest" db db:4 quay.example:5000/app:latest quay.example/team/app other.example/py; do
        expect 1 inspect "$word"
    done
    # One name, with :latest and without: it moves, and there are no two.
    expect 0 tag base:1 py:latest
    has err '"py:latest" was another image'
    names_are app:1 base:1 docker.io/library/db:3 py:latest quay.example:5000/team/app
    expect 0 tag base:1 py
    empty err
    names_are app:1 base:1 docker.io/library/db:3 py:latest quay.example:5000/team/app
    expect 0 rm docker.io/library/py
    names_are app:1 base:1 docker.io/library/db:3 quay.example:5000/team/app
}

case_rename() {
    fill
    expect 0 rename app:1 app:2
    empty err
    names_are app:2 base:1
    expect 1 rename app:2 base:1
    complains '"base:1" is the only name'
    names_are app:2 base:1
    expect 1 rename "$("$mica" inspect app:2 | python3 -c 'import json, sys; print(json.load(sys.stdin)["digest"])')" x:1
    complains "is no name of an image, but a digest"
    expect 0 rename app:2 app:2
    names_are app:2 base:1
    expect 0 rename app:2 app
    expect 0 rename app app:latest
    names_are app:latest base:1
    expect 0 rename app app:2
    names_are app:2 base:1
    expect 0 rename --force app:2 base:1
    has err '"base:1" was another image'
    expect 1 rename nothing:1 x:1
    whole
}

# With the last name goes what only that image needs, and nothing else.
case_rm() {
    local before after
    fill
    expect 0 tag app:1 also:1
    before=$(objects)
    expect 0 rm app:1
    has out "removed app:1"
    has out "freed 0 bytes"
    [ "$(objects)" = "$before" ] || fail "something went with a name that was not the last"
    expect 0 rmi also:1
    has out "removed also:1"
    has_not out "freed 0 bytes"
    after=$(objects)
    [ "$after" -lt "$before" ] || fail "nothing was removed"
    names_are base:1
    expect 0 ls base:1:/
    whole
    # What is left is what base:1 takes alone.
    expect 0 --store "$PWD/other" import --quiet "$images/base.tar"
    [ "$(cd "$MICA_STORE" && find blobs layers trees | sort)" = "$(cd other && find blobs layers trees | sort)" ] ||
        fail "the store is not as if app:1 had never been there"
    expect 0 rm base:1
    [ "$(objects)" = 0 ] || fail "something is left"
    expect 1 rm base:1
    complains 'no image "base:1"'
    expect 0 import --quiet "$images/app.tar"
    whole
}

case_rm_of_digests() {
    local digest
    fill
    expect 0 tag app:1 also:1
    digest=$("$mica" inspect app:1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["digest"])')
    expect 1 rm "$digest"
    complains "has several names: also:1, app:1"
    expect 0 rm --force "${digest:7:12}"
    names_are base:1
    # One word that fails does not keep the others.
    expect 1 rm nothing:1 base:1
    names_are
    [ "$(objects)" = 0 ] || fail "something is left"
}

case_rm_of_what_is_used() {
    can_mount
    fill
    mkdir mnt
    expect 0 mount app:1 mnt
    expect 1 rm app:1
    complains "app:1 is in use: the mount at $PWD/mnt; --force takes the name"
    names_are app:1 base:1
    expect 0 rm --force app:1
    cat mnt/etc/motd >/dev/null
    find mnt -type f -exec cat {} + >/dev/null || fail "the mount lost something"
    expect 0 gc
    find mnt -type f -exec cat {} + >/dev/null || fail "the mount lost something to gc"
    expect 0 images --json
    json "[i['name'] for i in x] == ['base:1', None]"
    expect 0 umount mnt
    expect 0 gc
    has out "which has no name"
    expect 0 images --json
    json "[i['name'] for i in x] == ['base:1']"
    whole
}

case_rm_of_what_a_branch_stands_on() {
    can_mount
    fill
    mkdir mnt
    expect 0 mount --rw=work app:1 mnt
    expect 0 umount mnt
    expect 1 rm app:1
    complains "app:1 is in use: branch work"
    expect 0 rm --force app:1
    expect 0 gc
    expect 0 mount --rw=work mnt
    find mnt -type f -exec cat {} + >/dev/null || fail "the branch lost its image"
    expect 0 gc --branches --force
    has_not out "branch work"
    expect 0 umount mnt
    expect 0 gc --branches --older-than 1d
    has_not out "branch work"
    expect 0 gc --branches --dry-run
    has out "branch work"
    expect 0 branches --quiet
    is out work
    expect 0 prune --branches --older-than 0d --force
    has out "branch work"
    expect 0 branches --quiet
    empty out
    expect 0 images --json
    json "[i['name'] for i in x] == ['base:1']"
    whole
}

# What --dry-run says is what goes, to the byte; du(1) sees it go.
case_gc() {
    local before after said
    fill
    expect 0 gc --dry-run
    is out "would free 0 bytes (0 B): 0 blobs, 0 layers, 0 trees"
    expect 0 tag --force base:1 app:1
    before=$(du -s --block-size=1 "$MICA_STORE" | cut -f 1)
    expect 0 gc --dry-run --json
    said=$(python3 -c 'import json; print(sum(o["disk_size"] for o in json.load(open("out"))))')
    [ "$said" -gt 0 ] || fail "gc finds nothing"
    json "[o['object'] for o in x].count('image') == 1"
    expect 0 gc --dry-run
    mv out dry
    expect 0 gc
    [ "$(sed 's/^would free/freed/' dry)" = "$(cat out)" ] || fail "gc did not do what it said: $(cat dry)"
    after=$(du -s --block-size=1 "$MICA_STORE" | cut -f 1)
    [ $((before - after)) = "$said" ] || fail "$((before - after)) bytes went, not $said"
    expect 0 gc --quiet
    is out "freed 0 bytes (0 B): 0 blobs, 0 layers, 0 trees"
    whole
}

case_gc_leaves_what_it_does_not_know() {
    fill
    echo mine >"$MICA_STORE/blobs/sha256/notes"
    mkdir "$MICA_STORE/layers/mine"
    echo x >"$MICA_STORE/trees/aa"
    expect 0 rm app:1 base:1
    expect 0 gc
    for name in blobs/sha256/notes layers/mine trees/aa; do
        has err "$name is not mica's, and stays"
        [ -e "$MICA_STORE/$name" ] || fail "$name is gone"
    done
}

# What another process left when it died, and one that writes at the moment.
case_gc_and_other_writers() {
    fill
    mkdir "$MICA_STORE/tmp/0123456789abcdef"
    head -c 10000 /dev/zero >"$MICA_STORE/tmp/0123456789abcdef/half"
    : >"$MICA_STORE/tmp/0123456789abcdef.lock"
    expect 0 gc --dry-run
    has out "interrupted work"
    [ -e "$MICA_STORE/tmp/0123456789abcdef/half" ] || fail "a dry run removed it"
    expect 0 gc
    has out "interrupted work"
    nothing_left
    # A process that holds the lock of a transaction.
    mkdir "$MICA_STORE/tmp/fedcba9876543210"
    : >"$MICA_STORE/tmp/fedcba9876543210.lock"
    exec 9>>"$MICA_STORE/tmp/fedcba9876543210.lock"
    flock --exclusive 9
    expect 0 rm app:1
    has err "another mica writes to the store: mica gc frees the room once that has ended"
    names_are base:1
    "$mica" gc >gc.out 2>gc.err 9>&- &
    local pid=$!
    until grep -q "waiting for another mica" gc.err; do
        kill -0 $pid 2>/dev/null || { cat gc.err; fail "gc did not wait"; }
        sleep 0.05
    done
    exec 9>&-
    wait $pid || fail "gc failed"
    ! grep -q "freed 0 bytes" gc.out || fail "gc freed nothing"
    whole
}

# Nothing is removed while it cannot be known what an image needs; an image that is damaged can be removed itself.
case_gc_of_a_damaged_store() {
    local manifest
    fill
    manifest=$("$mica" inspect app:1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["digest"])')
    echo x >"$MICA_STORE/blobs/sha256/${manifest#sha256:}"
    expect 1 gc
    complains "nothing was removed: what image app:1 needs is not known"
    expect 0 rm app:1
    names_are base:1
    expect 0 gc
    whole
}

case_df() {
    fill
    expect 0 df --json
    json "[i['name'] for i in x] == ['app:1', 'base:1']"
    json "all(i['disk_size'] == i['blobs_disk_size'] + i['contents_disk_size'] for i in x)"
    json "x[0]['shared_with'] == ['base:1'] and x[1]['shared_with'] == ['app:1']"
    json "x[0]['shared_disk_size'] == x[1]['shared_disk_size'] > 0"
    local frees before after
    frees=$(python3 -c 'import json; print(json.load(open("out"))[0]["freed_disk_size"])')
    expect 0 df
    grep -qE '^blobs .*, contents .*, branches 0 B$' out || fail "no sums"
    expect 0 df app:1
    has out "app:1 shares with base:1"
    has_not out "blobs "
    before=$(du -s --block-size=1 "$MICA_STORE" | cut -f 1)
    expect 0 rm app:1
    has out "freed $frees bytes"
    after=$(du -s --block-size=1 "$MICA_STORE" | cut -f 1)
    [ $((before - after)) = "$frees" ] || fail "$((before - after)) bytes went, not $frees"
    expect 1 df nothing:1
    complains 'no image "nothing:1"'
    expect 0 df --json
    json "len(x) == 1 and x[0]['shared_with'] == [] and x[0]['shared_disk_size'] == 0"
    expect 2 gc --older-than 7d
    expect 2 gc --branches --older-than soon
}
