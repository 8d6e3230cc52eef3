# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A repository in the layer, what is cloned from it, and most of what can be done with both.

# shellcheck source=tests/work/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

# The same objects on both sides: names and times are set, packs are made by one thread.
git() {
    as env GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_PAGER=cat LC_ALL=C \
        GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b \
        GIT_AUTHOR_DATE="1500000000 +0000" GIT_COMMITTER_DATE="1500000000 +0000" \
        git -c pack.threads=1 -c gc.auto=0 -c advice.detachedHead=false -c init.defaultBranch=main "$@" 2>&1
}

commit() { # DIR MESSAGE
    git -C "$1" add -A
    git -C "$1" commit -q -m "$2"
}

repository() {
    local i
    git init -q "$here/origin"
    for i in 1 2 3; do
        as sh -c 'cd "$1" && mkdir -p "d$2/e" && for n in $(seq 60); do seq "$2" "$((n * 9))" >"d$2/f$n"; done
            ln -sf "d$2/f1" link; echo "$2" >version; printf "#!/bin/sh\n" >"d$2/e/run"; chmod +x "d$2/e/run"' - "$here/origin" "$i"
        commit "$here/origin" "state $i"
    done
    git -C "$here/origin" repack -q -a -d
    git -C "$here/origin" branch old HEAD~2
    git -C "$here/origin" checkout -q -b topic HEAD~1
    for i in 1 2 3 4; do
        as sh -c 'seq "$2" 400 >"$1/d1/t$2"; sed -i "1s/.*/topic $2/" "$1/d2/f$2"' - "$here/origin" "$i"
        commit "$here/origin" "topic $i"
    done
    git -C "$here/origin" checkout -q main
}

# Whatever is wrong in a repository; what is committed; and what git takes for changed by size, times, inode number alone.
state() { # DIR
    git -C "$1" fsck --full --strict --no-dangling
    git -C "$1" status --porcelain=v2 --branch
    git -C "$1" diff-files --name-only
    git -C "$1" for-each-ref
    git -C "$1" ls-files -s | sha256sum
}

work() {
    state "$here/origin" | grep -v '/f' # the index has inode numbers of before
    git -C "$here/origin" checkout -q topic
    git -C "$here/origin" checkout -q old
    git -C "$here/origin" checkout -q main
    again
    state "$here/origin"
    git clone -q "$here/origin" "$here/clone" # its objects are hard links
    state "$here/clone"
    git -C "$here/clone" checkout -q topic
    git -C "$here/clone" rebase -q origin/main
    git -C "$here/clone" merge -q --no-ff -m merge origin/old
    git -C "$here/clone" worktree add -q "$here/tree" origin/old
    as sh -c 'echo changed >>"$1/version"' - "$here/clone"
    git -C "$here/clone" stash -q
    again
    state "$here/clone"
    state "$here/tree"
    as mv "$here/clone" "$here/moved"
    git -C "$here/moved" worktree repair
    git -C "$here/moved" stash pop -q
    commit "$here/moved" last
    git -C "$here/moved" gc -q --prune=now
    git -C "$here/origin" gc -q --prune=now
    state "$here/moved"
    again
    state "$here/moved"
    state "$here/tree"
    state "$here/origin"
    git -C "$here/moved" push -q "$here/origin" topic:pushed
    git -C "$here/moved" rm -q -r d1
    git -C "$here/moved" reset -q --hard
    git -C "$here/moved" worktree remove --force "$here/tree"
    git -C "$here/moved" clean -n -x -d
    git -C "$here/moved" log --stat --format=%H | sha256sum
    state "$here/moved"
    state "$here/origin"
}

use_git() {
    twice repository work
    same_trees --no-times --loose '*/.git/index' --loose '*/.git/worktrees/*/index'
}

root_git() {
    use_git
}

user_git() {
    use_git
}

main "$@"
