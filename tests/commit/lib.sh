# shellcheck shell=bash
# For test cases on branches that become images: what mount/lib.sh has, and this.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../mount/lib.sh"
scenes=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# A small image, "made", that has something of every kind: what scene.py changes is in it.
import_scene() {
    PYTHONDONTWRITEBYTECODE=1 python3 "$scenes/scene.py" image >"$me/made.tar"
    mica import --quiet "oci-archive:$me/made.tar"
}

# Changes a mount of it in every way that a branch can be changed in.
play_scene() { # DIR
    PYTHONDONTWRITEBYTECODE=1 as python3 -c "$(cat "$scenes/scene.py")" play "$1"
}

# Writes down what a branch or an image shows.
dump_branch() { # BRANCH DUMP
    mica mount -o dev --rw="$1" "$mnt"
    as python3 "$compare" scan --mount "$mnt" >"$2"
    mica umount "$mnt"
}

dump_image() { # IMAGE DUMP
    mica mount -o dev "$1" "$mnt"
    as python3 "$compare" scan --mount "$mnt" >"$2"
    mica umount "$mnt"
}

# Two dumps are the same.
same_trees() { # DUMP DUMP
    "$compare" diff "$1" "$2" || fail "the trees of $1 and $2 differ"
}

# Wrong usage: a line that matches PATTERN, and one that says where to read more.
misuses() { # PATTERN COMMAND...
    local pattern=$1 got=0
    shift
    "$@" >"$T/refused.out" 2>"$T/refused.err" || got=$?
    [ "$got" = 2 ] || fail "exit status $got, not 2: $* ($(cat "$T/refused.err"))"
    head -n 1 "$T/refused.err" | grep -qaE -- "$pattern" || fail "says \"$(cat "$T/refused.err")\", not $pattern: $*"
    grep -qx 'try: mica .*--help' "$T/refused.err" || fail "does not say where to read more: $*"
}

# A commit that goes on as soon as it is let: waits until it has begun to write, and stops it.
stop_commit() { # sets `committer`
    until [ -n "$(as find "$store/tmp" -name blob -size +0 2>/dev/null)" ] && committer=$(pgrep -f "^$T/bin/mica --store $store commit"); do
        [ -n "$(jobs -r)" ] || fail "it ended before anything was seen of it"
    done
    kill -STOP "$committer"
}

# A new branch with a change or two, of an image that is there.
small_branch() { # BRANCH IMAGE
    mica mount --rw="$1" "$2" "$mnt"
    as sh -c 'cd "$1" && echo new >added && mkdir -p dir && echo more >dir/file' sh "$mnt"
    mica umount "$mnt"
}

# What an image's config says, as it is in the store.
config() { # IMAGE JQ-FILTER
    local hex
    hex=$(mica inspect "$1" | jq -r '.config_digest | sub("sha256:"; "")')
    as cat "$store/blobs/sha256/$hex" | jq -cS "$2"
}

digest() { # IMAGE
    mica images --json | jq -r --arg name "$1" '.[] | select(.name == $name) | .digest'
}

# All names below the store, but for what is mounted meanwhile.
store_names() {
    as find "$store" -printf '%P\n' | sort
}
