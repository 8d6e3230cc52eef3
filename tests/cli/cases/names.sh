# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Whose name is whose: every verb, with a name that is free, the image's already, another's with other names, another's only.
# shellcheck disable=SC2154

# The digest under a name, "none" without one.
meant_by() { # NAME
    "$mica" inspect "$1" 2>/dev/null | python3 -c 'import json, sys; print(json.load(sys.stdin)["digest"])' 2>/dev/null || echo none
}

# also.tar has an image with app:1's name; app.tar has app:1 itself.
begin() { # STATE
    export MICA_STORE=$PWD/store-$1
    rm -rf "$MICA_STORE"
    expect 0 import "$images/base.tar"
    case $1 in
    free) ;;
    same) expect 0 import "$images/also.tar" ;;
    shared) expect 0 import "$images/app.tar" && expect 0 import --name spare "$images/app.tar" ;;
    only) expect 0 import "$images/app.tar" ;;
    esac
}

# VERB with the source does not move the name, whether it succeeds or not.
looks() { # STATUS STATE WORD...
    local status=$1 state=$2 before
    shift 2
    begin "$state"
    before=$(meant_by app:1)
    expect "$status" "$@"
    [ "$state" = free ] || [ "$(meant_by app:1)" = "$before" ] || fail "$* with a name that is $state: moved it"
    [ "$state" != free ] || [ "$(meant_by app:1)" = "$(meant_by base:1)" ] || fail "$*: the free name is not given"
    nothing_left
}

case_looking_moves_no_name() {
    local state source=$images/also.tar
    for state in free same shared only; do
        looks 0 "$state" ls "$source:/etc"
        looks 0 "$state" cat "$source:/etc/motd"
        looks 1 "$state" cat "$source:/no/such/file"
        looks 0 "$state" which "$source" /etc/motd
        looks 0 "$state" inspect "$source"
        looks 0 "$state" layers "$source"
        looks 1 "$state" mount "$source" "$PWD/no/mount/point"
        rm -rf out.oci
        looks 0 "$state" export "$source" "oci:$PWD/out.oci:x"
        looks 1 "$state" export "$source" "oci:$PWD/no/such/place:x"
        looks 125 "$state" run --runtime /no/such/runtime "$source" true
        looks 125 "$state" shell --runtime /no/such/runtime "$source"
        looks 1 "$state" bundle "$source" "$PWD/no/such/place"
    done
}

# A name that another image has in full goes on being found by its short form.
case_looking_hides_no_name() {
    local before
    expect 0 import --name docker.io/library/app:1 "$images/app.tar"
    before=$(meant_by app:1)
    expect 0 ls "$images/also.tar:/"
    has err '; not as "app:1"'
    [ "$(meant_by app:1)" = "$before" ] || fail "the short name means another image"
    [ "$(meant_by docker.io/library/app:1)" = "$before" ] || fail "the full name means another image"
}

# What is new is there by its digest, and that is said.
case_looking_says_what_it_imports() {
    expect 0 import "$images/app.tar"
    expect 0 ls "$images/also.tar:/"
    has err "imported $images/also.tar as sha256:"
    has err '; not as "app:1", for another image'"'"'s sake'
    expect 0 images
    [ "$(wc -l <out)" = 3 ] || fail "not two images"
    expect 0 ls "$images/also.tar:/"
    empty err
}

# The same image again with another build is what import is for: it says what the name was, and does not ask.
case_import_says_what_a_name_was() {
    local before state
    for state in free same shared only; do
        begin "$state"
        before=$(meant_by app:1)
        expect 0 import "$images/also.tar"
        [ "$(meant_by app:1)" = "$(meant_by base:1)" ] || fail "the name has not moved"
        case $state in
        free | same) has_not err "was another image" ;;
        *)
            has err "\"app:1\" was another image, which stays as ${before:0:19}"
            [ "$(meant_by "$before")" = "$before" ] || fail "the image is gone"
            ;;
        esac
        nothing_left
    done
}

case_commit_says_and_asks() {
    can_mount
    local state before
    for state in free shared only; do
        begin "$state"
        before=$(meant_by app:1)
        mkdir -p mnt
        expect 0 mount --rw=work base:1 mnt
        echo new >mnt/new
        expect 0 umount mnt
        case $state in
        free)
            expect 0 commit work app:1
            empty err
            # The same image once more is no other.
            SOURCE_DATE_EPOCH=1700000000 expect 0 commit --force work app:1
            SOURCE_DATE_EPOCH=1700000000 expect 0 commit work app:1
            has_not err "another image"
            ;;
        shared)
            expect 0 commit work app:1
            has err "\"app:1\" was another image, which stays as ${before:0:19}"
            ;;
        only)
            expect 1 commit work app:1
            complains '"app:1" is the only name of another image'
            SOURCE_DATE_EPOCH=1700000000 expect 1 commit work app:1
            complains --force
            [ "$(meant_by app:1)" = "$before" ] || fail "the name has moved"
            nothing_left
            expect 0 commit --force work app:1
            has err "\"app:1\" was another image, which stays as ${before:0:19}"
            [ "$(meant_by app:1)" != "$before" ] || fail "the name has not moved"
            ;;
        esac
    done
}
