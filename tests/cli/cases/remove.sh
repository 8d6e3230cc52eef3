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
    complains "app:1 is in use: the mount at $PWD/mnt; --force removes the name"
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
    # Without a terminal nothing but --force removes changes.
    expect 1 gc --branches </dev/null
    complains "no terminal to confirm on; --force removes the branches"
    local before after said
    before=$(du -s --block-size=1 "$MICA_STORE" | cut -f 1)
    expect 0 gc --branches --dry-run --json
    json "[(o['object'], o['name']) for o in x][0] == ('branch', 'work')"
    json "'layer' in [o['object'] for o in x]"
    said=$(python3 -c 'import json; print(sum(o["disk_size"] for o in json.load(open("out"))))')
    expect 0 gc --branches --dry-run
    has out "branch work"
    mv out dry
    expect 0 branches --quiet
    is out work
    expect 0 prune --branches --older-than 0d --force
    [ "$(sed 's/^would free/freed/' dry)" = "$(cat out)" ] || fail "gc did not do what it said: $(cat dry)"
    after=$(du -s --block-size=1 "$MICA_STORE" | cut -f 1)
    [ $((before - after)) = "$said" ] || fail "$((before - after)) bytes went, not $said"
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
    # A digest for a name does not make it mica's: what it is decides.
    local hex=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    mkdir "$MICA_STORE/layers/$hex" "$MICA_STORE/blobs/sha256/$hex" "$MICA_STORE/trees/$hex"
    for name in layers blobs/sha256 trees; do
        echo mine >"$MICA_STORE/$name/$hex/notes"
    done
    expect 0 rm app:1 base:1
    expect 0 gc
    for name in blobs/sha256/notes layers/mine trees/aa {layers,blobs/sha256,trees}/$hex; do
        has err "$name is not mica's, and stays"
        [ -e "$MICA_STORE/$name" ] || fail "$name is gone"
    done
    for name in layers blobs/sha256 trees; do
        [ "$(cat "$MICA_STORE/$name/$hex/notes")" = mine ] || fail "$name/$hex lost a file"
    done
}

blob_of() { # TEXT: puts it into the store, and prints its digest
    local hex
    hex=$(printf %s "$1" | sha256sum | cut -d ' ' -f 1)
    printf %s "$1" >"$MICA_STORE/blobs/sha256/$hex"
    echo "sha256:$hex"
}

list_index() { # DIGEST BYTES: in the catalog, as another tool does
    python3 - "$MICA_STORE/index.json" "$1" "$2" <<'END'
import json, sys
path, digest, size = sys.argv[1:]
index = json.load(open(path))
index["manifests"].append({"mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest, "size": int(size),
                           "annotations": {"org.opencontainers.image.ref.name": "other:1"}})
json.dump(index, open(path, "w"))
END
}

