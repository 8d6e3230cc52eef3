# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Python's own tests of what it does with files. Each says in the mount what it says in a plain directory.

# shellcheck source=tests/work/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

modules=(os shutil tempfile mmap pathlib tarfile fileio)

# The tests' own files come from the lower layer, and are compiled anew in the branch.
tests() {
    as mkdir "$here/tmp" "$here/home"
}

run_tests() {
    # What fails, fails on both sides or is a difference; so the status is nothing to end by.
    as env -C "$here/home" TMPDIR="$here/tmp" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3.11 -m test --junit-xml="$here/results.xml" \
        "${modules[@]/#/test_}" >"$T/python.log" 2>&1 || true
    as python3 - "$here/results.xml" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

for case in sorted(tree.parse(sys.argv[1]).iter("testcase"), key=lambda case: case.get("name")):
    bad = [child.tag + ": " + (child.text or "").strip()[-1500:] for child in case if child.tag in ("error", "failure")]
    skipped = [child.tag for child in case if child.tag == "skipped"]
    print(case.get("name"), *(bad or skipped or ["ok"]))
PYTHON
    as rm "$here/results.xml"
}

root_python() {
    twice tests run_tests
}

# An ordinary user may do anything in a mount of his own, unless the kernel is told to check what is permitted.
user_python() {
    modules=(os shutil tempfile mmap pathlib fileio)
    mount_options=default_permissions,$mount_options
    twice tests run_tests
}

main "$@"
