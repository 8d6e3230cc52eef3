# SPDX-License-Identifier: Apache-2.0
"""What to run for the files that a change touches, in less than two minutes: `./dev check`.

Each row says which files it is for, and what finds most of what a change of them can break; the rest is found by `./dev test`.
"""
import re
import subprocess

import parts

ROWS = [
    (r"\.[ch]$|meson", lambda seed: [parts.Suite("unit", "dev", "unit")]),
    (r"^(cli|store)/|^tests/cli/", lambda seed: [parts.script("cli", "tests/cli/run-cli", images=True)]),
    (r"^store/(disk|collect|verify|import|export)/|^tests/store/",
     lambda seed: [parts.script("cli", "tests/store/run-stress", "--seed", str(seed), name="cli/stress"),
                   parts.script("cli", "tests/store/run-power", "--seed", str(seed), "--states", "8", name="cli/power")]),
    (r"^store/(import|image|tree|indexing|tar|os)/|^tests/(hostile|lib)/",
     lambda seed: [parts.script("hostile", "tests/hostile/run-hostile")]),
    (r"^cli/(bundle|container)/|^cli/verb/(run|shell|bundle)|^tests/container/",
     lambda seed: [parts.script("container", "tests/container/run-container", r"(run|life|branches).sh .* root$", images=True)]),
    (r"^store/(export|indexing|tar)/|^cli/.*(commit|export|diff|change|branch)|^tests/commit/",
     lambda seed: [parts.script("commit", "tests/commit/run-commit", r"(diff|config|images).sh .* root$", images=True)]),
    (r"^fuse/|^store/(tree|indexing|disk)/|^cli/.*mount|^tests/(mount|union|parity)/",
     lambda seed: [parts.script("mount", "tests/mount/run-mount", r"(branch_dirs|life|metadata|points).sh .* root$", images=True),
                   parts.script("parity", "tests/parity/run-parity", "--seed", str(seed), "--rounds", "10"),
                   parts.script("union", "tests/union/run-union", "--seed", str(seed), "--rounds", "4")]),
]
# A changed file of cases is run as a whole.
CASES = re.compile(r"^tests/(mount|container|commit)/cases/(\w+\.sh)$")


def git(*words):
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.split("\n")[:-1]


def since():
    """The commit that a change starts from: where it left main, or the one before on main itself."""
    base = git("merge-base", "HEAD", "main")[0]
    return git("rev-parse", "HEAD~")[0] if base == git("rev-parse", "HEAD")[0] and not changed(base) else base


def changed(base):
    return sorted(set(git("diff", "--name-only", base) + git("ls-files", "--others", "--exclude-standard")))


def tasks(base, seed):
    """-> the tasks, each once."""
    files = changed(base)
    found = [parts.script("lint", "tests/lint/run-lint", "--since", base, build=None)]
    for pattern, make in ROWS:
        if any(re.search(pattern, file) for file in files):
            found += make(seed)
    for file in files:
        case = CASES.match(file)
        if case:
            part, name = case.groups()
            found.append(parts.script(part, "tests/%s/run-%s" % (part, part), "^" + name, images=True, name="%s/%s" % (part, name)))
    return found
