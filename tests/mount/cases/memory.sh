#!/bin/bash
# What the daemon holds does not follow the number of files that were looked at.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Without the clean pages of programs and libraries, which are its own or not as others run beside it.
private_kib() {
    awk '/^[0-9a-f]+-/ { program = $6 ~ /\/(micafs|[^\/]*\.so[.0-9]*)$/ }
        /^Private_Dirty:/ || (/^Private_Clean:/ && !program) { sum += $2 }
        END { print sum }' "/proc/$(daemon)/smaps"
}

# KiB of the tree's index that the daemon has mapped.
index_kib() {
    awk '/^[0-9a-f]+-/ { tree = $6 ~ /\/trees\// } /^Rss:/ && tree { sum += $2 } END { print sum + 0 }' "/proc/$(daemon)/smaps"
}

# All is looked at twice: the second time nothing is new. At work up to one megabyte of the index is more than with few files, at
# rest nothing but chance.
root_memory_stays() {
    local files used few="" rest few_rest=""
    # What AddressSanitizer keeps for itself follows what was allocated ever.
    if nm -D "$T/bin/micafs" | grep __asan_init; then
        echo "not with AddressSanitizer"
        return
    fi
    for files in 5000 200000; do
        "$root/tests/bench/make-synthetic" "$files" "$me/synthetic.tar"
        mica import --quiet --name "n$files" "$me/synthetic.tar"
        mica mount "n$files" "$mnt"
        find "$mnt" -size +1G
        find "$mnt" -type f -exec cat {} + | wc -c
        used=$(private_kib)
        echo "$files files: $used KiB"
        few=${few:-$used}
        [ "$used" -lt 8192 ] || fail "the daemon holds $used KiB after $files files"
        [ "$used" -lt $((few + 1536)) ] || fail "the daemon holds $used KiB after $files files, $few KiB after 5000"
        await_at_most 0 index_kib # which the daemon gives back when nobody has asked for a second
        rest=$(private_kib)
        echo "$files files: $rest KiB at rest"
        few_rest=${few_rest:-$rest}
        [ "$rest" -lt $((few_rest + 128)) ] || fail "at rest the daemon holds $rest KiB after $files files, $few_rest after 5000"
        ls "$mnt/d000" >/dev/null # and goes on when somebody asks
        mica umount "$mnt"
    done
}

main "$@"
