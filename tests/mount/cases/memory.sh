#!/bin/bash
# What the daemon holds does not follow the number of files that were looked at.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Without the clean pages of programs and libraries, which are its own or not as others run beside it.
private_kib() {
    awk '/^[0-9a-f]+-/ { program = $6 ~ /\/(micafs|[^\/]*\.so[.0-9]*)$/ }
        /^Private_Dirty:/ || (/^Private_Clean:/ && !program) { sum += $2 }
        END { print sum }' "/proc/$(daemon)/smaps"
}

# All is looked at twice: the second time nothing is new. The difference tells: one megabyte of the index, at most, and a little
# for chance.
root_memory_stays() {
    local files used few=""
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
        mica umount "$mnt"
    done
}

main "$@"