# An index of images that another tool listed: all that it names stays, in whatever order it names it, and as long as
# that is not known, everything.
case_gc_and_an_index() {
    local leaf manifest inner outer text
    fill
    leaf=$(blob_of 'a leaf')
    manifest=$(blob_of "{\"config\": {\"mediaType\": \"text/plain\", \"digest\": \"$leaf\"}}")
    text="{\"manifests\": [{\"mediaType\": \"x.manifest\", \"digest\": \"$manifest\"}]}"
    inner=$(blob_of "$text")
    # The first time the manifest is named as a plain blob.
    text="{\"note\": {\"mediaType\": \"text/plain\", \"digest\": \"$manifest\"}, \"manifests\": [{\"mediaType\": \"x.index\", \"digest\": \"$inner\"}]}"
    outer=$(blob_of "$text")
    list_index "$outer" ${#text}
    blob_of 'nobody needs this' >/dev/null
    expect 0 gc
    has out "1 blob,"
    for digest in $leaf $manifest $inner $outer; do
        [ -e "$MICA_STORE/blobs/sha256/${digest#sha256:}" ] || fail "$digest is gone"
    done
    blob_of 'nobody needs this' >/dev/null
    echo x >>"$MICA_STORE/blobs/sha256/${inner#sha256:}"
    expect 1 gc
    complains "nothing was removed: the needs of image other:1 are unknown"
    expect 0 rm other:1
    expect 0 gc
    [ ! -e "$MICA_STORE/blobs/sha256/${leaf#sha256:}" ] || fail "the leaf is still there"
    whole
}

# An image whose config mica cannot read names layers all the same: which, is not known.
case_gc_and_a_config() {
    local config manifest text verb
    fill
    config=$(blob_of '{"rootfs": {"type": "layers", "diff_ids": ["sha256:short"]}}')
    text=$(python3 - "$MICA_STORE" "$config" <<'END'
import json, os, sys
store, config = sys.argv[1:]
def blob(digest):
    return open(os.path.join(store, "blobs/sha256", digest.split(":")[1])).read()
entries = json.load(open(os.path.join(store, "index.json")))["manifests"]
entry = next(e for e in entries if e["annotations"]["org.opencontainers.image.ref.name"] == "app:1")
manifest = json.loads(blob(entry["digest"]))
manifest["config"].update(digest=config, size=len(blob(config)))
print(json.dumps(manifest), end="")
END
)
    manifest=$(blob_of "$text")
    list_index "$manifest" ${#text}
    find "$MICA_STORE/layers" "$MICA_STORE/blobs" | sort >before
    for verb in gc "rm app:1"; do
        # shellcheck disable=SC2086
        expect 1 $verb
        complains "nothing was removed: the needs of image other:1 are unknown"
    done
    find "$MICA_STORE/layers" "$MICA_STORE/blobs" | sort | diff before - || fail "something was removed"
    expect 0 rm other:1
    expect 0 gc
    whole
}

case_rename_keeps_members() {
    fill
    expect 0 tag app:1 also:1
    python3 - "$MICA_STORE/index.json" <<'END'
import json, sys
index = json.load(open(sys.argv[1]))
for entry in index["manifests"]:
    entry["annotations"]["org.example.note"] = "kept"
json.dump(index, open(sys.argv[1], "w"))
END
    expect 0 rename app:1 app:2
    python3 - "$MICA_STORE/index.json" <<'END' || fail "a member is gone"
import json, sys
for entry in json.load(open(sys.argv[1]))["manifests"]:
    assert entry["annotations"]["org.example.note"] == "kept", entry
END
    names_are also:1 app:2 base:1
}

# A name that looks like the beginning of another image's digest: rm means the image that all verbs mean.
case_rm_of_a_name_like_a_digest() {
    local digest other
    fill
    digest=$("$mica" inspect app:1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["digest"])')
    other=${digest:7:12}
    python3 - "$MICA_STORE/index.json" "$other" <<'END'
import json, sys
index = json.load(open(sys.argv[1]))
for entry in index["manifests"]:
    if entry["annotations"]["org.opencontainers.image.ref.name"] == "base:1":
        entry["annotations"]["org.opencontainers.image.ref.name"] = sys.argv[2]
json.dump(index, open(sys.argv[1], "w"))
END
    expect 0 inspect "$other"
    json "x['digest'] == '$digest'"
    expect 0 rm "$other"
    names_are "$other"
    expect 0 ls "$other:/"
    expect 0 rm "$other"
    names_are
}

# What another process left when it died, and one that writes at the moment.
case_gc_and_other_writers() {
    fill
    mkdir "$MICA_STORE/tmp/0123456789abcdef"
    head -c 10000 /dev/zero >"$MICA_STORE/tmp/0123456789abcdef/half"
    : >"$MICA_STORE/tmp/0123456789abcdef.lock"
    : >"$MICA_STORE/tmp/00000000aaaaaaaa.lock" # its directory is gone
    find "$MICA_STORE/tmp" | sort >before
    expect 0 gc --dry-run
    has out "interrupted work $(du -s --block-size=1 "$MICA_STORE/tmp/0123456789abcdef" | cut -f 1)"
    find "$MICA_STORE/tmp" | sort | cmp -s - before || fail "a dry run changed tmp"
    expect 0 df
    has out "mica gc frees"
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
    expect 0 gc --dry-run
    has err "another mica writes to the store; mica gc waits for it"
    expect 1 gc --no-wait
    complains "no object was removed: another mica writes to the store"
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
    complains "nothing was removed: the needs of image app:1 are unknown"
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
