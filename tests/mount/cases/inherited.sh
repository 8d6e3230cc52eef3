#!/bin/bash
# What a caller leaves to the programs that it starts changes nothing, or is an error that is told (lib/inherited.py).
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

each_verb_with_what_is_inherited() {
    import_made small 'Tar().file("f", b"text").dir("d")'
    cp "$root/tests/lib/inherited.py" "$T/bin"
    cp "$MICA_BUILD/tests/fault/clock_jumps.so" "$T/bin" || true # no sanitizer lets it be loaded
    as mkdir work
    as python3 "$T/bin/inherited.py" store small "$me/work" "$T/bin/mica" --store "$store"
    no_mount
}

main "$@"
