# shellcheck shell=bash
# mica diff.
# shellcheck source=tests/commit/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

# The lines of mica diff, without those of directories that differ by their time.
told() { # BRANCH
    mica diff --json "$1" | jq -r '.[] | select(.type != "directory" or .change != "changed") | "\(.change) \(.type) \(.size) \(.path)"'
}

each_it_says_what_changed() {
    import_scene
    same "" "$(mica mount --rw=b made "$mnt"; mica diff b)"
    as sh -c 'cd "$1" && echo new >new && echo more >>big && rm same && mkdir dir && echo 1 >dir/f && rm -r tree/1/2 && chmod 600 large && ln -s x l' sh "$mnt"
    local expected="changed file 300005 /big
added directory 0 /dir
added file 2 /dir/f
added symlink 1 /l
changed file 250000 /large
added file 4 /new
deleted file 4 /same
deleted directory 0 /tree/1/2"
    same "$expected" "$(told b)"
    # While it is mounted and when it is not.
    mica umount "$mnt"
    same "$expected" "$(told b)"
    same "C /
C /big
A /dir
A /dir/f
A /l
C /large
A /new
D /same
C /tree/1
D /tree/1/2" "$(mica diff b)"
    mica diff --long b | grep -Eqx 'C -rw-r--r-- +300 kB /big' || fail "$(mica diff --long b)"
    mica diff --long b | grep -Eqx 'D drwxr-xr-x +0 B /tree/1/2' || fail "$(mica diff --long b)"
    same '{"change":"added","path":"/dir/f","type":"file","mode":"0644","size":2}' "$(mica diff --json b | jq -c '.[] | select(.path == "/dir/f")')"
    same "[]" "$(mica mount --rw=empty made "$mnt"; mica diff --json empty | tr -d '\n')"
}

# What is again as it was is no change, and a directory is none for what is in it.
each_what_is_as_it_was_is_no_change() {
    import_scene
    mica mount --rw=b made "$mnt"
    as python3 - "$mnt" <<'PYTHON'
import os, sys
os.chdir(sys.argv[1])
def again(path, call):
    before, above = os.stat(path), os.stat(os.path.dirname(path) or ".")
    call()
    for where, was in ((path, before), (os.path.dirname(path) or ".", above)):
        os.utime(where, ns=(was.st_atime_ns, was.st_mtime_ns))
def rewrite():
    with open("same", "wb") as f:
        f.write(b"same")
def other_mode():
    os.chmod("big", 0o600)
    os.chmod("big", 0o644)
def away_and_back():
    os.rename("tree/1/2/f", "tree/x")
    os.rename("tree/x", "tree/1/2/f")
again("same", rewrite)
again("big", other_mode)
above = os.stat("tree")
again("tree/1/2/f", away_and_back)
os.utime("tree", ns=(above.st_atime_ns, above.st_mtime_ns))
with open("a/file", "r+b") as f:
    pass
PYTHON
    same "" "$(mica diff b)"
    as sh -c 'echo x >"$1/tree/1/2/f"' sh "$mnt"
    same "C /tree/1/2/f" "$(mica diff b)"
    mica umount "$mnt"
    same "C /tree/1/2/f" "$(mica diff b)"
}

each_names_of_any_bytes() {
    import_scene
    mica mount --rw=b made "$mnt"
    as python3 -c 'import os, sys; os.chdir(os.fsencode(sys.argv[1])); [open(n, "w").close() for n in (b"\xff", b"new\nline", b"\x1b[2J")]' "$mnt"
    mica umount "$mnt"
    same "2fff" "$(mica diff --json b | jq -r '.[] | .path_hex // empty')"
    same '"/\u001b[2J","/new\nline"' "$(mica diff --json b | jq -c '.[] | select(.change == "added" and .path_hex == null) | .path' | sort | paste -sd,)"
    # They are escaped, on a terminal or not.
    mica diff b | grep -qFx 'A /\x1b[2J'
    script -qec "$(printf '%q ' as "$T/bin/mica" --store "$store" diff b | sed 's/^as //')" /dev/null >terminal || true
    ! grep -aqF $'\x1b[2J' terminal || fail "an escape sequence reaches the terminal"
}

# What changes while the list is made may be missing; the rest is there.
each_live() {
    import_scene
    mica mount --rw=b made "$mnt"
    as sh -c 'cd "$1" && mkdir d && for i in $(seq 300); do echo $i >d/kept-$i; done' sh "$mnt"
    as sh -c 'cd "$1" && while [ -e big ]; do for i in 1 2 3 4 5 6 7 8 9; do mkdir -p x/$i && echo $i >x/$i/f && mv x/$i x/m$i; done; rm -r x; done' sh "$mnt" 2>churn &
    local churn=$!
    for _ in 1 2 3 4 5 6 7 8; do
        same 300 "$(mica diff b | grep -c '^A /d/kept-')"
    done
    as rm "$mnt/big"
    wait "$churn" || true
    mica umount "$mnt"
}

each_mistakes() {
    import_scene
    small_branch b made
    refuses 1 'no branch none' mica diff none
    refuses 1 'name of a branch' mica diff ../b
    misuses 'BRANCH' mica diff
    misuses 'too many words' mica diff b c d
    misuses '--wrong' mica diff --wrong b
    refuses 1 'no store' as "$T/bin/mica" --store "$me/none" diff b
    same 1 "$(mica diff b >/dev/full 2>/dev/null; echo $?)"
}

# A branch that root has made is not an ordinary user's, who is told so.
root_a_branch_of_root() {
    import_scene
    small_branch b made
    chmod -R a+rX "$store"
    identity=user
    refuses 1 'only root can' mica diff b
    refuses 1 'only root can|Permission denied' mica commit b new
}

main "$@"
